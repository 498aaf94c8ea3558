//! Where the bytes of attachments are: a folder of this server, or S3. Both sign requests that take one
//! file and no other, and keep what was checked.

mod chain;
mod content;
mod disposition;
mod folder;
mod s3;
mod scanner;
mod settings;

pub use folder::{Folder, Found, Rejected};
pub use s3::S3;
pub use settings::{Backend, Problem, StorageSettings};
