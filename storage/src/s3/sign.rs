//! Requests that somebody else sends to S3, signed by this server.

use aws_sdk_s3::presigning::PresigningConfig;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::attachment::{Announced, INLINE, Shown, SignedRequest};
use entity::Timestamp;

use super::{S3, fail::Failure};
use crate::disposition::disposition;

/// Signed, but set by whoever sends a request, and forbidden to pages.
const SET_BY_BROWSERS: [&str; 2] = ["content-length", "host"];

impl S3 {
    /// A PUT into quarantine. The signature covers size, type, checksum and that nothing is there, so
    /// no request without them, or with others, is let in; S3 itself compares the checksum to the
    /// bytes. A client whose first answer was lost is told 412 the second time: its file is there.
    ///
    /// The URL dies with the credentials that sign it, if they end before `until`.
    pub(super) async fn upload(
        &self,
        file: &Announced,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<SignedRequest, Failure> {
        self.is_reachable()?;
        let size = i64::try_from(file.size_bytes)
            .map_err(|_| Failure::saying(format!("{} bytes are too many.", file.size_bytes)))?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(self.in_quarantine(&file.key))
            .content_length(size)
            .content_type(&file.content_type)
            .checksum_sha256(BASE64_STANDARD.encode(file.sha256))
            .if_none_match("*");
        let signed = put.presigned(lifetime(now, until)?).await;
        let signed = signed.map_err(|error| Failure::of("sign an upload", &error))?;
        let headers = signed
            .headers()
            .filter(|(name, _)| !SET_BY_BROWSERS.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(SignedRequest {
            method: signed.method().to_owned(),
            url: signed.uri().to_owned(),
            headers,
        })
    }

    /// A GET of a kept file. S3 cannot be told to say `nosniff`, so only images that browsers show
    /// keep their type; anything else is bytes to save.
    pub(super) async fn download(
        &self,
        file: &Shown,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<String, Failure> {
        self.is_reachable()?;
        let inline = file.inline && INLINE.contains(&file.content_type.as_str());
        let content_type = if inline {
            &file.content_type
        } else {
            "application/octet-stream"
        };
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(self.kept(&file.key))
            .response_content_disposition(disposition(&file.file_name, inline))
            .response_content_type(content_type)
            .response_cache_control("private");
        let signed = get.presigned(lifetime(now, until)?).await;
        let signed = signed.map_err(|error| Failure::of("sign a download", &error))?;
        Ok(signed.uri().to_owned())
    }
}

fn lifetime(now: Timestamp, until: Timestamp) -> Result<PresigningConfig, Failure> {
    let wrong = |why: String| {
        Failure::saying(format!(
            "A request cannot be signed from {now} until {until}: {why}. Use a second to a week."
        ))
    };
    let lives = (until - now)
        .to_std()
        .ok()
        .filter(|lives| lives.as_secs() > 0)
        .ok_or_else(|| wrong("it would be over before it begins".to_owned()))?;
    PresigningConfig::builder()
        .start_time(now.into())
        .expires_in(lives)
        .build()
        .map_err(|error| wrong(error.to_string()))
}
