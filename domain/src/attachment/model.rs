//! What a stored row says to the storage.

use entity::attachment;

use super::{Announced, FileKey, hex};
use crate::{Error, Result};

/// Where the bytes of `row` are.
pub(super) fn key(row: &attachment::Model) -> Result<FileKey> {
    FileKey::parse(&row.storage_key).ok_or_else(|| Error::internal("a stored key is none"))
}

/// What was announced.
pub(super) fn announced(row: &attachment::Model) -> Result<Announced> {
    let sha256 = hex::decode(&row.sha256);
    Ok(Announced {
        key: key(row)?,
        content_type: row.content_type.clone(),
        size_bytes: u64::try_from(row.size_bytes).map_err(Error::internal)?,
        sha256: sha256.ok_or_else(|| Error::internal("a stored SHA-256 is none"))?,
    })
}
