//! Against s3s-fs over TCP, in this process: it checks signatures, expiry, signed headers, conditions
//! and checksums. `documented` says what of AWS it lacks.

mod away;
mod checks;
mod documented;
mod downloads;
mod environment;
mod scanned;
mod service;
mod uploads;
mod waiting;

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use chrono::TimeDelta;
use domain::{
    Clock,
    attachment::{Announced, FileKey, Refusal, SignedRequest, Storage, Verdict},
};
use entity::Timestamp;
use sha2::{Digest, Sha256};

use self::service::Service;
use super::*;

/// The time, which s3s-fs takes from the machine.
fn now() -> Timestamp {
    Clock::system().now()
}

/// The bytes of a small picture.
fn picture(text: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", text.as_bytes()].concat()
}

fn announced(content: &[u8]) -> Announced {
    Announced {
        key: FileKey::random(),
        content_type: "image/png".to_owned(),
        size_bytes: content.len() as u64,
        sha256: Sha256::digest(content).into(),
    }
}

/// Patience for tests.
fn short() -> Patience {
    Patience {
        connect: Duration::from_millis(200),
        answer: Duration::from_millis(300),
        copy: Duration::from_millis(300),
        stall: Duration::from_millis(300),
    }
}

async fn signed(s3: &S3, file: &Announced) -> SignedRequest {
    let now = now();
    let until = now + TimeDelta::minutes(1);
    s3.sign_upload(file, now, until).await.unwrap()
}

fn http() -> reqwest::Client {
    let _set_already = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Sends a signed request as a browser does, and says what it was answered.
async fn send(request: &SignedRequest, body: &[u8]) -> u16 {
    let method = request.method.parse().unwrap();
    let mut sending = http().request(method, &request.url).body(body.to_vec());
    for (name, value) in &request.headers {
        sending = sending.header(name, value);
    }
    sending.send().await.unwrap().status().as_u16()
}

async fn take_in(s3: &S3, file: &Announced) -> Verdict {
    s3.take_in(file).await.unwrap()
}

/// Uploads a picture as it should be.
async fn uploaded(s3: &S3, content: &[u8]) -> Announced {
    let file = announced(content);
    assert_eq!(send(&signed(s3, &file).await, content).await, 200);
    file
}
