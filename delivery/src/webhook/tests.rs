use std::{
    str::FromStr,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::telling::address::Reach;
use reqwest::dns::{Name, Resolve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{Secret, Sender, WebhookFailure, sender::Resolver, sign};
use crate::FailureKind;

const BODY: &[u8] = br#"{"type":"ticket_created"}"#;

fn now() -> DateTime<Utc> {
    "2026-03-02T09:20:31Z".parse().unwrap()
}

/// An endpoint that gives each connection this answer, then closes it; and what it was sent.
async fn endpoint(answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks?key=hidden", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let requests = Arc::clone(&requests);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(BODY) {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                requests
                    .lock()
                    .unwrap()
                    .push(String::from_utf8(request).unwrap());
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_mins(1)).await;
                }
            });
        }
    });
    (url, seen)
}

async fn send(url: &str) -> Result<super::Reply, WebhookFailure> {
    let sender = Sender::with_timeout(true, Duration::from_secs(1)).unwrap();
    let secret = Secret::generate(&mut rand::rng());
    sender.send(url, &[secret], "4711", now(), BODY).await
}

#[tokio::test]
async fn a_request_carries_its_signatures() {
    let (url, seen) = endpoint("HTTP/1.1 204 No Content\r\n\r\n").await;
    let secrets = [(); 2].map(|()| Secret::generate(&mut rand::rng()));
    let sender = Sender::new(true).unwrap();
    let reply = sender.send(&url, &secrets, "4711", now(), BODY).await;
    assert_eq!(reply.unwrap().status, 204);
    let seen = seen.lock().unwrap();
    let [request] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert!(request.starts_with("POST /hooks?key=hidden HTTP/1.1\r\n"));
    let [first, second] = secrets.map(|secret| sign(&secret, "4711", now(), BODY));
    let timestamp = now().timestamp();
    for header in [
        "content-type: application/json".to_owned(),
        format!("user-agent: Deskwire/{}", env!("CARGO_PKG_VERSION")),
        "webhook-id: 4711".to_owned(),
        format!("webhook-timestamp: {timestamp}"),
        format!("webhook-signature: {first} {second}"),
    ] {
        assert!(
            request.contains(&format!("\r\n{header}\r\n")),
            "{header} {request}"
        );
    }
}

#[tokio::test]
async fn what_an_answer_means() {
    use FailureKind::{Later, Refused};
    for (answer, kind, part) in [
        (
            "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
            Refused,
            "no more",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            Later,
            "404",
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
            Later,
            "401",
        ),
        ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", Later, "500"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            Later,
            "redirections are not followed",
        ),
    ] {
        let (url, seen) = endpoint(answer).await;
        let failure = send(&url).await.unwrap_err();
        assert_eq!(failure.failure.kind, kind, "{answer}");
        assert!(!failure.failure.ambiguous);
        assert!(failure.failure.text.contains(part), "{failure}");
        assert_eq!(failure.is_gone(), kind == Refused);
        assert_eq!(seen.lock().unwrap().len(), 1, "{answer}");
    }
    let (url, _) =
        endpoint("HTTP/1.1 503 Busy\r\nretry-after: 90\r\ncontent-length: 0\r\n\r\n").await;
    let failure = send(&url).await.unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(90)));
}

/// Whether it may have arrived all the same, and in no case does the text tell the URL.
#[tokio::test]
async fn what_no_answer_means() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/?key=hidden", listener.local_addr().unwrap());
    drop(listener);
    let (silent, _) = endpoint("").await;
    let (rude, _) = endpoint("wombat\r\n\r\n").await;
    let (short, _) = endpoint("HTTP/1.1 2").await;
    for (url, ambiguous) in [
        (&*nobody, false),
        (&*silent, true),
        (&*rude, true),
        (&*short, true),
        ("http://wombat.invalid/?key=hidden", false),
        ("https://wombat.invalid/?key=hidden", false),
    ] {
        let failure = send(url).await.unwrap_err();
        assert_eq!(failure.failure.kind, FailureKind::Later, "{url}");
        assert_eq!(failure.failure.ambiguous, ambiguous, "{url} {failure}");
        assert_eq!(failure.status, None);
        assert!(failure.failure.text.len() > 20, "{failure}");
        assert!(!failure.failure.text.contains("hidden"), "{failure}");
    }
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let endless = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut request, mut written) = (Vec::new(), 0);
        while !request.ends_with(BODY) {
            stream.read_buf(&mut request).await.unwrap();
        }
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        while stream.write_all(&[b'x'; 1 << 16]).await.is_ok() {
            written += 1 << 16;
        }
        written
    });
    assert_eq!(send(&url).await.unwrap().status, 200);
    // What fills the sockets' buffers, and no more.
    assert!(endless.await.unwrap() < 64 << 20);
}

#[tokio::test]
async fn a_name_of_what_is_not_public_is_not_connected_to() {
    let (url, seen) = endpoint("HTTP/1.1 204 No Content\r\n\r\n").await;
    let port = url.rsplit(':').next().unwrap();
    let localhost = || Name::from_str("localhost").unwrap();
    let refusal = Resolver(Reach::Public).resolve(localhost()).await;
    let refusal = refusal.err().unwrap().to_string();
    assert!(refusal.contains("is not a public address"), "{refusal}");
    assert!(Resolver(Reach::Private).resolve(localhost()).await.is_ok());
    assert!(Resolver(Reach::All).resolve(localhost()).await.is_ok());
    let strict = Sender::with_timeout(false, Duration::from_secs(1)).unwrap();
    for url in [
        format!("https://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
    ] {
        let failure = strict.send(&url, &[], "1", now(), BODY).await.unwrap_err();
        assert_eq!(failure.failure.kind, FailureKind::Refused);
    }
    // By the resolver's word alone, with a name that the URL's check knows nothing of.
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let names = hosts
        .lines()
        .filter(|line| line.starts_with("127.") || line.starts_with("::1"));
    let names = names.flat_map(|line| line.split_whitespace().skip(1));
    for name in names.filter(|name| !name.contains("localhost")) {
        let url = format!("https://{name}:{port}");
        let failure = strict.send(&url, &[], "1", now(), BODY).await.unwrap_err();
        assert_eq!(failure.failure.kind, FailureKind::Later);
        assert!(
            failure.failure.text.contains("is not a public address"),
            "{failure}"
        );
    }
    assert!(seen.lock().unwrap().is_empty());
}
