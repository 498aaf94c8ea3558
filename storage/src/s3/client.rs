//! How S3 is called.

use std::time::Duration;

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{Builder, SharedHttpClient, StalledStreamProtectionConfig},
};
use aws_smithy_http_client::{
    Builder as HttpBuilder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::settings::Problem;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For a connection.
    pub(super) connect: Duration,
    /// For the answer to a request, or for its beginning if it is a file.
    pub(super) answer: Duration,
    /// For a copy: S3 answers when it has made it, and files may have gigabytes.
    pub(super) copy: Duration,
    /// For the next bytes of a file.
    pub(super) stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            copy: Duration::from_secs(120),
            stall: Duration::from_secs(20),
        }
    }
}

impl Patience {
    /// The limits of a request that is answered within `answer`. Bodies have their own, in `body`.
    pub(super) fn limits(self, answer: Duration) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .read_timeout(answer)
            .operation_attempt_timeout(answer)
            .build()
    }
}

/// What the environment says.
pub(super) async fn from_environment() -> Result<Builder, Problem> {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .load();
    let shared = loader.await;
    if shared.region().is_none() {
        return Err(Problem(
            "A bucket needs to know its region: set AWS_REGION.".to_owned(),
        ));
    }
    let elsewhere = shared.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty());
    Ok(Builder::from(&shared).force_path_style(elsewhere))
}

/// One more attempt if the first one fails: who asks decides whether to try for longer.
pub(super) fn client(config: Builder, patience: Patience) -> Client {
    let config = config
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .timeout_config(patience.limits(patience.answer))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}

pub(super) fn http_client() -> SharedHttpClient {
    HttpBuilder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// Whether a bucket and a prefix can be those of files; whether they exist, only S3 knows.
pub(super) fn check_names(bucket: &str, prefix: &str) -> Result<(), Problem> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(letter) {
        return Err(Problem(format!(
            "{bucket:?} cannot be a bucket: name one, such as my-attachments."
        )));
    }
    let plain = |b: u8| letter(b) || b == b'/';
    let part = |part: &str| !matches!(part, "." | "..");
    if prefix.starts_with('/')
        || prefix.contains("//")
        || !prefix.bytes().all(plain)
        || !prefix.split('/').all(part)
    {
        return Err(Problem(format!(
            "{prefix:?} cannot be what keys in a bucket begin with: use letters, digits, dots, dashes \
             and underscores with single slashes in between, as in desk/attachments."
        )));
    }
    Ok(())
}
