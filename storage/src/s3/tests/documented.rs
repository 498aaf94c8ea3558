//! What AWS documents and s3s-fs 0.14.1 does not do, around it:
//!
//! - PutObject: an object whose bytes are not those of its checksum is not stored. (s3s-fs says
//!   BadDigest after it stored it.)
//! - GetObject: `If-Match`. (s3s-fs ignores it.)
//! - CopyObject: `If-None-Match: *`, and the checksum of the copy worked out anew. (s3s-fs ignores the
//!   one and hands on whatever checksum the source came with.)
//! - DeleteObject and DeleteObjects: the checksum goes with the object. (s3s-fs leaves it behind.)
//!
//! And, where a test wants them, the weaknesses of other services.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use s3s::{
    S3, S3Request, S3Response, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopySource, DeleteObjectInput, DeleteObjectOutput,
        DeleteObjectsInput, DeleteObjectsOutput, ETagCondition, GetObjectInput, GetObjectOutput,
        HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
        ListObjectsV2Output, PutObjectInput, PutObjectOutput,
    },
    s3_error,
};
use s3s_fs::FileSystem;
use sha2::{Digest, Sha256};

/// What was called.
pub(super) type Log = Arc<Mutex<Vec<&'static str>>>;

/// How a service is worse than AWS.
#[derive(Clone, Debug, Default)]
pub(super) struct Quirks {
    /// It works out no checksums.
    pub(super) no_checksums: bool,
    /// It does not know conditions on the destination of a copy, and says so.
    pub(super) no_conditional_copy: bool,
    /// It spoils copies.
    pub(super) bad_copies: bool,
    /// It takes that long for a copy.
    pub(super) slow_copy: Duration,
    /// Somebody puts these bytes in the place of an object right before it is copied.
    pub(super) swapped_before_copy: Option<Vec<u8>>,
    /// Somebody else makes the very copy right before.
    pub(super) copied_before_copy: bool,
    /// Somebody puts these bytes in the place of an object right before it is read.
    pub(super) swapped_before_read: Option<Vec<u8>>,
    /// It deletes nothing in batches.
    pub(super) deletes_nothing: bool,
}

/// s3s-fs as AWS documents S3.
#[derive(Debug)]
pub(super) struct Documented {
    files: FileSystem,
    root: PathBuf,
    quirks: Quirks,
    log: Log,
}

impl Documented {
    pub(super) fn new(files: FileSystem, root: PathBuf, quirks: Quirks, log: Log) -> Self {
        Self {
            files,
            root,
            quirks,
            log,
        }
    }

    fn called(&self, operation: &'static str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(operation);
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(bucket).join(key)
    }

    /// The bytes of an object, if it is there.
    fn bytes(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(bucket, key)).ok()
    }

    fn write(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let path = self.path(bucket, key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self.forget(bucket, key);
    }

    /// Drops what s3s-fs noted about an object: its ETag and checksum.
    fn forget(&self, bucket: &str, key: &str) {
        let encoded = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
        let name = format!(
            ".bucket-{}.object-{}.internal.json",
            encoded(bucket),
            encoded(key)
        );
        let _ = std::fs::remove_file(self.root.join(name));
    }
}

/// A request as it was, with another input.
fn again<T, U>(request: &S3Request<T>, input: U) -> S3Request<U> {
    S3Request {
        input,
        method: request.method.clone(),
        uri: request.uri.clone(),
        headers: request.headers.clone(),
        extensions: request.extensions.clone(),
        credentials: request.credentials.clone(),
        region: request.region.clone(),
        service: request.service.clone(),
        trailing_headers: request.trailing_headers.clone(),
    }
}

#[async_trait::async_trait]
impl S3 for Documented {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.called("PutObject");
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let was_there = self.bytes(&bucket, &key).is_some();
        let put = self.files.put_object(request).await;
        if put.is_err() && !was_there {
            let _ = std::fs::remove_file(self.path(&bucket, &key));
            self.forget(&bucket, &key);
        }
        put
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.called("HeadObject");
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let asked = request.input.checksum_mode.is_some();
        let mut head = self.files.head_object(request).await?;
        head.output.checksum_sha256 = self
            .bytes(&bucket, &key)
            .filter(|_| asked && !self.quirks.no_checksums)
            .map(|bytes| BASE64_STANDARD.encode(Sha256::digest(bytes)));
        Ok(head)
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.called("GetObject");
        let GetObjectInput { bucket, key, .. } = &request.input;
        if let Some(bytes) = &self.quirks.swapped_before_read {
            self.write(bucket, key, bytes);
        }
        if let Some(ETagCondition::ETag(wanted)) = &request.input.if_match {
            let head = HeadObjectInput::builder()
                .bucket(bucket.clone())
                .key(key.clone())
                .build()
                .unwrap();
            let head = self.files.head_object(again(&request, head)).await?;
            if head.output.e_tag.as_ref() != Some(wanted) {
                return Err(s3_error!(PreconditionFailed));
            }
        }
        let mut get = self.files.get_object(request).await?;
        get.output.checksum_sha256 = None;
        Ok(get)
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        self.called("CopyObject");
        let (bucket, to) = (request.input.bucket.clone(), request.input.key.clone());
        let CopySource::Bucket { key: from, .. } = request.input.copy_source.clone() else {
            return Err(s3_error!(NotImplemented));
        };
        if let Some(bytes) = &self.quirks.swapped_before_copy {
            self.write(&bucket, &from, bytes);
        }
        if self.quirks.copied_before_copy {
            let bytes = self.bytes(&bucket, &from).unwrap();
            self.write(&bucket, &to, &bytes);
        }
        let conditional = request.headers.contains_key("if-none-match");
        if conditional && self.quirks.no_conditional_copy {
            return Err(s3_error!(NotImplemented));
        }
        if conditional && self.bytes(&bucket, &to).is_some() {
            return Err(s3_error!(PreconditionFailed));
        }
        let copied = self.files.copy_object(request).await?;
        tokio::time::sleep(self.quirks.slow_copy).await;
        if self.quirks.bad_copies {
            self.write(&bucket, &to, b"spoilt");
        }
        Ok(copied)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.called("DeleteObject");
        self.forget(&request.input.bucket, &request.input.key);
        self.files.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.called("DeleteObjects");
        if self.quirks.deletes_nothing {
            let error = s3s::dto::Error {
                code: Some("AccessDenied".to_owned()),
                key: Some(request.input.delete.objects[0].key.clone()),
                ..Default::default()
            };
            return Ok(S3Response::new(DeleteObjectsOutput {
                errors: Some(vec![error]),
                ..Default::default()
            }));
        }
        for object in &request.input.delete.objects {
            self.forget(&request.input.bucket, &object.key);
        }
        self.files.delete_objects(request).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.called("ListObjectsV2");
        self.files.list_objects_v2(request).await
    }
}
