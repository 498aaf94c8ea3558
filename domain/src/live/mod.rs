//! The event log, followed live. See docs/architecture.md, "The event log".

mod follow;
mod hub;
pub(crate) mod log;
mod newest;
mod notify;

pub use follow::{Change, ChangeKind, QueueChange, QueueChangeKind};
pub use hub::{Hub, LiveEvent};
