//! Downloads.

use std::path::PathBuf;

use domain::attachment::INLINE;
use entity::Timestamp;

use super::{Folder, Link, Rejected};
use crate::disposition::disposition;

/// A file to send to who asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// The headers that go with it.
    pub headers: Vec<(&'static str, String)>,
}

impl Folder {
    /// The file that `token` leads to.
    ///
    /// # Errors
    /// When the link is not good, or the file is gone.
    pub async fn find(&self, token: &str, now: Timestamp) -> Result<Found, Rejected> {
        let Some(Link::Download(file)) = self.links.open_token(token) else {
            return Err(Rejected::Unknown);
        };
        let key = file.key().ok_or(Rejected::Unknown)?;
        let left = file.until().ok_or(Rejected::Unknown)? - now;
        if left <= chrono::TimeDelta::zero() {
            return Err(Rejected::Expired);
        }
        let path = self.places.kept(&key);
        if !tokio::fs::try_exists(&path).await? {
            return Err(Rejected::Gone);
        }
        let inline = file.inline && INLINE.contains(&file.content_type.as_str());
        let headers = vec![
            ("content-disposition", disposition(&file.file_name, inline)),
            ("content-type", file.content_type),
            // The bytes never change, but a browser shall not know them longer than the link does.
            (
                "cache-control",
                format!("private, max-age={}, immutable", left.num_seconds()),
            ),
            // Whatever the bytes are, they run nothing and load nothing.
            (
                "content-security-policy",
                "default-src 'none'; sandbox".to_owned(),
            ),
            ("x-content-type-options", "nosniff".to_owned()),
            // Pages of the desk, wherever they are served, show images of it.
            ("cross-origin-resource-policy", "cross-origin".to_owned()),
            // The link itself is the right to read.
            ("referrer-policy", "no-referrer".to_owned()),
        ];
        Ok(Found { path, headers })
    }
}
