//! What a signed download leads to.

use domain::attachment::Shown;
use reqwest::{Response, header::HeaderName};

use super::*;

fn shown(file: &Announced, name: &str, inline: bool) -> Shown {
    Shown {
        key: file.key.clone(),
        content_type: file.content_type.clone(),
        file_name: name.to_owned(),
        inline,
    }
}

async fn link(s3: &S3, file: &Shown) -> String {
    let now = now();
    let until = now + TimeDelta::minutes(1);
    s3.sign_download(file, now, until).await.unwrap()
}

async fn get(url: &str) -> Response {
    http().get(url).send().await.unwrap()
}

fn header(response: &Response, name: &HeaderName) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_download_is_what_was_uploaded_under_any_name() {
    use reqwest::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
    let service = Service::plain().await;
    let s3 = service.s3();
    let content = picture(&"x".repeat(70_000));
    let file = uploaded(&s3, &content).await;
    assert_eq!(take_in(&s3, &file).await, Verdict::Kept);

    let name = "Grüße \"1\"; 100%\r\nX: y\u{202e}\u{0}\u{1f600}'.png";
    let response = get(&link(&s3, &shown(&file, name, false)).await).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, &CONTENT_TYPE), "application/octet-stream");
    assert_eq!(header(&response, &CACHE_CONTROL), "private");
    let disposition = header(&response, &CONTENT_DISPOSITION);
    let (kind, exact) = disposition.split_once("; filename*=UTF-8''").unwrap();
    assert!(kind.starts_with("attachment; filename=\""), "{kind}");
    let decoded = percent_encoding::percent_decode_str(exact).decode_utf8();
    assert_eq!(decoded.unwrap(), name);
    assert_eq!(response.bytes().await.unwrap(), content);

    let response = get(&link(&s3, &shown(&file, "a.png", true)).await).await;
    assert_eq!(header(&response, &CONTENT_TYPE), "image/png");
    assert!(header(&response, &CONTENT_DISPOSITION).starts_with("inline; "));
}

#[tokio::test]
async fn only_pictures_are_shown() {
    let s3 = Service::plain().await.s3();
    for content_type in ["text/html", "image/svg+xml", "application/pdf", "IMAGE/PNG"] {
        let mut file = shown(&announced(b""), "x", true);
        file.content_type = content_type.to_owned();
        let url = link(&s3, &file).await;
        assert!(
            url.contains("response-content-type=application%2Foctet-stream"),
            "{url}"
        );
        assert!(
            url.contains("response-content-disposition=attachment"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_link_ends_and_leads_nowhere_else() {
    let service = Service::plain().await;
    let s3 = service.s3();
    let file = uploaded(&s3, &picture("x")).await;
    let file = shown(&file, "a.png", false);
    let url = link(&s3, &file).await;
    assert_eq!(get(&url).await.status(), 404, "it is only in quarantine");
    for (from, to) in [
        ("/kept/", "/quarantine/"),
        ("attachment", "inline"),
        ("X-Amz-Expires=60", "X-Amz-Expires=61"),
        ("octet-stream", "xhtml"),
    ] {
        assert!(url.contains(from), "{url}");
        let status = get(&url.replacen(from, to, 1)).await.status();
        assert_eq!(status, 403, "{from}");
    }
    let (begun, ended) = (now() - TimeDelta::minutes(2), now() - TimeDelta::minutes(1));
    let url = s3.sign_download(&file, begun, ended).await.unwrap();
    assert_eq!(get(&url).await.status(), 403);
}

#[tokio::test]
async fn headers_that_nobody_signed_are_not_kept() {
    let service = Service::plain().await;
    let s3 = service.s3();
    let content = picture("x");
    let file = announced(&content);
    let mut request = signed(&s3, &file).await;
    for (name, value) in [
        ("content-encoding", "gzip"),
        ("content-language", "xx"),
        ("x-amz-meta-note", "hello"),
    ] {
        request.headers.push((name.to_owned(), value.to_owned()));
    }
    assert_eq!(send(&request, &content).await, 200);
    assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
    let response = get(&link(&s3, &shown(&file, "a.png", true)).await).await;
    for name in ["content-encoding", "content-language", "x-amz-meta-note"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    assert_eq!(response.bytes().await.unwrap(), content);
}
