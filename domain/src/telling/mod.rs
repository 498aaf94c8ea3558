//! Telling people and systems what happened (requirements N1 to N7). What is to be told follows from
//! the event log: a pure function ([`plan`](plan::plan)) decides, a planner that follows the log
//! writes it down, and any number of workers send it.

pub mod address;
mod backoff;
mod briefing;
mod choose;
mod clean;
mod deliveries;
mod digest;
mod endpoint;
mod event_type;
mod inbox;
mod mark_read;
mod outbox;
mod plan;
mod planner;
mod position;
pub mod preference;
mod relay;
mod retry;
mod rotate;
mod seal;
mod secret;
mod sentence;
mod survey;
mod unsubscribe;
mod webhook;
mod weekly;

#[cfg(test)]
mod tests;

pub use backoff::MOST_ATTEMPTS;
pub use briefing::{Brief, Briefing, Entry};
pub use choose::{Choice, SetNotificationPreferences, choices};
pub use clean::{Retention, check};
pub use deliveries::{DeliveryFilter, DeliveryKey, EndpointKey};
pub use event_type::type_of;
pub use inbox::NotificationKey;
pub use mark_read::MarkNotificationsRead;
pub use outbox::{Outbox, Settled};
pub use plan::{Directory, News, Person, Telling, To, Via, plan};
pub use planner::{Planned, Planner, Rules};
pub use position::InboxPosition;
pub use relay::{KAFKA, PASS_OVER, Published, Relay};
pub use retry::RetryDeliveries;
pub use rotate::{RotateWebhookSecret, USUAL_OVERLAP};
pub use seal::{Seals, SurveyTokenError};
pub use secret::Secret;
pub use sentence::sentence;
pub use survey::{Survey, SurveyAnswer};
pub use webhook::{DeleteWebhookEndpoint, SaveWebhookEndpoint};

pub(crate) use weekly::mail_report;
