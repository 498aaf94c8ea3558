//! How many people were active.

use async_graphql::{Enum, Object};
use domain::active::{ActiveDay, day_text};

/// Where the number of a day comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ActiveUsersSource {
    /// The desk counted the customers whom it saw in requests.
    Counted,
    /// The host product reported it.
    Reported,
}

/// How many people were active on a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActiveUsersDay(pub(crate) ActiveDay);

/// How many people were active on a day. Only supervisors see it.
#[Object]
impl ActiveUsersDay {
    /// The day, UTC, as YYYY-MM-DD.
    async fn day(&self) -> String {
        day_text(self.0.day)
    }

    /// How many people were active.
    async fn count(&self) -> i32 {
        self.0.users
    }

    /// Where the number comes from.
    async fn source(&self) -> ActiveUsersSource {
        if self.0.reported {
            ActiveUsersSource::Reported
        } else {
            ActiveUsersSource::Counted
        }
    }
}
