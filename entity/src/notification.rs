//! What somebody is told in the app.

use sea_orm::entity::prelude::*;

use crate::{MessageId, NotificationKind, TicketId, Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// A running number, per person in the order of the events: the position in their list.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who is told.
    pub user_id: UserId,
    /// The event that it tells of.
    pub event_seq: i64,
    /// The ticket that it is about.
    pub ticket_id: TicketId,
    /// What it says.
    pub kind: NotificationKind,
    /// Who did it; `None` for the system.
    pub actor_id: Option<UserId>,
    /// The message that was written, for the kinds that tell of one.
    pub message_id: Option<MessageId>,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
