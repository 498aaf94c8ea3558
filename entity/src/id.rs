//! Id newtypes, so that a ticket's id cannot be passed where a person's is meant.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal,)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType,
            Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What it names, as the world outside calls it.
            pub const KIND: &'static str = $kind;

            /// The id as the API and all that is published show it: opaque, and unique over all
            /// kinds.
            pub fn global(self) -> String {
                URL_SAFE_NO_PAD.encode(format!("{}:{}", Self::KIND, self.0.simple()))
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A person: customer or staff.
    UserId = "User",
    /// A team of staff.
    TeamId = "Team",
    /// A category of tickets.
    CategoryId = "Category",
    /// A subject of tickets.
    SubjectId = "Subject",
    /// A ticket.
    TicketId = "Ticket",
    /// A message in a ticket's thread.
    MessageId = "Message",
    /// A calendar of business hours.
    CalendarId = "Calendar",
    /// An SLA policy.
    SlaPolicyId = "SlaPolicy",
    /// A file that is or will be on a ticket.
    AttachmentId = "Attachment",
    /// An endpoint that is told of events.
    WebhookId = "WebhookEndpoint",
    /// A sample of tickets for quality review.
    ReviewSampleId = "ReviewSample",
}
