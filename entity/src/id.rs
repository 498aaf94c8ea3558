//! Id newtypes, so that a ticket's id cannot be passed where a person's is meant.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType,
            Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

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
    UserId;
    /// A team of staff.
    TeamId;
    /// A category of tickets.
    CategoryId;
    /// A ticket.
    TicketId;
    /// A message in a ticket's thread.
    MessageId;
    /// A calendar of business hours.
    CalendarId;
    /// An SLA policy.
    SlaPolicyId;
    /// An endpoint that is told of events.
    WebhookId;
}
