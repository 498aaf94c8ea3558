//! What is to be told to people, written in the transaction of the event that it tells of.

use sea_orm::entity::prelude::*;

use crate::{Audience, MailKind, TicketId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Its id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The ticket that it is about.
    pub ticket_id: TicketId,
    /// What it says.
    pub kind: MailKind,
    /// Who is to get it.
    pub audience: Audience,
    /// The same for the same news to the same audience, so that nothing is told twice.
    pub dedupe_key: String,
    /// What the text needs to know beside the ticket.
    pub data: Json,
    /// When it was written.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
