//! Copying from quarantine to where files are kept.

use aws_sdk_s3::{
    config::Builder,
    types::{ChecksumAlgorithm, MetadataDirective},
};
use domain::attachment::Announced;

use super::{S3, fail::Failure};

impl S3 {
    /// Copies an object that is still the one with this ETag, if nothing is kept yet. Whether it is
    /// there then, must be looked at: somebody else may have made the same copy just before.
    ///
    /// Only the bytes and the media type come along: who uploads may send headers that nobody signed,
    /// such as Content-Encoding, and S3 would repeat them to whoever fetches the file.
    pub(super) async fn copy(
        &self,
        from: &str,
        etag: &str,
        file: &Announced,
    ) -> Result<(), Failure> {
        let copied = match self.copy_if(from, etag, file, Some("*")).await {
            // Not all that speak like S3 know the condition, which only saves work.
            Err(failure) if matches!(failure.status, Some(400 | 501)) => {
                self.copy_if(from, etag, file, None).await
            }
            copied => copied,
        };
        match copied {
            // The source is gone or another one, or something is there.
            Err(failure) if matches!(failure.status, Some(404 | 409 | 412)) => Ok(()),
            copied => copied,
        }
    }

    async fn copy_if(
        &self,
        from: &str,
        etag: &str,
        file: &Announced,
        none_match: Option<&str>,
    ) -> Result<(), Failure> {
        let patience = self.patience;
        let limits = Builder::new().timeout_config(patience.limits(patience.copy));
        let copy = self
            .client
            .copy_object()
            // Neither names of buckets nor keys have characters that a path encodes.
            .copy_source(format!("{}/{from}", self.bucket))
            .copy_source_if_match(etag)
            .bucket(&self.bucket)
            .key(self.kept(&file.key))
            .set_if_none_match(none_match.map(str::to_owned))
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .metadata_directive(MetadataDirective::Replace)
            .content_type(&file.content_type)
            .customize()
            .config_override(limits);
        let what = format!("copy {from}");
        self.ask(&what, copy.send()).await.map(|_| ())
    }
}
