//! What a ticket counts for in statistics: its properties, as they were when its facts were worked out.

use sea_orm::entity::prelude::*;

use crate::{CategoryId, Priority, TeamId, TicketId, TicketSource};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stats_ticket")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// What it is about.
    pub category_id: CategoryId,
    /// How urgent it is.
    pub priority: Priority,
    /// How it came in.
    pub source: TicketSource,
    /// The team that it was handed to.
    pub team_id: Option<TeamId>,
    /// Its subjects, a JSON list of ids.
    pub subjects: Json,
    /// The merchants that it is about, a JSON list of the host product's ids.
    pub merchants: Json,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
