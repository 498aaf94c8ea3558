//! Uploading files as a front end does: announce, send, complete.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Client;

/// A file that was announced.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Its id as an upload.
    pub id: String,
    /// Where to send it.
    pub url: String,
    /// How.
    pub method: String,
    /// With these headers.
    pub headers: Vec<(String, String)>,
}

/// A PNG, as far as its first bytes tell, that holds `text`.
pub fn png(text: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0".to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `createUpload` is given for a file.
pub fn announcement(name: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!({ "fileName": name, "contentType": content_type, "sizeBytes": bytes.len(),
        "sha256": sha256(bytes) })
}

impl Announced {
    /// Reads the `upload` of a payload.
    pub fn read(upload: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = upload["headers"].as_array().unwrap().iter();
        Self {
            id: text(&upload["id"]),
            url: text(&upload["url"]),
            method: text(&upload["method"]),
            headers: headers
                .map(|header| (text(&header["name"]), text(&header["value"])))
                .collect(),
        }
    }

    /// The request that uploads `bytes`, without anybody's token.
    pub fn request(&self, bytes: &[u8]) -> reqwest::RequestBuilder {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let method = self.method.parse().unwrap();
        let request = http.request(method, &self.url).body(bytes.to_vec());
        let with = |request: reqwest::RequestBuilder, (name, value): &(String, String)| {
            request.header(name, value)
        };
        self.headers.iter().fold(request, with)
    }

    /// Sends `bytes` and gives back the status.
    pub async fn send(&self, bytes: &[u8]) -> u16 {
        self.request(bytes).send().await.unwrap().status().as_u16()
    }
}

impl Client {
    /// Announces a file.
    pub async fn announce(&self, input: Value) -> Announced {
        let selection = "upload { id url method headers { name value } expiresAt }";
        let payload = self.run("createUpload", input, selection).await;
        Announced::read(&payload["upload"])
    }

    /// Uploads a file and gives back its id as an attachment.
    pub async fn upload(&self, name: &str, content_type: &str, bytes: &[u8]) -> String {
        let upload = self.announce(announcement(name, content_type, bytes)).await;
        assert_eq!(upload.send(bytes).await, 200);
        let input = json!({ "uploadId": upload.id });
        let payload = self.run("completeUpload", input, "attachment { id }").await;
        payload["attachment"]["id"].as_str().unwrap().to_owned()
    }

    /// Fetches what lies behind a link, without anybody's token.
    pub async fn fetch(&self, url: &Value) -> reqwest::Response {
        let url = url.as_str().unwrap_or_else(|| panic!("no link: {url}"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        http.get(url).send().await.unwrap()
    }
}
