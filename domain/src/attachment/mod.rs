//! Attachments (requirement A1): how a file comes in, is checked, hangs on a ticket, and is fetched.
//! The bytes never pass through the API: a signed request leads to the [`Storage`] and back.

mod attach;
mod checks;
mod complete;
mod fetch;
mod hex;
mod model;
mod rules;
mod storage;
mod sweep;
mod upload;

pub(crate) use attach::Place;
pub(crate) use checks::Checks;
pub use complete::CompleteUpload;
pub use rules::{INLINE, UploadRules};
pub use storage::{
    Announced, FileKey, Refusal, Shown, SignedRequest, Storage, StorageError, StorageResult,
    Verdict,
};
pub use sweep::{SweepReport, UploadSweeper, check};
pub use upload::{AnnouncedUpload, CreateUpload, Upload};

use crate::{Error, UserErrorCode};

/// The error of who wants to attach something to a desk that takes nothing.
fn no_storage(field: &[&str]) -> Error {
    Error::user(
        UserErrorCode::StorageUnavailable,
        field,
        "This desk is not set up for attachments. Write what matters into the text.",
    )
}

/// The error of who needs the storage when it does not work; the cause is for the log.
fn away(cause: &StorageError, field: &[&str]) -> Error {
    tracing::warn!(
        error = cause as &dyn std::error::Error,
        "the storage of attachments is not available"
    );
    Error::user(
        UserErrorCode::StorageUnavailable,
        field,
        "Attachments cannot be stored or fetched right now. Everything else works: go on without, or \
         try again in a minute.",
    )
}
