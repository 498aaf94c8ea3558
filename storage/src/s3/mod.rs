//! Attachments in a bucket of S3, or of a service that speaks like it.
//!
//! A file is uploaded to `quarantine/` and, once it was checked, copied to `kept/`. It stays in
//! quarantine as well: as long as it lies there, `If-None-Match: *` refuses a second upload with the
//! same signed URL. Who clears the quarantine must leave files there for longer than an upload may
//! take; a rule of the bucket's life cycle may do the same for those that were forgotten.

mod body;
mod client;
mod copy;
mod delete;
mod fail;
mod look;
mod reach;
mod sign;
mod take_in;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_sdk_s3::{
    Client,
    config::{Builder, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
};
use domain::attachment::{
    Announced, FileKey, Shown, SignedRequest, Storage, StorageResult, Verdict,
};
use entity::Timestamp;
use futures_util::future::BoxFuture;

use self::{client::Patience, fail::Failure, reach::Reach};
use crate::{scanner::Scanner, settings::Problem};

/// A bucket, or the part of it whose keys begin with a prefix.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    bucket: String,
    prefix: String,
    scanner: Scanner,
    patience: Patience,
    reach: Arc<Reach>,
}

impl S3 {
    /// The bucket of that name, of the region and account that the environment names by the usual
    /// variables and files of AWS. `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` lead to a service that
    /// speaks like S3; browsers must reach it under the same name, and it is asked path-style. Nothing
    /// is called yet.
    ///
    /// # Errors
    /// When no region is named, or the bucket or the prefix cannot be one.
    pub(crate) async fn open(
        bucket: &str,
        prefix: &str,
        scanner: Scanner,
    ) -> Result<Self, Problem> {
        let config = client::from_environment().await?;
        Self::with(config, bucket, prefix, scanner, Patience::default())
    }

    fn with(
        config: Builder,
        bucket: &str,
        prefix: &str,
        scanner: Scanner,
        patience: Patience,
    ) -> Result<Self, Problem> {
        client::check_names(bucket, prefix)?;
        let slash = if prefix.is_empty() || prefix.ends_with('/') {
            ""
        } else {
            "/"
        };
        Ok(Self {
            client: client::client(config, patience),
            bucket: bucket.to_owned(),
            prefix: format!("{prefix}{slash}"),
            scanner,
            patience,
            reach: Arc::default(),
        })
    }

    /// Where files lie until they were checked.
    fn quarantine(&self) -> String {
        format!("{}quarantine/", self.prefix)
    }

    fn in_quarantine(&self, key: &FileKey) -> String {
        format!("{}{}", self.quarantine(), key.as_str())
    }

    fn kept(&self, key: &FileKey) -> String {
        format!("{}kept/{}", self.prefix, key.as_str())
    }

    /// Waits for the answer to a request, and remembers whether there was any.
    async fn ask<T, E>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let answer = answer.await.map_err(|error| Failure::of(what, &error));
        self.reach.remember(answer.as_ref().err());
        answer
    }
}

impl Storage for S3 {
    fn sign_upload<'a>(
        &'a self,
        file: &'a Announced,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<SignedRequest>> {
        Box::pin(async move { Ok(self.upload(file, now, until).await?) })
    }

    fn take_in<'a>(&'a self, file: &'a Announced) -> BoxFuture<'a, StorageResult<Verdict>> {
        Box::pin(self.check_and_keep(file))
    }

    fn sign_download<'a>(
        &'a self,
        file: &'a Shown,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<String>> {
        Box::pin(async move { Ok(self.download(file, now, until).await?) })
    }

    fn delete<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, StorageResult<()>> {
        Box::pin(async move {
            self.delete_one(&self.in_quarantine(key)).await?;
            Ok(self.delete_one(&self.kept(key)).await?)
        })
    }

    fn clear_quarantine(&self, before: Timestamp) -> BoxFuture<'_, StorageResult<u64>> {
        Box::pin(async move { Ok(self.delete_waiting(before).await?) })
    }
}
