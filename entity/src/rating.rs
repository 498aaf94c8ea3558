//! How satisfied customers are (requirement M4): what they answered when they were asked about a ticket,
//! once for each ticket.

use sea_orm::entity::prelude::*;

use crate::{TicketId, Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// Who answered: the ticket's requester then.
    pub requester_id: UserId,
    /// From 1, very bad, to 5, very good.
    pub score: i16,
    /// What they added in their own words.
    pub comment: Option<String>,
    /// Whether they answered by the link in a mail; else they were signed in.
    pub by_link: bool,
    /// When they answered.
    pub rated_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
