//! What lies in the bucket.

use aws_sdk_s3::types::ChecksumMode;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::attachment::Announced;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::{S3, fail::Failure};
use crate::chain::chain;

/// An object.
#[derive(Debug)]
pub(super) struct Found {
    size: u64,
    /// The checksum that the service worked out, if it works them out.
    sha256: Option<[u8; 32]>,
    /// What it is called as long as its bytes are the same.
    pub(super) etag: String,
}

impl S3 {
    /// What lies under a key, if anything does.
    pub(super) async fn look(&self, key: &str) -> Result<Option<Found>, Failure> {
        let head = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled);
        let head = match self.ask(&format!("describe {key}"), head.send()).await {
            Ok(head) => head,
            Err(failure) if failure.status == Some(404) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let size = head.content_length().and_then(|size| size.try_into().ok());
        let (Some(size), Some(etag)) = (size, head.e_tag()) else {
            return Err(Failure::saying(format!(
                "S3 named no size or no ETag of {key}: a service is needed that does."
            )));
        };
        Ok(Some(Found {
            size,
            sha256: head.checksum_sha256().and_then(digits),
            etag: etag.to_owned(),
        }))
    }

    /// Fails if it is the bucket that is missing, and not just a file in it.
    pub(super) async fn bucket_exists(&self) -> Result<(), Failure> {
        let head = self.client.head_bucket().bucket(&self.bucket);
        let what = format!("find the bucket {}", self.bucket);
        self.ask(&what, head.send()).await.map(|_| ())
    }

    /// Whether an object has the very bytes that were announced.
    pub(super) async fn is_same(
        &self,
        key: &str,
        found: &Found,
        file: &Announced,
    ) -> Result<bool, Failure> {
        if found.size != file.size_bytes {
            return Ok(false);
        }
        let sha256 = match found.sha256 {
            Some(sha256) => sha256,
            None => self.work_out(key, &found.etag).await?,
        };
        Ok(sha256 == file.sha256)
    }

    /// The checksum of an object, from all its bytes.
    async fn work_out(&self, key: &str, etag: &str) -> Result<[u8; 32], Failure> {
        let mut content = self.read(key, etag, None).await?;
        let mut hash = Sha256::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut chunk).await;
            match read.map_err(|error| Failure::saying(chain(&error)))? {
                0 => return Ok(hash.finalize().into()),
                bytes => hash.update(&chunk[..bytes]),
            }
        }
    }
}

/// A checksum as S3 writes it; that of an upload in parts (`...-2`) is not one of the bytes.
fn digits(text: &str) -> Option<[u8; 32]> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}
