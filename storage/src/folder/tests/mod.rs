//! What the folder promises.

mod downloads;
mod names;
mod quarantine;
mod uploads;

use std::{convert::Infallible, fs, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta};
use domain::attachment::Refusal;
use futures_util::stream;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

/// The first bytes of a text.
const TEXT: &[u8] = b"Hello, this is a text about nothing in particular.\n";

/// A folder of its own.
struct Scene {
    folder: Arc<Folder>,
    place: TempDir,
}

fn now() -> Timestamp {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn soon() -> Timestamp {
    now() + TimeDelta::minutes(5)
}

impl Scene {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = Self::open(place.path(), "secret");
        Self {
            folder: Arc::new(folder),
            place,
        }
    }

    fn open(path: &Path, secret: &str) -> Folder {
        Folder::open(path, "https://desk.example/", secret, Scanner::Off).unwrap()
    }

    async fn token(&self, file: &Announced) -> String {
        let signed = self.folder.sign_upload(file, now(), soon()).await.unwrap();
        let base = "https://desk.example/attachments/";
        signed.url.strip_prefix(base).unwrap().to_owned()
    }

    /// Uploads `bytes` as `file`.
    async fn upload(&self, file: &Announced, bytes: &[u8]) -> Result<(), Rejected> {
        let token = self.token(file).await;
        let pieces = bytes
            .chunks(7)
            .map(|piece| Ok::<_, Infallible>(piece.to_vec()));
        let length = u64::try_from(bytes.len()).unwrap();
        let body = stream::iter(pieces.collect::<Vec<_>>());
        self.folder
            .receive(&token, Some(&file.content_type), Some(length), body, now())
            .await
    }

    async fn keep(&self, bytes: &[u8]) -> FileKey {
        let file = announced(bytes);
        self.upload(&file, bytes).await.unwrap();
        assert_eq!(self.folder.take_in(&file).await.unwrap(), Verdict::Kept);
        file.key
    }

    async fn link(&self, shown: &Shown) -> String {
        let url = self.folder.sign_download(shown, now(), soon()).await;
        let url = url.unwrap();
        url.rsplit_once('/').unwrap().1.to_owned()
    }

    /// All files, as paths within the folder.
    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, found: &mut Vec<String>, root: &Path) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found, root);
                } else {
                    let path = path.strip_prefix(root).unwrap();
                    found.push(path.to_str().unwrap().to_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.place.path(), &mut found, self.place.path());
        found.sort();
        found
    }
}

fn announced(bytes: &[u8]) -> Announced {
    Announced {
        key: FileKey::random(),
        content_type: "text/plain".to_owned(),
        size_bytes: u64::try_from(bytes.len()).unwrap(),
        sha256: Sha256::digest(bytes).into(),
    }
}

fn shown(key: &FileKey) -> Shown {
    Shown {
        key: key.clone(),
        content_type: "text/plain".to_owned(),
        file_name: "notes.txt".to_owned(),
        inline: false,
    }
}
