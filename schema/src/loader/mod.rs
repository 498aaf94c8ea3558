//! Loaders: made per operation, hold who asks, so they can never return what the asker may not see.
//! Lists prime them by look-ahead (`crate::prime`); what is reached by single fields is batched.

mod attachment;
mod delivery;
mod lookup;
mod notification;
mod person;
mod rating;
mod review;
mod sla;
mod thread;
mod ticket;

use domain::{Actor, Desk};

pub(crate) use attachment::{AttachmentKey, AttachmentsKey};
pub(crate) use delivery::{DeliveryKey, EventKindKey, WebhookEndpointKey};
pub(crate) use lookup::{CategoryKey, LinksKey, MembersKey, SubjectKey, TeamKey};
pub(crate) use notification::NotificationKey;
pub(crate) use person::PersonKey;
pub(crate) use rating::RatingKey;
pub(crate) use review::{ReviewSampleKey, ReviewsKey, SampleWorkKey};
pub(crate) use sla::{AbsenceKey, CalendarKey, SlaPolicyKey, TimersKey};
pub(crate) use thread::{MessageKey, ThreadKey, ThreadTotalKey};
pub(crate) use ticket::TicketKey;

/// Loads for one asker.
pub(crate) struct Loader {
    pub(crate) desk: Desk,
    actor: Option<Actor>,
}

impl Loader {
    pub(crate) fn new(desk: Desk, actor: Option<Actor>) -> Self {
        Self { desk, actor }
    }

    /// Nobody reaches an object without being signed in; if somebody does, there is nothing.
    fn actor(&self) -> Result<Actor, std::sync::Arc<domain::Error>> {
        self.actor
            .ok_or_else(|| std::sync::Arc::new(domain::Error::Unauthenticated))
    }
}
