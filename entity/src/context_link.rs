//! Things of the host product that a ticket is about (requirement T6).

use sea_orm::entity::prelude::*;

use crate::TicketId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "context_link")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// The order in which the links were given.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The kind in the host product's words (order, bid, merchant ...).
    pub kind: String,
    /// The thing's id over there.
    pub external_id: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
