//! Attachments in a folder, with signed links to this server. A file arrives under a name of its own
//! in `quarantine`, gets its key there when it is whole and on the disk, and moves to `kept` when it was
//! checked.

mod arriving;
mod disk;
mod keep;
mod link;
mod places;
mod receive;
mod rejected;
mod serve;

use std::path::Path;

use domain::attachment::{
    Announced, FileKey, Shown, SignedRequest, Storage, StorageError, StorageResult, Verdict,
};
use entity::Timestamp;
use futures_util::future::{BoxFuture, FutureExt};

use crate::{Problem, scanner::Scanner};
use arriving::Arriving;
use disk::Turns;
use link::{Download, Link, Links, Upload};
use places::Places;
use receive::Patience;

pub use rejected::Rejected;
pub use serve::Found;

/// How many pieces of uploads are written at once.
const WRITERS: usize = 4;

/// How many files are looked through, or deleted, at once.
const READERS: usize = 2;

/// A folder. All servers that share it may use it at once.
#[derive(Debug)]
pub struct Folder {
    places: Places,
    /// What links begin with.
    base: String,
    links: Links,
    scanner: Scanner,
    patience: Patience,
    arriving: Arriving,
    writing: Turns,
    reading: Turns,
}

impl Folder {
    /// The folder at `path`, which is made if it is not there. Links begin with `public_url` and are
    /// signed with `secret`.
    ///
    /// # Errors
    /// When it cannot be made or written to, or its file system lacks what this needs.
    pub(crate) fn open(
        path: &Path,
        public_url: &str,
        secret: &str,
        scanner: Scanner,
    ) -> Result<Self, Problem> {
        let places = Places::open(path).map_err(|error| {
            Problem(format!(
                "Cannot keep attachments in the folder {} (DESKWIRE_ATTACHMENTS): {error}. Name a \
                 folder that this server may write to, on a file system with hard links.",
                path.display()
            ))
        })?;
        Ok(Self {
            places,
            base: format!("{}/attachments", public_url.trim_end_matches('/')),
            links: Links::open(secret)?,
            scanner,
            patience: Patience::default(),
            arriving: Arriving::default(),
            writing: Turns::new(WRITERS),
            reading: Turns::new(READERS),
        })
    }

    fn url(&self, link: &Link) -> StorageResult<String> {
        let token = self.links.seal(link).map_err(broken)?;
        Ok(format!("{}/{token}", self.base))
    }
}

impl Storage for Folder {
    fn sign_upload<'a>(
        &'a self,
        file: &'a Announced,
        _now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<SignedRequest>> {
        let signing = async move {
            Ok(SignedRequest {
                method: "PUT".to_owned(),
                url: self.url(&Link::Upload(Upload::of(file, until)))?,
                headers: vec![("content-type".to_owned(), file.content_type.clone())],
            })
        };
        signing.boxed()
    }

    fn take_in<'a>(&'a self, file: &'a Announced) -> BoxFuture<'a, StorageResult<Verdict>> {
        self.check_and_keep(file).boxed()
    }

    fn sign_download<'a>(
        &'a self,
        file: &'a Shown,
        _now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<String>> {
        async move { self.url(&Link::Download(Download::of(file, until))) }.boxed()
    }

    fn delete<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, StorageResult<()>> {
        let (places, key) = (self.places.clone(), key.clone());
        let deleting = self.reading.take(move || places.delete(&key));
        async move { deleting.await.map_err(broken) }.boxed()
    }

    fn clear_quarantine(&self, before: Timestamp) -> BoxFuture<'_, StorageResult<u64>> {
        let places = self.places.clone();
        let clearing = self.reading.take(move || places.clear_quarantine(before));
        async move { clearing.await.map_err(broken) }.boxed()
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> StorageError {
    StorageError(Box::new(error))
}

#[cfg(test)]
mod tests;
