use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_sesv2::config::{Credentials, Region};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::{
    FailureKind::{Away, Later, Refused},
    mail::compose::tests::{composed, mail},
};

fn ses(address: SocketAddr, credentials: bool) -> Ses {
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(format!("http://{address}"))
        .http_client(http_client());
    let config = if credentials {
        config.credentials_provider(Credentials::new("key", "secret", None, None, "test"))
    } else {
        config
    };
    Ses::with(config, Some("set".to_owned()), Duration::from_secs(1))
}

/// A service that answers every request with `answer`, after it has read the whole of it. Nothing: it
/// closes the connection. `None`: it never answers.
async fn service(answer: Option<String>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::<AtomicUsize>::default();
    let count = requests.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (answer, count) = (answer.clone(), count.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !whole(&seen) {
                    if stream.read_buf(&mut seen).await.unwrap() == 0 {
                        return;
                    }
                }
                count.fetch_add(1, Ordering::Relaxed);
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => std::future::pending().await,
                }
            });
        }
    });
    (address, requests)
}

/// Whether a request has all the bytes that it says it has.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).into_owned();
    text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
        let head = head.to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        length.is_some_and(|length| body.len() >= length.parse().unwrap())
    })
}

fn response(status: &str, code: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nx-amzn-errortype: {code}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_mail_that_is_taken() {
    let (address, requests) = service(Some(response("200 OK", "", r#"{"MessageId":"1"}"#))).await;
    ses(address, true).send(&composed()).await.unwrap();
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_each_failure_means() {
    let not_verified = "Email address is not verified. The following identities failed: a@b";
    let cases = [
        (
            "400 Bad Request",
            "MessageRejected",
            not_verified,
            Later,
            false,
        ),
        (
            "400 Bad Request",
            "MessageRejected",
            "Bad content",
            Refused,
            false,
        ),
        (
            "400 Bad Request",
            "BadRequestException",
            "Illegal address",
            Refused,
            false,
        ),
        (
            "400 Bad Request",
            "MailFromDomainNotVerifiedException",
            "x",
            Away,
            false,
        ),
        (
            "400 Bad Request",
            "SendingPausedException",
            "x",
            Away,
            false,
        ),
        (
            "400 Bad Request",
            "AccountSuspendedException",
            "x",
            Away,
            false,
        ),
        (
            "400 Bad Request",
            "LimitExceededException",
            "x",
            Away,
            false,
        ),
        (
            "404 Not Found",
            "NotFoundException",
            "no such set",
            Away,
            false,
        ),
        ("403 Forbidden", "AccessDeniedException", "x", Away, false),
        (
            "403 Forbidden",
            "InvalidSignatureException",
            "x",
            Away,
            false,
        ),
        (
            "429 Too Many",
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
            Later,
            false,
        ),
        (
            "429 Too Many",
            "TooManyRequestsException",
            "Daily message quota exceeded.",
            Away,
            false,
        ),
        (
            "403 Forbidden",
            "UnrecognizedClientException",
            "x",
            Away,
            false,
        ),
        ("403 Forbidden", "InvalidClientTokenId", "x", Away, false),
        ("403 Forbidden", "SignatureDoesNotMatch", "x", Away, false),
        ("403 Forbidden", "ExpiredTokenException", "x", Away, false),
        ("400 Bad Request", "Throttling", "x", Later, false),
        ("400 Bad Request", "ValidationException", "x", Later, false),
        ("404 Not Found", "SomethingNewException", "x", Later, false),
        ("413 Too Large", "RequestEntityTooLarge", "x", Later, false),
        ("503 Unavailable", "ServiceUnavailable", "x", Away, false),
        ("503 Unavailable", "SomethingNew", "x", Away, false),
        ("500 Internal", "InternalFailure", "x", Away, true),
        ("502 Bad Gateway", "SomethingNew", "x", Away, true),
    ];
    for (status, code, message, kind, ambiguous) in cases {
        let body = format!(r#"{{"message":"{message}"}}"#);
        let (address, requests) = service(Some(response(status, code, &body))).await;
        let failure = ses(address, true).send(&composed()).await.unwrap_err();
        let got = (failure.kind, failure.ambiguous);
        assert_eq!(got, (kind, ambiguous), "{code} {failure}");
        assert!(failure.text.contains(message), "{failure}");
        // One attempt, whatever it says.
        assert_eq!(requests.load(Ordering::Relaxed), 1, "{code}");
    }
}

#[tokio::test]
async fn answers_that_are_lost_are_ambiguous() {
    let garbage = response("200 OK", "", "<html>");
    for answer in [
        Some(String::new()),
        Some("wombat\r\n\r\n".to_owned()),
        Some(garbage),
        None,
    ] {
        let (address, requests) = service(answer.clone()).await;
        let failure = ses(address, true).send(&composed()).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.ambiguous),
            (Later, true),
            "{answer:?} {failure}"
        );
        assert_eq!(requests.load(Ordering::Relaxed), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn what_never_went_out_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = ses(address, true).send(&composed()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.ambiguous),
        (Away, false),
        "{failure}"
    );

    let (address, requests) = service(None).await;
    let failure = ses(address, false).send(&composed()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.ambiguous),
        (Away, false),
        "{failure}"
    );
    assert_eq!(requests.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn addresses_of_other_scripts_are_refused() {
    let mut mail = mail();
    mail.to = "дмитрий@example.com".to_owned();
    let (address, _) = service(None).await;
    let mail = crate::mail::compose(&mail).unwrap();
    let failure = ses(address, true).send(&mail).await.unwrap_err();
    assert_eq!(failure.kind, Refused);
    assert!(failure.text.contains("internationalised"), "{failure}");
}
