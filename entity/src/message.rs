//! Messages in a ticket's thread: public replies and internal notes (requirement T7).

use sea_orm::entity::prelude::*;

use crate::{MessageId, Role, TicketId, Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// The message's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who wrote it; `None` for the system.
    pub author_id: Option<UserId>,
    /// What the author was then.
    pub author_role: Role,
    /// The text as it was written.
    pub body: String,
    /// True for a note that only staff see.
    pub internal: bool,
    /// When it was written.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
