//! How satisfied customers are (requirement M4): what they can answer, and what is kept of it.

use entity::{TicketId, TicketStatus, rating};
use sea_orm::{EntityTrait, QueryFilter, Value, sea_query::ArrayType};
use serde::{Deserialize, Serialize};

use crate::{Desk, Result, db::among};

/// The scores that there are: 1 is very bad, 5 is very good.
pub const SCORES: std::ops::RangeInclusive<i16> = 1..=5;

/// The longest comment, in characters.
pub const MAX_COMMENT: usize = 5_000;

/// What a customer answered, as it travels in the event that tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingNote {
    /// One of [`SCORES`].
    pub score: i16,
    /// What they added, with what is sensitive in it masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Whether there is something to rate: the work on a ticket in this status is done.
pub const fn is_ratable(status: TicketStatus) -> bool {
    match status {
        TicketStatus::Resolved | TicketStatus::Closed => true,
        TicketStatus::Open | TicketStatus::InProgress | TicketStatus::WaitingOnUser => false,
    }
}

impl Desk {
    /// The ratings of those of `tickets` that have one. The tickets must have been loaded for the
    /// reader.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn ratings(&self, tickets: &[TicketId]) -> Result<Vec<rating::Model>> {
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let column = rating::Column::TicketId;
        let wanted = among(self.db.backend(), column, ArrayType::Uuid, ids);
        let rows = rating::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }
}
