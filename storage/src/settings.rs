//! What an operator says about attachments.

use std::{path::Path, sync::Arc};

use clap::Args;
use domain::attachment::{Storage, UploadRules};

use crate::{Folder, S3};

/// Where attachments are kept, and what may be attached (docs/attachments.md).
#[derive(Args, Clone, Debug, Default)]
pub struct StorageSettings {}

/// Where attachments are kept.
#[derive(Clone, Debug)]
pub enum Backend {
    /// Nowhere: there are none.
    Off,
    /// A folder of this server.
    Folder(Arc<Folder>),
    /// A bucket.
    S3(Arc<S3>),
}

/// Why attachments cannot be kept as it was set, in words for an operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl StorageSettings {
    /// What may be uploaded.
    ///
    /// # Errors
    /// When a type is named that cannot be told by a file's bytes, or the limits make no sense.
    pub fn rules(&self) -> Result<UploadRules, Problem> {
        Ok(UploadRules::default())
    }

    /// What keeps the files. Links to the folder begin with `public_url` and are signed with `secret`,
    /// which all servers on one database share.
    ///
    /// # Errors
    /// When the setting names nothing that could keep files.
    #[expect(clippy::unused_async, reason = "filled in next")]
    pub async fn open(
        &self,
        _data_dir: &Path,
        _public_url: &str,
        _secret: &str,
    ) -> Result<Backend, Problem> {
        Ok(Backend::Off)
    }
}

impl Backend {
    /// It as what the desk needs.
    pub fn storage(&self) -> Option<Arc<dyn Storage>> {
        None
    }

    /// The folder, if files are kept in one.
    pub fn folder(&self) -> Option<Arc<Folder>> {
        match self {
            Self::Folder(folder) => Some(Arc::clone(folder)),
            Self::Off | Self::S3(_) => None,
        }
    }
}
