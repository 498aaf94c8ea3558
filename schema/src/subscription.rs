//! Subscriptions: what happens, as it happens.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Result, SimpleObject, Subscription};
use domain::live::{Change, QueueChange};
use futures_util::{Stream, StreamExt};

use crate::{
    context::{Asked, signed_in},
    error::{OrGraphql, to_graphql},
    filter::QueueFilter,
    id::GlobalId,
    object::{Message, Ticket},
    prime::{Wanted, prime},
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
    ) -> Result<impl Stream<Item = Result<QueueEvent>> + use<>> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = Arc::new(Wanted::of_ticket(&ctx.look_ahead().field("ticket")));
        let asked = asked.clone();
        let filter = QueueFilter::parse(filter, &asked).await?;
        let changes = asked
            .desk
            .follow_queue(actor, filter, after.as_deref())
            .await
            .or_graphql()?;
        Ok(until_error(changes.then(move |change| {
            let (asked, wanted) = (asked.clone(), Arc::clone(&wanted));
            async move {
                let QueueChange {
                    position,
                    kind,
                    ticket,
                } = change.or_graphql()?;
                let ticket = fresh(&asked, ticket, &wanted).await?;
                Ok(QueueEvent {
                    position: position.encode(),
                    kind: kind.into(),
                    ticket,
                })
            }
        })))
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
    ) -> Result<impl Stream<Item = Result<TicketEvent>> + use<>> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = Arc::new(Wanted::of_ticket(&ctx.look_ahead().field("ticket")));
        let asked = asked.clone();
        let id = GlobalId::ticket(&id).unwrap_or(uuid::Uuid::nil().into());
        let changes = asked
            .desk
            .follow_ticket(actor, id, after.as_deref())
            .await
            .or_graphql()?;
        Ok(until_error(changes.then(
            move |change: domain::Result<Change>| {
                let (asked, wanted) = (asked.clone(), Arc::clone(&wanted));
                async move {
                    let Change {
                        position,
                        kind,
                        ticket,
                        message,
                    } = change.or_graphql()?;
                    let ticket = fresh(&asked, ticket, &wanted).await?;
                    let message = message.map(|message| Message((*message).clone()));
                    Ok(TicketEvent {
                        position: position.encode(),
                        kind: kind.into(),
                        ticket,
                        message,
                    })
                }
            },
        )))
    }
}

/// Ends the stream with its first error: an event that could not be told must not be passed over.
/// The client subscribes again from the last position that it has.
fn until_error<T: Send>(
    events: impl Stream<Item = Result<T>> + Send,
) -> impl Stream<Item = Result<T>> + Send {
    events.scan(false, |failed, event| {
        let item = if *failed { None } else { Some(event) };
        *failed = matches!(item, Some(Err(_)));
        std::future::ready(item)
    })
}

/// The ticket with what the selection asks of it, loaded anew: a subscription outlives what its
/// loaders once held.
async fn fresh(
    asked: &Asked,
    ticket: Option<Arc<entity::ticket::Model>>,
    wanted: &Wanted,
) -> Result<Option<Ticket>> {
    asked.forget();
    if let Some(ticket) = &ticket {
        let primed = prime(asked, std::slice::from_ref(ticket), wanted).await;
        primed.map_err(|error| to_graphql(&error))?;
    }
    Ok(ticket.map(Ticket))
}
