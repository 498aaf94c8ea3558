//! Checking what was uploaded, and keeping it.

use domain::attachment::{Announced, Refusal, StorageResult, Verdict};
use tokio::io::AsyncReadExt;

use super::{S3, fail::Failure, look::Found};
use crate::{
    chain::chain,
    content::{HEAD, refusal},
    scanner::Scanner,
};

impl S3 {
    /// Keeps a file if it is what was announced and harmless. Every step names the ETag of what was
    /// checked first, so that it fails if other bytes came in between; a copy is only made of what
    /// passed every check, so one that is there, and is the same, needs no second check.
    pub(super) async fn check_and_keep(&self, file: &Announced) -> StorageResult<Verdict> {
        if self.is_kept(file).await? {
            return Ok(Verdict::Kept);
        }
        let key = self.in_quarantine(&file.key);
        let Some(found) = self.look(&key).await? else {
            self.bucket_exists().await?;
            return Ok(Verdict::Missing);
        };
        if let Some(refusal) = self.objection(&key, &found, file).await? {
            return Ok(Verdict::Refused(refusal));
        }
        self.copy(&key, &found.etag, file).await?;
        if self.is_kept(file).await? {
            return Ok(Verdict::Kept);
        }
        Err(Failure::saying(format!(
            "{key} changed while it was checked, or its copy is not the same. Nothing is kept; check \
             it again."
        ))
        .into())
    }

    /// Whether the very file is kept. Anything else in its place was never said to be kept, and is
    /// deleted.
    async fn is_kept(&self, file: &Announced) -> Result<bool, Failure> {
        let key = self.kept(&file.key);
        let Some(found) = self.look(&key).await? else {
            return Ok(false);
        };
        if self.is_same(&key, &found, file).await? {
            return Ok(true);
        }
        tracing::warn!(
            s3.key = key,
            "an object in the place of a kept file is not that file: deleted"
        );
        self.delete_one(&key).await?;
        Ok(false)
    }

    /// Why what lies in quarantine is not kept.
    async fn objection(
        &self,
        key: &str,
        found: &Found,
        file: &Announced,
    ) -> StorageResult<Option<Refusal>> {
        if !self.is_same(key, found, file).await? {
            return Ok(Some(Refusal::Different));
        }
        let head = self.head(key, found, file).await?;
        if let Some(refusal) = refusal(&file.content_type, &head) {
            return Ok(Some(refusal));
        }
        match &self.scanner {
            Scanner::Off => Ok(None),
            scanner @ Scanner::Clamd(_) => {
                let content = self.read(key, &found.etag, None).await?;
                scanner.scan(content).await
            }
        }
    }

    /// The first bytes. An empty file has none, and S3 refuses to send them.
    async fn head(&self, key: &str, found: &Found, file: &Announced) -> Result<Vec<u8>, Failure> {
        let mut head = Vec::new();
        if file.size_bytes > 0 {
            let content = self.read(key, &found.etag, Some(HEAD)).await?;
            let read = content.take(HEAD as u64).read_to_end(&mut head).await;
            read.map_err(|error| Failure::saying(chain(&error)))?;
        }
        Ok(head)
    }
}
