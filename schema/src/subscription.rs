//! Subscriptions: what happens, as it happens.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject, Subscription};
use domain::{
    Actor,
    live::{InboxChange, LiveEvent},
};
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};

use crate::{
    context::{Asked, signed_in},
    error::{OrGraphql, to_graphql},
    filter::QueueFilter,
    id::GlobalId,
    live::{Moment, Slot},
    object::{Message, Notification, Ticket},
    prime::{Wanted, prime},
    prime_notification::{WantedOfNotifications, prime_notifications},
};

/// What happens, as it happens.
#[derive(Default)]
pub struct Subscriptions;

/// What happened to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::live::QueueChangeKind")]
pub enum QueueEventKind {
    /// The first item: from here on nothing is missed.
    Ready,
    /// The ticket is in the queue now and was not before.
    Entered,
    /// The ticket was and is in the queue.
    Changed,
    /// The ticket was in the queue and is not any more.
    Left,
    /// Too much was missed: run the query again. The stream goes on from `position`.
    Resync,
}

/// Something happened to a ticket of the queue.
#[derive(SimpleObject)]
pub(crate) struct QueueEvent {
    /// The place in the event log: give the last one as `after` when you subscribe again.
    position: String,
    /// What happened.
    kind: QueueEventKind,
    /// The ticket as it is now; null for READY and RESYNC.
    ticket: Option<Ticket>,
}

/// What happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::live::ChangeKind")]
pub enum TicketEventKind {
    /// The first item: from here on nothing is missed.
    Ready,
    /// The ticket changed.
    Changed,
    /// A message was added.
    MessageAdded,
    /// Too much was missed: load the ticket again. The stream goes on from `position`.
    Resync,
}

/// Something happened to a ticket.
#[derive(SimpleObject)]
pub(crate) struct TicketEvent {
    /// The place in the event log: give the last one as `after` when you subscribe again.
    position: String,
    /// What happened.
    kind: TicketEventKind,
    /// The ticket as it is now; null for READY and RESYNC.
    ticket: Option<Ticket>,
    /// The message that was added, for MESSAGE_ADDED.
    message: Option<Message>,
}

/// What happened to your notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::live::InboxChangeKind")]
pub enum NotificationEventKind {
    /// The first item: from here on nothing is missed.
    Ready,
    /// There is a notification more.
    Added,
    /// Some were marked as read, here or elsewhere.
    Read,
    /// Too much was missed: run the query again. The stream goes on from `position`.
    Resync,
}

/// Something happened to your notifications.
pub(crate) struct NotificationEvent(InboxChange);

/// Something happened to your notifications.
#[Object]
impl NotificationEvent {
    /// The place in your notifications: give the last one as `after` when you subscribe again.
    async fn position(&self) -> String {
        self.0.position.encode()
    }

    /// What happened.
    async fn kind(&self) -> NotificationEventKind {
        self.0.kind.into()
    }

    /// The notification, for ADDED.
    async fn notification(&self) -> Option<Notification> {
        self.0.notification.clone().map(Notification)
    }

    /// How many notifications you have not marked as read now, all in all.
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.unread_notifications(actor).await.or_graphql()
    }
}

/// What happens, as it happens: over graphql-transport-ws on the path of queries.
#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// Follows the queue. The same event can come twice, around a reconnection; none is left out.
    /// Staff only.
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tickets; all if it is left out.")] filter: Option<QueueFilter>,
        #[graphql(
            desc = "The position to go on from, of a queue query or of the last event; from now on if it is left out."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<QueueEvent>>> {
        let (asked, actor) = signed_in(ctx)?;
        if let Some(Moment::Queue(change)) = ctx.data_opt::<Moment>() {
            let wanted = Wanted::of_ticket(&ctx.look_ahead().field("ticket"));
            let event = QueueEvent {
                position: change.position.encode(),
                kind: change.kind.into(),
                ticket: ticket(asked, actor, change.event.as_ref(), &wanted).await?,
            };
            return Ok(stream::once(async { Ok(event) }).boxed());
        }
        let filter = QueueFilter::parse(filter, asked).await?;
        let changes = asked.desk.follow_queue(actor, filter, after.as_deref());
        hand_out(ctx, changes.await.or_graphql()?)
    }

    /// Follows a ticket that you may see. Customers get what is public.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket.")] id: ID,
        #[graphql(
            desc = "The position to go on from, of the last event; from now on if it is left out."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<TicketEvent>>> {
        let (asked, actor) = signed_in(ctx)?;
        if let Some(Moment::Ticket(change)) = ctx.data_opt::<Moment>() {
            let wanted = Wanted::of_ticket(&ctx.look_ahead().field("ticket"));
            let event = change.event.as_ref();
            let message = match event {
                Some(event) => asked
                    .desk
                    .changed_message(actor, event)
                    .await
                    .or_graphql()?,
                None => None,
            };
            let event = TicketEvent {
                position: change.position.encode(),
                kind: change.kind.into(),
                ticket: ticket(asked, actor, event, &wanted).await?,
                message: message.map(|message| Message((*message).clone())),
            };
            return Ok(stream::once(async { Ok(event) }).boxed());
        }
        let id = GlobalId::ticket(&id).unwrap_or(uuid::Uuid::nil().into());
        let changes = asked.desk.follow_ticket(actor, id, after.as_deref());
        hand_out(ctx, changes.await.or_graphql()?)
    }

    /// Follows what you are told in the app. The same notification can come twice, around a
    /// reconnection; none is left out.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The position to go on from, of a notifications query or of the last event; from now on if it is left out."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<NotificationEvent>>> {
        let (asked, actor) = signed_in(ctx)?;
        if let Some(Moment::Inbox(change)) = ctx.data_opt::<Moment>() {
            let wanted = ctx.look_ahead().field("notification");
            let wanted = WantedOfNotifications::of_notification(&wanted);
            let rows = change.notification.as_slice();
            let primed = prime_notifications(asked, rows, &wanted).await;
            primed.or_graphql()?;
            let event = NotificationEvent(change.clone());
            return Ok(stream::once(async { Ok(event) }).boxed());
        }
        let changes = asked.desk.follow_notifications(actor, after.as_deref());
        hand_out(ctx, changes.await.or_graphql()?)
    }
}

/// Gives the stream of changes to whoever opens the subscription, and nothing to the engine: each
/// change is answered on its own (see [`crate::live`]).
fn hand_out<C: Into<Moment>, T>(
    ctx: &Context<'_>,
    changes: impl Stream<Item = domain::Result<C>> + Send + 'static,
) -> Result<BoxStream<'static, T>>
where
    T: Send + 'static,
{
    ctx.data::<Slot>()?.put(changes);
    Ok(stream::empty().boxed())
}

/// The ticket of an event, with what the selection asks of it.
async fn ticket(
    asked: &Asked,
    actor: Actor,
    event: Option<&Arc<LiveEvent>>,
    wanted: &Wanted,
) -> Result<Option<Ticket>> {
    let Some(event) = event else {
        return Ok(None);
    };
    let ticket = asked.desk.changed_ticket(actor, event).await.or_graphql()?;
    if let Some(ticket) = &ticket {
        let primed = prime(asked, std::slice::from_ref(ticket), wanted).await;
        primed.map_err(|error| to_graphql(&error))?;
    }
    Ok(ticket.map(Ticket))
}
