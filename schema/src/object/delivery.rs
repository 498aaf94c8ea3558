//! What is sent to people and systems.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::{
    permission::{Action, permit},
    telling::type_of,
};
use entity::delivery;

use super::{Ticket, User, WebhookEndpoint};
use crate::{
    context::signed_in,
    enums::{Channel, DeliveryState, NotificationKind},
    error::OrGraphql,
    id::GlobalId,
    loader::{EventKindKey, TicketKey, WebhookEndpointKey},
};

/// Something that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Delivery(pub(crate) Arc<delivery::Model>);

/// A mail or a request to an endpoint: what is to be sent, and what became of it. What was sent is
/// kept for some weeks, what failed for good longer. Only staff see deliveries.
#[Object]
impl Delivery {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Delivery(self.0.id).encode()
    }

    /// The way by which it goes.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// How far it has come.
    async fn state(&self) -> DeliveryState {
        self.0.state.into()
    }

    /// What a mail says; null for webhooks.
    async fn kind(&self) -> Option<NotificationKind> {
        self.0.kind.map(Into::into)
    }

    /// The `type` of the event that a webhook tells of, such as `ticket_created`; null for mails.
    async fn event_type(&self, ctx: &Context<'_>) -> Result<Option<&'static str>> {
        let event = self.0.event_seq;
        let Some(event) = event.filter(|_| self.0.channel == entity::Channel::Webhook) else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let kind = asked.loaders.load_one(EventKindKey(event)).await;
        Ok(kind.or_graphql()?.map(type_of))
    }

    /// The ticket that it is about, as it is now; null for a digest and a weekly report.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(id) = self.0.ticket_id else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let found = asked.loaders.load_one(TicketKey(id)).await.or_graphql()?;
        Ok(found.map(Ticket))
    }

    /// The person who is to get it, if it is a person on file.
    async fn recipient(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.user_id).await
    }

    /// Where a mail goes that is for nobody on file: an address of the admin team.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The endpoint that is to get it, also if it is deleted by now. Null for mails, and for all but
    /// supervisors: URLs may hold secrets.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<Option<WebhookEndpoint>> {
        let (asked, actor) = signed_in(ctx)?;
        let may = permit(actor, Action::ManageWebhooks).is_ok();
        let Some(id) = self.0.endpoint_id.filter(|_| may) else {
            return Ok(None);
        };
        let found = asked.loaders.load_one(WebhookEndpointKey(id)).await;
        Ok(found.or_graphql()?.map(WebhookEndpoint))
    }

    /// How often it failed since it was planned, or retried.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it is tried next, or its digest goes; null for what is settled. What goes to one recipient
    /// about one ticket goes in order, and nothing goes to an endpoint that is paused or switched off,
    /// so it can be later.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        match self.0.state {
            entity::DeliveryState::Pending | entity::DeliveryState::Held => Some(self.0.next_at),
            entity::DeliveryState::Bundled
            | entity::DeliveryState::Sent
            | entity::DeliveryState::Skipped
            | entity::DeliveryState::Dead => None,
        }
    }

    /// Why the last attempt that failed did so, or why it was skipped; it stays when a later attempt
    /// succeeds. It can name a host or an address, never the rest of a URL.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Whether it may have arrived more than once: an attempt ended without an answer.
    async fn ambiguous(&self) -> bool {
        self.0.ambiguous
    }

    /// When it was planned.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it came to an end, whichever; null for what is not settled.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.0.settled_at
    }
}
