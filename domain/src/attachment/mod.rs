//! Attachments (requirement A1): how a file comes in, is checked, hangs on a ticket, and is fetched.
//! The bytes never pass through the API: a signed request leads to the [`Storage`] and back.

mod rules;
mod storage;

pub use rules::{INLINE, UploadRules};
pub use storage::{
    Announced, FileKey, Refusal, Shown, SignedRequest, Storage, StorageError, StorageResult,
    Verdict,
};
