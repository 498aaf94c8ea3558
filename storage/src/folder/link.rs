//! Links that only this desk can have made. They say all that is needed to answer them, so that no
//! database is asked.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::attachment::{Announced, FileKey, Shown};
use entity::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Problem;

/// What seals of this kind begin with, so that the secret could have other uses.
const PURPOSE: &[u8] = b"links to attachments\0";

/// What a link is for. This is sealed too: one that uploads never downloads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Link {
    /// One upload.
    Upload(Upload),
    /// Downloads.
    Download(Download),
}

/// What may be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Upload {
    key: String,
    pub(super) content_type: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: [u8; 32],
    until: i64,
}

/// What may be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Download {
    key: String,
    pub(super) content_type: String,
    pub(super) file_name: String,
    pub(super) inline: bool,
    until: i64,
}

impl Upload {
    pub(super) fn of(file: &Announced, until: Timestamp) -> Self {
        Self {
            key: file.key.as_str().to_owned(),
            content_type: file.content_type.clone(),
            size_bytes: file.size_bytes,
            sha256: file.sha256,
            until: until.timestamp_micros(),
        }
    }

    pub(super) fn key(&self) -> Option<FileKey> {
        FileKey::parse(&self.key)
    }

    pub(super) fn until(&self) -> Option<Timestamp> {
        DateTime::from_timestamp_micros(self.until)
    }
}

impl Download {
    pub(super) fn of(file: &Shown, until: Timestamp) -> Self {
        Self {
            key: file.key.as_str().to_owned(),
            content_type: file.content_type.clone(),
            file_name: file.file_name.clone(),
            inline: file.inline,
            until: until.timestamp_micros(),
        }
    }

    pub(super) fn key(&self) -> Option<FileKey> {
        FileKey::parse(&self.key)
    }

    pub(super) fn until(&self) -> Option<Timestamp> {
        DateTime::from_timestamp_micros(self.until)
    }
}

/// Makes and checks links with a secret that all servers on one database share.
#[derive(Clone)]
pub(super) struct Links {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl Links {
    pub(super) fn open(secret: &str) -> Result<Self, Problem> {
        let mac = Hmac::new_from_slice(secret.as_bytes());
        let mac = mac.map_err(|e| Problem(format!("Cannot sign links to attachments: {e}")))?;
        Ok(Self { mac })
    }

    /// A token that says `link`.
    pub(super) fn seal(&self, link: &Link) -> serde_json::Result<String> {
        let link = serde_json::to_vec(link)?;
        let seal = self.mac_of(&link).finalize().into_bytes();
        let (link, seal) = (URL_SAFE_NO_PAD.encode(link), URL_SAFE_NO_PAD.encode(seal));
        Ok(format!("{link}.{seal}"))
    }

    /// What a token says; `None` if it was not made here, or was changed.
    pub(super) fn open_token(&self, token: &str) -> Option<Link> {
        let (link, seal) = token.split_once('.')?;
        let link = URL_SAFE_NO_PAD.decode(link).ok()?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        // How long this takes tells nothing about the right seal.
        self.mac_of(&link).verify_slice(&seal).ok()?;
        serde_json::from_slice(&link).ok()
    }

    fn mac_of(&self, link: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(PURPOSE);
        mac.update(link);
        mac
    }
}
