//! Files pass through the server a piece at a time: what it holds does not grow with them.

use std::{convert::Infallible, fs, path::Path, sync::Arc};

use axum::body::Bytes;
use chrono::TimeDelta;
use deskwire_tests::{Backend, Process, World, eventually};
use domain::{
    Clock,
    attachment::{Announced, FileKey, Shown, Storage, Verdict},
};
use futures_util::{future::join_all, stream};
use http_body_util::StreamBody;
use hyper::body::Frame;
use reqwest::{Client, StatusCode, header};
use sha2::{Digest, Sha256};
use storage::StorageSettings;
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// The size of the file, in bytes: the largest that is allowed.
const SIZE: u64 = 100 << 20;

/// What is sent at once.
const PIECE: usize = 64 << 10;

/// How much more the server may hold, in bytes.
const ROOM: u64 = 24 << 20;

/// How many slow uploads there are, and how much each of them sends before it stops.
const SLOW: usize = 20;
const SLOW_BYTES: usize = 256 << 10;

/// A server in a process of its own, and its folder.
struct Scene {
    server: Process,
    storage: Arc<dyn Storage>,
    clock: Clock,
}

impl Scene {
    async fn new(world: &World) -> Self {
        let server = world.process().await;
        let secret = world.server().desk();
        let secret = secret.shared_secret("links to attachments");
        let data = &world.config().data_dir;
        let folder = StorageSettings::default()
            .open(data, server.base(), &secret.await.unwrap())
            .await;
        Self {
            storage: folder.unwrap().storage().unwrap(),
            server,
            clock: Clock::system(),
        }
    }

    /// The most memory that the server ever held, in bytes.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        kilobytes.unwrap().parse::<u64>().unwrap() << 10
    }

    async fn upload_link(&self, file: &Announced) -> String {
        let now = self.clock.now();
        let until = now + TimeDelta::minutes(15);
        let signed = self.storage.sign_upload(file, now, until).await.unwrap();
        assert_eq!(signed.method, "PUT");
        signed.url
    }

    async fn upload(&self, client: &Client, size: u64) -> Announced {
        let file = announced(size);
        let url = self.upload_link(&file).await;
        let pieces = pieces(size).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        let body = reqwest::Body::wrap(StreamBody::new(stream::iter(pieces)));
        let request = client.put(url).header(header::CONTENT_LENGTH, size);
        let request = request.header(header::CONTENT_TYPE, "text/plain");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        file
    }

    async fn download(&self, client: &Client, file: &Announced) {
        let shown = Shown {
            key: file.key.clone(),
            content_type: file.content_type.clone(),
            file_name: "large.txt".to_owned(),
            inline: false,
        };
        let now = self.clock.now();
        let until = now + TimeDelta::minutes(5);
        let url = self
            .storage
            .sign_download(&shown, now, until)
            .await
            .unwrap();
        let mut answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.content_length(), Some(file.size_bytes));
        let mut sha256 = Sha256::new();
        while let Some(piece) = answer.chunk().await.unwrap() {
            sha256.update(&piece);
        }
        assert_eq!(<[u8; 32]>::from(sha256.finalize()), file.sha256);
    }
}

/// A text of this size, in pieces.
fn pieces(size: u64) -> impl Iterator<Item = Bytes> + Send + Sync + 'static {
    let text = "All work and no play makes Jack a dull boy.\n".repeat(PIECE / 44 + 1);
    let whole = Bytes::from(text).slice(..PIECE);
    let count = usize::try_from(size).unwrap();
    (0..count)
        .step_by(PIECE)
        .map(move |at| whole.slice(..PIECE.min(count - at)))
}

fn announced(size: u64) -> Announced {
    let mut sha256 = Sha256::new();
    pieces(size).for_each(|piece| sha256.update(&piece));
    Announced {
        key: FileKey::random(),
        content_type: "text/plain".to_owned(),
        size_bytes: size,
        sha256: sha256.finalize().into(),
    }
}

/// How many bytes of files that still arrive are there, and of how many files.
fn arriving(data: &Path) -> (u64, usize) {
    let mut seen = (0, 0);
    for entry in fs::read_dir(data.join("attachments/quarantine")).unwrap() {
        let entry = entry.unwrap();
        // It may go while this looks.
        let about = entry.metadata();
        if entry.file_name().to_str().unwrap().ends_with(".part") {
            seen.0 += about.map(|about| about.len()).unwrap_or_default();
            seen.1 += 1;
        }
    }
    seen
}

/// An upload that begins and then says no more.
async fn begin(scene: &Scene, url: &str) -> TcpStream {
    let authority = scene.server.base().strip_prefix("http://").unwrap();
    let path = url.strip_prefix(scene.server.base()).unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n",
        SLOW_BYTES * 4
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[b'a'; SLOW_BYTES]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_holds_little_of_the_files_that_pass() {
    let world = World::start(Backend::Sqlite).await;
    let scene = Scene::new(&world).await;
    let client = world.anonymous().http().clone();
    // A small one first, so that all that is made once is there.
    let file = scene.upload(&client, 1).await;
    assert_eq!(scene.storage.take_in(&file).await.unwrap(), Verdict::Kept);
    scene.download(&client, &file).await;
    let before = scene.peak();
    let grown = |what: &str| {
        let (peak, megabyte) = (scene.peak(), f64::from(1 << 20));
        let megabytes = |bytes: u64| bytes as f64 / megabyte;
        // The kernel counts in rough steps: a peak may seem lower than it was.
        let grown = peak.saturating_sub(before);
        println!(
            "{what}: the peak is {:.1} MB, {:.1} MB more than before",
            megabytes(peak),
            megabytes(grown)
        );
        assert!(grown < ROOM, "{what}: {grown} bytes");
    };

    let file = scene.upload(&client, SIZE).await;
    grown("100 MB up");
    assert_eq!(scene.storage.take_in(&file).await.unwrap(), Verdict::Kept);
    scene.download(&client, &file).await;
    grown("100 MB down");

    let slow = announced(u64::try_from(SLOW_BYTES * 4).unwrap());
    let links = join_all((0..SLOW).map(|_| {
        let key = FileKey::random();
        let file = Announced {
            key,
            ..slow.clone()
        };
        let scene = &scene;
        async move { scene.upload_link(&file).await }
    }));
    let links = links.await;
    let open = join_all(links.iter().map(|url| begin(&scene, url))).await;
    let all = u64::try_from(SLOW * SLOW_BYTES).unwrap();
    let data = &world.config().data_dir;
    eventually("what was sent is in files", async || {
        arriving(data) == (all, SLOW)
    })
    .await;
    grown("20 slow uploads");
    // Others are served meanwhile.
    let file = scene.upload(&client, 1 << 20).await;
    assert_eq!(scene.storage.take_in(&file).await.unwrap(), Verdict::Kept);
    drop(open);
    eventually("nothing is left of them", async || arriving(data) == (0, 0)).await;
    grown("all of it");
    assert_eq!(scene.server.terminate().await, Some(0));
}
