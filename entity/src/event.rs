//! The append-only event log: activity feed, outbox and live queue in one (docs/architecture.md).

use sea_orm::entity::prelude::*;

use crate::{EventKind, MessageId, Role, TicketId, Timestamp, UserId, Visibility};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// A running number, taken before commit: alone it does not order readers on PostgreSQL.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// The writing transaction on PostgreSQL, 0 on SQLite; (xid, seq) is the position.
    pub xid: i64,
    /// The ticket that it happened to.
    pub ticket_id: TicketId,
    /// The ticket's version after it.
    pub ticket_version: i32,
    /// What happened.
    pub kind: EventKind,
    /// Who did it; `None` for the system.
    pub actor_id: Option<UserId>,
    /// What the actor was then.
    pub actor_role: Role,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it happened.
    pub at: Timestamp,
    /// The message that was written, for the kinds that write one.
    pub message_id: Option<MessageId>,
    /// The ticket's facets before and after, as `domain::event::EventData`.
    pub data: Json,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
