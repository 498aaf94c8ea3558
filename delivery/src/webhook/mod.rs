//! Webhooks: signed POST requests to endpoints that are the operator's customers' or the operator's
//! own (docs/events.md).

mod address;
mod reply;
mod secret;
mod sender;

#[cfg(test)]
mod tests;

pub use address::check_url;
pub use reply::{Reply, WebhookFailure};
pub use secret::{Secret, sign};
pub use sender::Sender;
