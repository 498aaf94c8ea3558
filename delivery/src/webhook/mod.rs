//! Webhooks: signed POST requests to endpoints that are the operator's customers' or the operator's
//! own (docs/events.md).

mod reply;
mod sender;
mod sign;

#[cfg(test)]
mod tests;

pub use domain::telling::Secret;
pub use reply::{Reply, WebhookFailure};
pub use sender::Sender;
pub use sign::sign;
