//! The event log, followed live. See docs/architecture.md, "The event log".

mod follow;
mod follow_inbox;
mod hub;
mod inboxes;
pub(crate) mod log;
mod newest;
mod notify;

pub use follow::{Change, ChangeKind, QueueChange, QueueChangeKind};
pub use follow_inbox::{InboxChange, InboxChangeKind};
pub use hub::{Hub, LiveEvent};
