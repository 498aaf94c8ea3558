//! Messages.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{TicketId, message};

use super::{Attachment, User};
use crate::{
    context::signed_in,
    enums::Role,
    error::OrGraphql,
    html::to_html,
    id::GlobalId,
    loader::{AttachmentsKey, ThreadTotalKey},
};

/// A message in a ticket's thread.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(crate) message::Model);

/// A message in a ticket's thread: a public reply or, for staff, an internal note.
#[Object]
impl Message {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Message(self.0.id).encode()
    }

    /// Who wrote it; null for the desk itself.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.author_id).await
    }

    /// What the author was when writing.
    async fn author_role(&self) -> Role {
        self.0.author_role.into()
    }

    /// The text as it was written.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The text as safe HTML: paragraphs, line breaks and links, everything else escaped.
    async fn body_html(&self) -> String {
        to_html(&self.0.body)
    }

    /// True for a note that only staff see.
    async fn internal(&self) -> bool {
        self.0.internal
    }

    /// The files on it, in order.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        Attachment::on(ctx, AttachmentsKey::Message(self.0.id)).await
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// What a thread's connection has beside its page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageTotals(pub(crate) TicketId);

/// What a thread's connection has beside its page.
#[Object]
impl MessageTotals {
    /// How many messages of the thread the viewer can see.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, _) = signed_in(ctx)?;
        let total = asked
            .loaders
            .load_one(ThreadTotalKey(self.0))
            .await
            .or_graphql()?;
        Ok(total.unwrap_or(0))
    }
}

crate::connection::connection!(
    MessageConnection of MessageEdge, Message, MessageTotals, "the messages of a thread"
);
