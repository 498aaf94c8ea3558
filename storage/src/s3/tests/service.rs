//! A service of S3.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
};

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::{Builder, Credentials, Region};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{
    super::{Patience, S3, client::http_client},
    documented::{Documented, Log, Quirks},
};
use crate::scanner::Scanner;

const BUCKET: &str = "bucket";

/// A service with an empty bucket.
pub(super) struct Service {
    folder: TempDir,
    endpoint: String,
    log: Log,
}

impl Service {
    /// s3s-fs as it is.
    pub(super) async fn plain() -> Self {
        Self::start(None).await
    }

    /// s3s-fs with what AWS documents beyond it.
    pub(super) async fn documented() -> Self {
        Self::quirky(Quirks::default()).await
    }

    pub(super) async fn quirky(quirks: Quirks) -> Self {
        Self::start(Some(quirks)).await
    }

    async fn start(quirks: Option<Quirks>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let files = FileSystem::new(folder.path()).unwrap();
        let log = Log::default();
        let mut builder = match quirks {
            None => S3ServiceBuilder::new(files),
            Some(quirks) => {
                let root = folder.path().to_owned();
                S3ServiceBuilder::new(Documented::new(files, root, quirks, Arc::clone(&log)))
            }
        };
        builder.set_auth(SimpleAuth::from_single("key", "secret"));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self {
            folder,
            endpoint,
            log,
        }
    }

    /// Attachments in it.
    pub(super) fn s3(&self) -> S3 {
        self.scanned(Scanner::Off)
    }

    pub(super) fn scanned(&self, scanner: Scanner) -> S3 {
        at(&self.endpoint, BUCKET, scanner, Patience::default())
    }

    pub(super) fn patient(&self, patience: Patience) -> S3 {
        at(&self.endpoint, BUCKET, Scanner::Off, patience)
    }

    pub(super) fn other_bucket(&self) -> S3 {
        at(&self.endpoint, "nowhere", Scanner::Off, Patience::default())
    }

    /// Where an object is in the file system.
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// The objects whose keys begin with `desk/` and that, in order.
    pub(super) fn objects(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path("desk").join(folder)) else {
            return Vec::new();
        };
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// What was done to objects so far, such as `CopyObject`.
    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Attachments in a bucket of the service there.
pub(super) fn at(endpoint: &str, bucket: &str, scanner: Scanner, patience: Patience) -> S3 {
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(http_client())
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"));
    S3::with(config, bucket, "desk", scanner, patience).unwrap()
}
