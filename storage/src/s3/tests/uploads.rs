//! What a signed upload lets in.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use super::*;

#[tokio::test]
async fn a_signature_covers_all_that_was_announced() {
    let s3 = Service::plain().await.s3();
    let file = announced(&picture("x"));
    let request = signed(&s3, &file).await;
    assert_eq!(request.method, "PUT");
    let url = Url::parse(&request.url).unwrap();
    assert_eq!(
        url.path(),
        format!("/bucket/desk/quarantine/{}", file.key.as_str())
    );
    let query = |wanted: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    assert_eq!(
        query("X-Amz-SignedHeaders").unwrap(),
        "content-length;content-type;host;if-none-match;x-amz-checksum-sha256"
    );
    assert_eq!(query("X-Amz-Expires").unwrap(), "60");
    // In the query it would be a wish of whoever sends it.
    assert_eq!(query("x-amz-checksum-sha256"), None);

    let mut headers = request.headers.clone();
    headers.sort();
    let checksum = BASE64.encode(file.sha256);
    let expected = [
        ("content-type", "image/png"),
        ("if-none-match", "*"),
        ("x-amz-checksum-sha256", &checksum),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn an_empty_file_has_a_size_too() {
    let service = Service::plain().await;
    let s3 = service.s3();
    let file = announced(b"");
    let request = signed(&s3, &file).await;
    assert!(request.url.contains("SignedHeaders=content-length%3B"));
    assert_ne!(send(&request, b"more").await, 200);
    let answer = send_raw(&request, "content-length: 0", b"").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let verdict = take_in(&s3, &file).await;
    assert!(matches!(
        verdict,
        Verdict::Refused(Refusal::WrongType { .. })
    ));
}

#[tokio::test]
async fn a_good_file_goes_all_the_way() {
    for service in [Service::plain().await, Service::documented().await] {
        let s3 = service.s3();
        let content = picture(&"x".repeat(200_000));
        let file = uploaded(&s3, &content).await;
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        let kept = service.path(&format!("desk/kept/{}", file.key.as_str()));
        assert_eq!(std::fs::read(kept).unwrap(), content);
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);

        s3.delete(&file.key).await.unwrap();
        s3.delete(&file.key).await.unwrap();
        assert_eq!(take_in(&s3, &file).await, Verdict::Missing);
        assert!(service.objects("kept").is_empty());
        assert!(service.objects("quarantine").is_empty());
    }
}

/// How somebody may send something else than what was signed.
type Trick = fn(&mut SignedRequest, &mut Vec<u8>);

const TRICKS: [(&str, Trick); 15] = [
    ("a tampered signature", |request, _| {
        let last = request.url.pop().unwrap();
        request.url.push(if last == '0' { '1' } else { '0' });
        assert!(request.url.contains("X-Amz-Signature="));
    }),
    ("a longer life", |request, _| {
        request.url = request.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    }),
    ("another key", |request, _| {
        request.url = request.url.replace("/quarantine/", "/kept/");
    }),
    ("one more parameter", |request, _| {
        request.url.push_str("&x-amz-acl=public-read");
    }),
    ("fewer signed headers", |request, _| {
        request.url = request.url.replace("if-none-match%3B", "");
    }),
    ("another method", |request, _| {
        request.method = "POST".to_owned();
    }),
    ("a larger file", |_, body| body.push(b'x')),
    ("a smaller file", |_, body| body.truncate(body.len() - 1)),
    ("no file", |_, body| body.clear()),
    ("another type", |request, _| {
        set(request, "content-type", "text/html");
    }),
    ("another checksum", |request, body| {
        body[20] ^= 1;
        let checksum = BASE64.encode(Sha256::digest(&body));
        set(request, "x-amz-checksum-sha256", &checksum);
    }),
    ("other bytes", |_, body| body[20] ^= 1),
    ("no type", |request, _| unset(request, "content-type")),
    ("no checksum", |request, _| {
        unset(request, "x-amz-checksum-sha256");
    }),
    ("no condition", |request, _| unset(request, "if-none-match")),
];

fn set(request: &mut SignedRequest, name: &str, value: &str) {
    unset(request, name);
    request.headers.push((name.to_owned(), value.to_owned()));
}

fn unset(request: &mut SignedRequest, name: &str) {
    let before = request.headers.len();
    request.headers.retain(|(header, _)| header != name);
    assert_eq!(request.headers.len(), before - 1, "{name}");
}

#[tokio::test]
async fn nothing_else_than_what_was_announced_comes_in() {
    for (service, whole) in [
        (Service::plain().await, false),
        (Service::documented().await, true),
    ] {
        let s3 = service.s3();
        for (name, trick) in TRICKS {
            let mut body = picture("0123456789");
            let file = announced(&body);
            let mut request = signed(&s3, &file).await;
            trick(&mut request, &mut body);
            let status = send(&request, &body).await;
            assert!((400..500).contains(&status), "{name}: {status}");
            let verdict = take_in(&s3, &file).await;
            if name == "other bytes" && !whole {
                assert_eq!(verdict, Verdict::Refused(Refusal::Different), "{name}");
            } else {
                assert_eq!(verdict, Verdict::Missing, "{name}");
            }
            assert!(service.objects("kept").is_empty(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_signature_ends() {
    let service = Service::plain().await;
    let s3 = service.s3();
    let content = picture("x");
    let file = announced(&content);
    let (begun, ended) = (now() - TimeDelta::minutes(2), now() - TimeDelta::minutes(1));
    let request = s3.sign_upload(&file, begun, ended).await.unwrap();
    assert_eq!(send(&request, &content).await, 403);
    assert_eq!(take_in(&s3, &file).await, Verdict::Missing);

    for until in [
        begun,
        begun - TimeDelta::minutes(1),
        begun + TimeDelta::days(8),
    ] {
        let error = s3.sign_upload(&file, begun, until).await.unwrap_err();
        assert!(error.to_string().contains("cannot be signed"), "{error}");
    }
}

#[tokio::test]
async fn a_file_is_uploaded_once() {
    for service in [Service::plain().await, Service::documented().await] {
        let s3 = service.s3();
        let content = picture("x");
        let file = announced(&content);
        let request = signed(&s3, &file).await;
        assert_eq!(send(&request, &content).await, 200);
        assert_eq!(send(&request, &content).await, 412, "before it was checked");
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        assert_eq!(send(&request, &content).await, 412, "and after");

        // Nor do other bytes come in with another signature for the same key.
        let other = picture("y");
        let forged = Announced {
            key: file.key.clone(),
            ..announced(&other)
        };
        let request = signed(&s3, &forged).await;
        assert_eq!(send(&request, &other).await, 412);
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
    }
}

/// Sends a signed request word for word, with this header about its length. One whose body is too
/// short ends when the sender hangs up.
async fn send_raw(request: &SignedRequest, length: &str, body: &[u8]) -> String {
    let url = Url::parse(&request.url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut head = format!(
        "PUT {}?{} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{length}\r\n",
        url.path(),
        url.query().unwrap()
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"\r\n").await.unwrap();
    stream.write_all(body).await.unwrap();
    let announced = length.strip_prefix("content-length: ");
    if announced.is_some_and(|length| body.len() < length.parse().unwrap()) {
        stream.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    let _cut_short = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_length_is_kept_to() {
    for service in [Service::plain().await, Service::documented().await] {
        let s3 = service.s3();
        let content = picture("0123456789");
        let length = format!("content-length: {}", content.len());
        let chunked = [
            format!("{:x}\r\n", content.len()).as_bytes(),
            &content,
            b"\r\n0\r\n\r\n",
        ]
        .concat();
        for (length, body) in [
            (length.as_str(), &content[..content.len() - 1]),
            ("transfer-encoding: chunked", &chunked[..]),
        ] {
            let file = announced(&content);
            let answer = send_raw(&signed(&s3, &file).await, length, body).await;
            assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert_eq!(take_in(&s3, &file).await, Verdict::Missing, "{length}");
        }
        // What follows the announced length is not part of the file.
        let file = announced(&content);
        let more = [&content[..], b"more"].concat();
        let answer = send_raw(&signed(&s3, &file).await, &length, &more).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        let kept = service.path(&format!("desk/kept/{}", file.key.as_str()));
        assert_eq!(std::fs::read(kept).unwrap(), content);
    }
}
