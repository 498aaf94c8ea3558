//! A service that speaks S3 and checks signatures: s3s-fs, in this process, over real TCP.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The service, with one empty bucket.
#[derive(Debug)]
pub struct Bucket {
    folder: TempDir,
    endpoint: String,
}

impl Bucket {
    /// Its name.
    pub const NAME: &str = "desk";

    /// Starts the service.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(Self::NAME)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("key", "secret"));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = http1::Builder::new();
                let stream = TokioIo::new(stream);
                tokio::spawn(connection.serve_connection(stream, service.clone()));
            }
        });
        Self { folder, endpoint }
    }

    /// What a server needs to know to keep attachments there.
    pub fn env(&self) -> [(&str, &str); 5] {
        [
            ("DESKWIRE_ATTACHMENTS", "s3://desk"),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
    }

    /// How many objects there are whose keys begin with `folder`.
    pub fn objects(&self, folder: &str) -> usize {
        let path = self.folder.path().join(Self::NAME).join(folder);
        std::fs::read_dir(path).map_or(0, Iterator::count)
    }
}
