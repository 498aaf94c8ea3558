//! Uploads.

use std::{fs::File, io::Write, time::Duration};

use domain::attachment::FileKey;
use entity::Timestamp;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::time::{Instant, timeout_at};

use super::{Folder, Link, Rejected, Turns, Upload};

/// How long an upload may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From one piece to the next.
    pub(super) idle: Duration,
    /// In all.
    pub(super) whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(1),
            whole: Duration::from_hours(1),
        }
    }
}

/// What has arrived of a file. It is deleted when this is dropped.
struct Part {
    file: File,
    path: TempPath,
    size_bytes: u64,
    sha256: Sha256,
}

impl Folder {
    /// Takes the file that `token` announces from `body`, a piece at a time. It is on the disk when
    /// this says so; else nothing remains of it.
    ///
    /// # Errors
    /// When the link is not good, or the file is not the one that was announced, or was uploaded
    /// before, or the disk does not take it.
    pub async fn receive<B, E>(
        &self,
        token: &str,
        content_type: Option<&str>,
        content_length: Option<u64>,
        body: impl Stream<Item = Result<B, E>> + Send,
        now: Timestamp,
    ) -> Result<(), Rejected>
    where
        B: AsRef<[u8]> + Send + 'static,
    {
        let (upload, key) = self.announced(token, now)?;
        let typed = content_type
            .is_some_and(|given| given.trim().eq_ignore_ascii_case(&upload.content_type));
        if !typed {
            let announced = upload.content_type;
            return Err(Rejected::OtherType { announced });
        }
        let length = content_length.ok_or(Rejected::NoLength)?;
        if length != upload.size_bytes {
            return Err(upload.other_size());
        }
        let part = self.begin(key.clone()).await?;
        let arrival = self.arriving.begin(&key);
        let filling = part.fill(body, &upload, self.patience, &self.writing);
        let part = tokio::select! {
            part = filling => part?,
            () = arrival.overtaken() => return Err(Rejected::Overtaken),
        };
        self.finish(part, key).await
    }

    fn announced(&self, token: &str, now: Timestamp) -> Result<(Upload, FileKey), Rejected> {
        let Some(Link::Upload(upload)) = self.links.open_token(token) else {
            return Err(Rejected::Unknown);
        };
        let key = upload.key().ok_or(Rejected::Unknown)?;
        if upload.until().is_none_or(|until| now >= until) {
            return Err(Rejected::Expired);
        }
        Ok((upload, key))
    }

    async fn begin(&self, key: FileKey) -> Result<Part, Rejected> {
        let places = self.places.clone();
        let beginning = self.writing.take(move || {
            let part = if places.has(&key)? {
                None
            } else {
                Some(places.part(key.as_str())?)
            };
            Ok(part)
        });
        let part = beginning.await?.ok_or(Rejected::AlreadyThere)?;
        let (file, path) = part.into_parts();
        Ok(Part {
            file,
            path,
            size_bytes: 0,
            sha256: Sha256::new(),
        })
    }

    /// In one go that a client who leaves does not end half-way.
    async fn finish(&self, part: Part, key: FileKey) -> Result<(), Rejected> {
        let places = self.places.clone();
        let finishing = self.writing.take(move || {
            part.file.sync_all()?;
            places.quarantine(part.path, &key)
        });
        let first = finishing.await?;
        first.then_some(()).ok_or(Rejected::AlreadyThere)
    }
}

impl Part {
    async fn fill<B, E>(
        mut self,
        body: impl Stream<Item = Result<B, E>> + Send,
        upload: &Upload,
        patience: Patience,
        turns: &Turns,
    ) -> Result<Self, Rejected>
    where
        B: AsRef<[u8]> + Send + 'static,
    {
        let mut body = std::pin::pin!(body);
        let end = Instant::now() + patience.whole;
        loop {
            // Only the client is waited for like this: what the disk has begun, it finishes.
            let latest = end.min(Instant::now() + patience.idle);
            let piece = timeout_at(latest, body.next()).await;
            let Some(piece) = piece.map_err(|_| Rejected::TooSlow)? else {
                break;
            };
            let piece = piece.map_err(|_| Rejected::CutOff)?;
            let length = u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX);
            self.size_bytes = self.size_bytes.saturating_add(length);
            if self.size_bytes > upload.size_bytes {
                return Err(upload.other_size());
            }
            let piece = turns.take(move || {
                self.sha256.update(&piece);
                self.file.write_all(piece.as_ref())?;
                Ok(self)
            });
            self = piece.await?;
        }
        if self.size_bytes != upload.size_bytes {
            return Err(upload.other_size());
        }
        if self.sha256.clone().finalize().as_slice() != upload.sha256 {
            return Err(Rejected::OtherBytes);
        }
        Ok(self)
    }
}

impl Upload {
    fn other_size(&self) -> Rejected {
        Rejected::OtherSize {
            announced: self.size_bytes,
        }
    }
}
