//! Something that happened on a ticket and counts in statistics. All facts of a ticket are worked out
//! together from its events.

use sea_orm::entity::prelude::*;

use crate::{TicketId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stats_fact")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// Which fact of the ticket, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    /// When it happened, in microseconds since 1970.
    pub at: i64,
    /// What happened: one bit for each kind (`domain::stats::Mark`).
    pub marks: i64,
    /// The accountable assignee at that moment.
    pub agent_id: Option<UserId>,
    /// Seconds since the ticket was opened; 0 where that does not count.
    pub elapsed: i64,
    /// Seconds that the customer had waited; 0 where that does not count.
    pub waited: i64,
    /// The status that the ticket left, by its place in the lifecycle.
    pub stay_status: Option<i16>,
    /// Seconds in that status.
    pub stay: i64,
    /// The customer's score.
    pub score: Option<i16>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
