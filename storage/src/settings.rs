//! What an operator says about attachments.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use clap::Args;
use domain::attachment::{Storage, UploadRules};

use crate::{Folder, S3, content, scanner::Scanner};

/// The largest file of all, in bytes: what `sizeBytes`, an `Int` of GraphQL, can say.
const MOST_BYTES: u64 = (1 << 31) - 1;

/// Where attachments are kept, and what may be attached (docs/attachments.md).
#[derive(Args, Clone, Debug)]
pub struct StorageSettings {
    /// Where attachments are kept. `folder`: in the folder `attachments` of the data folder.
    /// `folder:/some/path`: there. `s3://bucket` or `s3://bucket/prefix`: in a bucket of Amazon S3.
    /// `off`: nowhere, nothing can be attached.
    #[arg(long, env = "DESKWIRE_ATTACHMENTS", default_value = "folder")]
    pub attachments: String,

    /// The media types that may be attached, separated by commas.
    #[arg(long, env = "DESKWIRE_UPLOAD_TYPES", value_delimiter = ',',
          default_values_t = UploadRules::default().types)]
    pub upload_types: Vec<String>,

    /// The largest file that may be attached, in bytes; 2147483647 at most.
    #[arg(long, env = "DESKWIRE_UPLOAD_MAX_BYTES", default_value_t = UploadRules::default().max_bytes)]
    pub upload_max_bytes: u64,

    /// For how many minutes after it was asked for an upload may begin; 60 at most.
    #[arg(long, env = "DESKWIRE_UPLOAD_MINUTES", default_value_t = 15)]
    pub upload_minutes: u16,

    /// For how many minutes a link to a file leads there; 60 at most.
    #[arg(long, env = "DESKWIRE_DOWNLOAD_MINUTES", default_value_t = 5)]
    pub download_minutes: u16,

    /// After how many hours a file that was not attached is deleted; 2 at least.
    #[arg(long, env = "DESKWIRE_UNATTACHED_HOURS", default_value_t = 24)]
    pub unattached_hours: u16,

    /// The virus scanner that sees each file before it is kept: `host:port` or `unix:/path` of a
    /// clamd. `off`: none.
    #[arg(long, env = "DESKWIRE_CLAMD", default_value = "off")]
    pub clamd: String,
}

impl Default for StorageSettings {
    fn default() -> Self {
        let rules = UploadRules::default();
        Self {
            attachments: "folder".to_owned(),
            upload_types: rules.types,
            upload_max_bytes: rules.max_bytes,
            upload_minutes: 15,
            download_minutes: 5,
            unattached_hours: 24,
            clamd: "off".to_owned(),
        }
    }
}

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
        within(
            "DESKWIRE_UPLOAD_MAX_BYTES",
            self.upload_max_bytes,
            1,
            MOST_BYTES,
        )?;
        // An upload that begins late and takes the hour that it may is done before it is cleared away.
        within("DESKWIRE_UPLOAD_MINUTES", self.upload_minutes.into(), 1, 60)?;
        within(
            "DESKWIRE_DOWNLOAD_MINUTES",
            self.download_minutes.into(),
            1,
            60,
        )?;
        let hours = self.unattached_hours.into();
        within("DESKWIRE_UNATTACHED_HOURS", hours, 2, u16::MAX.into())?;
        Ok(UploadRules {
            types: self.types()?,
            max_bytes: self.upload_max_bytes,
            upload_lives: TimeDelta::minutes(self.upload_minutes.into()),
            download_lives: TimeDelta::minutes(self.download_minutes.into()),
            unattached_lives: TimeDelta::hours(self.unattached_hours.into()),
        })
    }

    /// The media types, in order. An empty setting counts as none: that is how templates leave things
    /// out.
    fn types(&self) -> Result<Vec<String>, Problem> {
        let named = self.upload_types.iter();
        let named = named.map(|name| name.trim().to_ascii_lowercase());
        let mut types: Vec<String> = named.filter(|name| !name.is_empty()).collect();
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            return Ok(UploadRules::default().types);
        }
        match types.iter().find(|name| !content::can_be_told(name)) {
            Some(name) if is_program(name) => Err(Problem(format!(
                "DESKWIRE_UPLOAD_TYPES: files of the type {name} can hold programs that run in \
                 readers' browsers, so it is never allowed. Take it out."
            ))),
            Some(name) => Err(Problem(format!(
                "DESKWIRE_UPLOAD_TYPES: the server cannot tell by a file's bytes whether it is of the \
                 type {name}. Take it out, or look up in docs/attachments.md which types it knows."
            ))),
            None => Ok(types),
        }
    }

    /// The folder that they are in, if they are in one.
    pub fn folder(&self, data_dir: &Path) -> Option<PathBuf> {
        match self.attachments.trim() {
            "" | "folder" => Some(data_dir.join("attachments")),
            place => {
                let path = place.strip_prefix("folder:")?;
                (!path.is_empty()).then(|| PathBuf::from(path))
            }
        }
    }

    /// What keeps the files. Links to the folder begin with `public_url` and are signed with `secret`,
    /// which all servers on one database share.
    ///
    /// # Errors
    /// When the setting names nothing that could keep files.
    pub async fn open(
        &self,
        data_dir: &Path,
        public_url: &str,
        secret: &str,
    ) -> Result<Backend, Problem> {
        let scanner = Scanner::parse(self.clamd.trim())?;
        let folder = |path: &Path| {
            let folder = Folder::open(path, public_url, secret, scanner.clone())?;
            Ok(Backend::Folder(Arc::new(folder)))
        };
        let place = self.attachments.trim();
        if place == "off" {
            return Ok(Backend::Off);
        }
        if let Some(path) = self.folder(data_dir) {
            return folder(&path);
        }
        let bucket = place.strip_prefix("s3://").map(|place| {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            (bucket, prefix.trim_matches('/'))
        });
        match bucket.filter(|(bucket, _)| !bucket.is_empty()) {
            Some((bucket, prefix)) => {
                let bucket = S3::open(bucket, prefix, scanner).await?;
                Ok(Backend::S3(Arc::new(bucket)))
            }
            None => Err(Problem(
                "DESKWIRE_ATTACHMENTS is not understood. Write folder, folder:/some/path, \
                 s3://bucket, s3://bucket/prefix, or off."
                    .to_owned(),
            )),
        }
    }
}

/// A number within what makes sense.
fn within(setting: &str, value: u64, least: u64, most: u64) -> Result<(), Problem> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Problem(format!(
        "{setting} is {value}. Set a number from {least} to {most}."
    )))
}

/// Whether browsers run what is in files of this type.
fn is_program(content_type: &str) -> bool {
    let parts = ["html", "svg", "javascript", "ecmascript"];
    parts.iter().any(|part| content_type.contains(part))
        || content_type.ends_with("/xml")
        || content_type.ends_with("+xml")
}

impl Backend {
    /// It as what the desk needs.
    pub fn storage(&self) -> Option<Arc<dyn Storage>> {
        match self {
            Self::Off => None,
            Self::Folder(folder) => Some(Arc::clone(folder) as Arc<dyn Storage>),
            Self::S3(bucket) => Some(Arc::clone(bucket) as Arc<dyn Storage>),
        }
    }

    /// The folder, if files are kept in one.
    pub fn folder(&self) -> Option<Arc<Folder>> {
        match self {
            Self::Folder(folder) => Some(Arc::clone(folder)),
            Self::Off | Self::S3(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
