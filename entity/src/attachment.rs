//! Attachments (requirement A1): files that were announced, uploaded, checked, and hang on a ticket or
//! on one of its messages. The bytes are elsewhere.

use sea_orm::entity::prelude::*;

use crate::{
    AttachmentId, AttachmentState, MessageId, TicketId, Timestamp, UserId, ticket::Sensitive,
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    /// The attachment's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    /// How far it is.
    pub state: AttachmentState,
    /// Who uploads it. Nobody else can use it until it is on a ticket.
    pub uploader_id: UserId,
    /// The one ticket that it was announced for, if it was for one.
    pub for_ticket_id: Option<TicketId>,
    /// Under which random name it is stored.
    pub storage_key: String,
    /// Its name, as the uploader's machine has it: any text.
    pub file_name: String,
    /// What of its name was masked.
    pub sensitive: Sensitive,
    /// Its media type, in lower case.
    pub content_type: String,
    /// Its exact size.
    pub size_bytes: i64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Why it was refused, for its uploader.
    pub refusal: Option<String>,
    /// The ticket that it is on.
    pub ticket_id: Option<TicketId>,
    /// The message that it is on; `None` for one that came with the ticket itself.
    pub message_id: Option<MessageId>,
    /// Whether that message is a note that only staff see.
    pub internal: bool,
    /// Its place among those that came together, from 0.
    pub position: i32,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Until when its upload could begin.
    pub upload_until: Timestamp,
    /// When it was found to be what was announced, or refused.
    pub checked_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
