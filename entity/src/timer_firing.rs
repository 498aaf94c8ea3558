//! What fired: the row whose key makes sure that nothing fires twice.

use sea_orm::entity::prelude::*;

use crate::{TicketId, TimerKind, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer_firing")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// The kind of timer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TimerKind,
    /// The cycle of the timer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cycle: i32,
    /// The level's name, such as `80%`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: String,
    /// When it was to fire.
    pub due_at: Timestamp,
    /// When it did.
    pub fired_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
