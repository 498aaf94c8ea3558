//! What is to be sent, and what became of it: one row per event, recipient and channel.

use sea_orm::entity::prelude::*;

use crate::{Channel, DeliveryState, NotificationKind, TicketId, Timestamp, UserId, WebhookId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// A running number, in the order of the events.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The same for the same news by the same channel to the same recipient.
    pub dedupe_key: String,
    /// The way by which it goes.
    pub channel: Channel,
    /// How far it has come.
    pub state: DeliveryState,
    /// What a mail says; `None` for webhooks.
    pub kind: Option<NotificationKind>,
    /// The event that it tells of; `None` for a digest and a weekly report.
    pub event_seq: Option<i64>,
    /// The ticket that it is about; `None` for a digest and a weekly report.
    pub ticket_id: Option<TicketId>,
    /// The person who is to get it, if it is a person on file.
    pub user_id: Option<UserId>,
    /// Where it goes, if that is nobody on file.
    pub address: Option<String>,
    /// The endpoint that is to get it.
    pub endpoint_id: Option<WebhookId>,
    /// What goes to one recipient about one ticket goes in order: it has the same lane.
    pub lane: String,
    /// How often it failed.
    pub attempts: i32,
    /// When it is sent, or tried again; for what is held, when the digest goes.
    pub next_at: Timestamp,
    /// The process that works on it.
    pub claimed_by: Option<Uuid>,
    /// Until when that process may.
    pub claimed_until: Option<Timestamp>,
    /// Whether that process has begun to send it.
    pub sending: bool,
    /// Whether it may have arrived more than once: an attempt ended without an answer.
    pub ambiguous: bool,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// The digest that it went out with.
    pub bundle_id: Option<i64>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it came to an end, whichever.
    pub settled_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
