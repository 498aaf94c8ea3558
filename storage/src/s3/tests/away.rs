//! When S3 is away, or talks nonsense.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use super::{service::at, *};
use crate::scanner::Scanner;

/// Twice the patience, the pause in between, and a slow machine.
const LIMIT: Duration = Duration::from_secs(5);

fn there(endpoint: &str) -> S3 {
    at(endpoint, "bucket", Scanner::Off, short())
}

/// Every call fails within the time limit; the text of one.
async fn fails(s3: &S3) -> String {
    let file = announced(b"x");
    let error = timeout(LIMIT, s3.take_in(&file)).await.unwrap();
    let text = error.unwrap_err().to_string();
    for end in [
        timeout(LIMIT, s3.delete(&file.key)).await.unwrap().is_err(),
        timeout(LIMIT, s3.clear_quarantine(now()))
            .await
            .unwrap()
            .is_err(),
    ] {
        assert!(end);
    }
    text
}

async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, answer)
}

/// Reads the head of every request and answers the same. Empty: it never answers.
fn serve(listener: TcpListener, answer: &'static str) -> String {
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !seen.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                    if stream.read_buf(&mut seen).await.unwrap() == 0 {
                        return;
                    }
                }
                stream.write_all(answer.as_bytes()).await.unwrap();
                std::future::pending::<()>().await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let s3 = there(&format!("http://{address}"));
    assert!(s3.reach.away().is_none(), "nobody has tried");
    // Signing needs nobody.
    assert!(!signed(&s3, &announced(b"x")).await.url.is_empty());
    let text = fails(&s3).await;
    assert!(text.contains("Connection refused"), "{text}");
    assert!(s3.reach.away().is_some());

    // It is back, whatever it says. Who asks for a link is told no once more, and has it looked at.
    let listener = TcpListener::bind(address).await.unwrap();
    serve(
        listener,
        "HTTP/1.1 403 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    );
    let file = announced(b"x");
    let until = now() + chrono::TimeDelta::minutes(5);
    let refused = s3.sign_upload(&file, now(), until).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("not been reached")
    );
    while s3.reach.away().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(!signed(&s3, &file).await.url.is_empty());
}

#[tokio::test]
async fn somebody_listens_and_never_answers() {
    let s3 = there(&server("").await);
    let text = fails(&s3).await;
    assert!(text.contains("timeout"), "{text}");
    assert!(s3.reach.away().is_some());
}

#[tokio::test]
async fn an_answer_that_never_ends_is_not_waited_for() {
    // It says what it should of any object, but never sends it.
    let s3 = there(&server("HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: 1\r\n\r\n").await);
    let file = announced(b"x");
    let error = timeout(LIMIT, s3.take_in(&file)).await.unwrap();
    let text = error.unwrap_err().to_string();
    assert!(text.contains("stopped in the middle"), "{text}");
}

#[tokio::test]
async fn nonsense_is_an_error_and_no_verdict() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let s3 = there(&server(answer).await);
        let result = timeout(LIMIT, s3.take_in(&announced(b"x"))).await.unwrap();
        let text = result.unwrap_err().to_string();
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn what_is_forbidden_says_what_is_needed() {
    let service = Service::plain().await;
    let mut s3 = service.s3();
    let config = s3.client.config().to_builder();
    let stranger = aws_sdk_s3::config::Credentials::new("key", "other-secret", None, None, "test");
    s3.client = Client::from_conf(config.credentials_provider(stranger).build());
    let file = announced(b"x");
    let text = s3.take_in(&file).await.unwrap_err().to_string();
    assert!(text.contains("403"), "{text}");
    assert!(text.contains("s3:ListBucket"), "{text}");
    let text = s3.clear_quarantine(now()).await.unwrap_err().to_string();
    assert!(text.contains("SignatureDoesNotMatch"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn names_are_checked() {
    let check = super::super::client::check_names;
    for (bucket, prefix) in [("my-bucket", ""), ("a.b", "desk/files"), ("abc", "desk/")] {
        assert!(check(bucket, prefix).is_ok(), "{bucket} {prefix}");
    }
    for (bucket, prefix) in [
        ("", ""),
        ("a/b", ""),
        ("s3://bucket", ""),
        ("bucket", "/desk"),
        ("bucket", "a//b"),
        ("bucket", "a/../b"),
        ("bucket", "schön"),
        ("bucket", "a b"),
    ] {
        let problem = check(bucket, prefix).unwrap_err().to_string();
        assert!(problem.contains("cannot be"), "{problem}");
    }
}
