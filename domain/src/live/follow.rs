//! What one subscriber sees of the log: first what they missed, then what happens.

use std::sync::Arc;

use entity::{EventKind, TicketId, message, ticket};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{LiveEvent, hub::Entry, log};
use crate::{
    Actor, Desk, Error, Position, Result,
    filter::QueueFilter,
    permission::{Action, permit},
};

/// Events read at once while catching up.
const BATCH: u64 = 500;

/// A change of a ticket, for somebody who follows it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The place in the log up to which the follower has seen everything now.
    pub position: Position,
    /// What this is.
    pub kind: ChangeKind,
    /// The ticket as it is now.
    pub ticket: Option<Arc<ticket::Model>>,
    /// The message that was written.
    pub message: Option<Arc<message::Model>>,
}

/// The kinds of [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The stream follows the log from `position` on.
    Ready,
    /// The ticket changed.
    Changed,
    /// A message was added.
    MessageAdded,
    /// Too much was missed: load everything again, then go on from `position`.
    Resync,
}

/// A change of a queue, for somebody who follows it.
#[derive(Clone, Debug)]
pub struct QueueChange {
    /// The place in the log up to which the follower has seen everything now.
    pub position: Position,
    /// What this is.
    pub kind: QueueChangeKind,
    /// The ticket as it is now.
    pub ticket: Option<Arc<ticket::Model>>,
}

/// The kinds of [`QueueChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueChangeKind {
    /// The stream follows the log from `position` on.
    Ready,
    /// The ticket is in the queue now and was not before.
    Entered,
    /// The ticket was and is in the queue.
    Changed,
    /// The ticket was in the queue and is not any more.
    Left,
    /// Too much was missed: load everything again, then go on from `position`.
    Resync,
}

impl Desk {
    /// Follows the queue from `after`, or from now.
    ///
    /// # Errors
    /// `Forbidden` for customers, `BadInput` for something that is not a position.
    pub async fn follow_queue(
        &self,
        actor: Actor,
        filter: QueueFilter,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<QueueChange>> + Send + use<>> {
        permit(actor, Action::ViewQueue)?;
        let desk = self.clone();
        let steps = self.follow(None, after).await?;
        Ok(steps.filter_map(move |step| {
            let (desk, filter) = (desk.clone(), filter.clone());
            async move { queue_change(&desk, actor, &filter, step).await.transpose() }
        }))
    }

    /// Follows one ticket from `after`, or from now; customers get public events only.
    ///
    /// # Errors
    /// NOT_FOUND for a ticket that is not there for `actor`, `BadInput` for something that is not
    /// a position.
    pub async fn follow_ticket(
        &self,
        actor: Actor,
        id: TicketId,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Change>> + Send + use<>> {
        let desk = self.clone();
        let steps = self.follow(Some(id), after).await?;
        let ticket = self.ticket(actor, id).await?;
        ticket.ok_or_else(|| Error::not_found("ticket", &["id"]))?;
        Ok(steps.filter_map(move |step| {
            let desk = desk.clone();
            async move { ticket_change(&desk, actor, id, step).await.transpose() }
        }))
    }

    async fn follow(
        &self,
        ticket: Option<TicketId>,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Step>> + Send + use<>> {
        // Subscribed before anything is read: what is not in the log yet will come by here.
        let live = self.hub.subscribe();
        let after = after.map(Position::decode).transpose()?;
        let phase = match after {
            // "From now on" is now, not where this process has read to.
            None => Phase::Live(log::head(&self.db).await?.max(self.hub.head())),
            Some(after) if self.is_in_the_log(after).await? => Phase::CatchUp(after, 0),
            Some(_) => Phase::Resync,
        };
        let follower = Follower {
            desk: self.clone(),
            ticket,
            live,
            phase,
        };
        let ready = match follower.phase {
            Phase::Live(position) | Phase::CatchUp(position, _) => Step::Ready(position),
            // Whoever is told to load everything again is ready from then on.
            Phase::Resync => Step::Ready(self.hub.head()),
        };
        let events = stream::unfold(Some(follower), |follower| async {
            let mut follower = follower?;
            match follower.next().await {
                Ok(Some(step)) => Some((step, Some(follower))),
                Ok(None) => None,
                // The client is told once and reconnects.
                Err(error) => Some((vec![Err(error)], None)),
            }
        });
        Ok(stream::once(async { Ok(ready) }).chain(events.flat_map(stream::iter)))
    }

    /// Whether following from `after` can miss nothing: it is neither ahead of the log (a restored
    /// database) nor before its oldest event (cleaned up).
    async fn is_in_the_log(&self, after: Position) -> Result<bool> {
        if after > self.hub.head() && after > log::head(&self.db).await? {
            return Ok(false);
        }
        match log::oldest(&self.db).await? {
            Some(oldest) => Ok(after >= oldest || oldest.seq <= 1),
            None => Ok(after == Position::default()),
        }
    }
}

enum Step {
    Ready(Position),
    Resync(Position),
    Event(Arc<LiveEvent>),
}

impl From<Entry> for Step {
    fn from(Entry { position, event }: Entry) -> Self {
        // What cannot be read may concern anybody.
        event.map_or(Self::Resync(position), Self::Event)
    }
}

#[derive(Clone, Copy)]
enum Phase {
    /// Reading the log behind a position, so many events so far.
    CatchUp(Position, usize),
    /// Everything up to a position was seen.
    Live(Position),
    Resync,
}

struct Follower {
    desk: Desk,
    /// Catching up reads this ticket's events alone.
    ticket: Option<TicketId>,
    live: Receiver<Entry>,
    phase: Phase,
}

impl Follower {
    /// The next steps; `None` when the process shuts down.
    async fn next(&mut self) -> Result<Option<Vec<Result<Step>>>> {
        loop {
            match self.phase {
                Phase::Resync => {
                    self.live = self.live.resubscribe();
                    let head = self.desk.hub.head();
                    self.phase = Phase::Live(head);
                    return Ok(Some(vec![Ok(Step::Resync(head))]));
                }
                Phase::CatchUp(after, replayed) => {
                    if replayed > self.desk.settings.replay_limit {
                        self.phase = Phase::Resync;
                        continue;
                    }
                    // Taken first: what is up to here and not in the log below is not there at all.
                    let head = self.desk.hub.head();
                    let entries = log::read(&self.desk.db, self.ticket, after, BATCH).await?;
                    let Some(last) = entries.last().map(|entry| entry.position) else {
                        self.phase = Phase::Live(after.max(head));
                        continue;
                    };
                    self.phase = Phase::CatchUp(last, replayed + entries.len());
                    return Ok(Some(
                        entries.into_iter().map(|entry| Ok(entry.into())).collect(),
                    ));
                }
                Phase::Live(seen) => match self.live.recv().await {
                    Ok(event) if event.position <= seen => {}
                    Ok(event) => {
                        self.phase = Phase::Live(event.position);
                        return Ok(Some(vec![Ok(event.into())]));
                    }
                    // Too slow for the shared buffer: the log has everything.
                    Err(RecvError::Lagged(_)) => self.phase = Phase::CatchUp(seen, 0),
                    Err(RecvError::Closed) => return Ok(None),
                },
            }
        }
    }
}

async fn queue_change(
    desk: &Desk,
    actor: Actor,
    filter: &QueueFilter,
    step: Result<Step>,
) -> Result<Option<QueueChange>> {
    let (position, kind, ticket) = match step? {
        Step::Ready(position) => (position, QueueChangeKind::Ready, None),
        Step::Resync(position) => (position, QueueChangeKind::Resync, None),
        Step::Event(event) => {
            let is = filter.matches(&event.data.after, actor.id);
            let was = match (&event.data.before, event.row.kind) {
                (Some(before), _) => filter.matches(before, actor.id),
                (None, EventKind::TicketCreated) => false,
                (None, _) => is,
            };
            let kind = match (was, is) {
                (false, false) => return Ok(None),
                (false, true) => QueueChangeKind::Entered,
                (true, true) => QueueChangeKind::Changed,
                (true, false) => QueueChangeKind::Left,
            };
            (event.position, kind, event.ticket(&desk.db).await?)
        }
    };
    Ok(Some(QueueChange {
        position,
        kind,
        ticket,
    }))
}

async fn ticket_change(
    desk: &Desk,
    actor: Actor,
    id: TicketId,
    step: Result<Step>,
) -> Result<Option<Change>> {
    let (position, kind, ticket, message) = match step? {
        Step::Ready(position) => (position, ChangeKind::Ready, None, None),
        Step::Resync(position) => (position, ChangeKind::Resync, None, None),
        Step::Event(event) if event.row.ticket_id != id => return Ok(None),
        // A customer's own query shows version and time of the last change, so they are told when
        // those move, whatever moved them. A note moves nothing, and they never hear of it.
        Step::Event(event)
            if event.row.kind == EventKind::InternalNoteAdded && !actor.is_staff() =>
        {
            return Ok(None);
        }
        Step::Event(event) => {
            let ticket = event.ticket(&desk.db).await?;
            // Whose ticket it is may have changed since the stream began.
            let own = ticket
                .as_ref()
                .is_some_and(|ticket| ticket.requester_id == actor.id);
            if !(own || actor.is_staff()) {
                return Ok(None);
            }
            let message = event.message(&desk.db).await?;
            let message = message.filter(|message| actor.is_staff() || !message.internal);
            let kind = match message {
                Some(_) => ChangeKind::MessageAdded,
                None => ChangeKind::Changed,
            };
            (event.position, kind, ticket, message)
        }
    };
    Ok(Some(Change {
        position,
        kind,
        ticket,
        message,
    }))
}
