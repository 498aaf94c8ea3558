//! Who works on a ticket beside its assignee (requirement T9).

use sea_orm::entity::prelude::*;

use crate::{TicketId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_co_assignee")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// The co-assignee, staff.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
