//! What one subscriber sees of the log: first what they missed, then what happens.

use std::{collections::VecDeque, sync::Arc};

use entity::{EventKind, TicketId, Visibility, message, ticket};
use futures_util::{Stream, stream};
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
    /// What happened; shared by all who follow it.
    pub event: Option<Arc<LiveEvent>>,
}

/// The kinds of [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// What happened; shared by all who follow it.
    pub event: Option<Arc<LiveEvent>>,
}

/// The kinds of [`QueueChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Follows the queue from `after`, or from now. What does not concern the follower is passed
    /// over in memory, without a look at the database.
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
        let follower = self.follow(None, after).await?;
        let filter = Arc::new(filter);
        Ok(stream::unfold(Some(follower), move |follower| {
            let filter = Arc::clone(&filter);
            async move {
                let mut follower = follower?;
                loop {
                    match follower.step().await {
                        Ok(Some(step)) => {
                            if let Some(change) = queue_change(actor, &filter, step) {
                                return Some((Ok(change), Some(follower)));
                            }
                        }
                        Ok(None) => return None,
                        // The client is told once and reconnects.
                        Err(error) => return Some((Err(error), None)),
                    }
                }
            }
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
        let follower = self.follow(Some(id), after).await?;
        let ticket = self.ticket(actor, id).await?;
        ticket.ok_or_else(|| Error::not_found("ticket", &["id"]))?;
        Ok(stream::unfold(Some(follower), move |follower| async move {
            let mut follower = follower?;
            loop {
                let step = match follower.step().await {
                    Ok(Some(step)) => step,
                    Ok(None) => return None,
                    Err(error) => return Some((Err(error), None)),
                };
                match ticket_change(&follower.desk, actor, id, step).await {
                    Ok(Some(change)) => return Some((Ok(change), Some(follower))),
                    Ok(None) => {}
                    Err(error) => return Some((Err(error), None)),
                }
            }
        }))
    }

    /// The ticket that `event` is about, as it is now (not as it was then): never older than what
    /// was shown of it before. Loaded once per event, however many follow it; `None` for those who
    /// may not see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn changed_ticket(
        &self,
        actor: Actor,
        event: &Arc<LiveEvent>,
    ) -> Result<Option<Arc<ticket::Model>>> {
        let ticket = event.ticket(&self.db, self.hub.newest()).await?;
        Ok(ticket.filter(|ticket| actor.is_staff() || ticket.requester_id == actor.id))
    }

    /// The message that `event` wrote. Loaded once per event; `None` for those who may not see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn changed_message(
        &self,
        actor: Actor,
        event: &Arc<LiveEvent>,
    ) -> Result<Option<Arc<message::Model>>> {
        let message = event.message(&self.db).await?;
        Ok(message.filter(|message| actor.is_staff() || !message.internal))
    }

    async fn follow(&self, ticket: Option<TicketId>, after: Option<&str>) -> Result<Follower> {
        // Subscribed before anything is read: what is not in the log yet will come by here.
        let live = self.hub.subscribe();
        let after = after.map(Position::decode).transpose()?;
        let phase = match after {
            // "From now on" is now, not where this process has read to.
            None => Phase::Live(log::head(&self.db).await?.max(self.hub.head())),
            Some(after) if self.is_in_the_log(after).await? => Phase::CatchUp(after, 0),
            Some(_) => Phase::Resync,
        };
        let ready = match (phase, after) {
            // Whoever is to load everything again and loses the connection before they hear of it
            // comes back with the position that READY gave them: it must be the bad one.
            (Phase::Resync, after) => after.unwrap_or_default(),
            (Phase::Live(position) | Phase::CatchUp(position, _), _) => position,
        };
        Ok(Follower {
            desk: self.clone(),
            ticket,
            live,
            phase,
            read: VecDeque::from([Step::Ready(ready)]),
        })
    }

    /// Whether following from `after` can miss nothing: it is neither ahead of the log (a restored
    /// database) nor before its oldest event (cleaned up).
    async fn is_in_the_log(&self, after: Position) -> Result<bool> {
        if after > self.hub.head() && after > log::head(&self.db).await? {
            return Ok(false);
        }
        match log::oldest(&self.db).await? {
            Some(oldest) if after < oldest => log::is_whole(&self.db).await,
            Some(_) => Ok(true),
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
    /// Steps that were read and not handed out yet.
    read: VecDeque<Step>,
}

impl Follower {
    /// The next step; `None` when the process shuts down.
    async fn step(&mut self) -> Result<Option<Step>> {
        loop {
            if let Some(step) = self.read.pop_front() {
                return Ok(Some(step));
            }
            match self.phase {
                Phase::Resync => {
                    self.live = self.live.resubscribe();
                    let head = self.desk.hub.head();
                    self.phase = Phase::Live(head);
                    return Ok(Some(Step::Resync(head)));
                }
                Phase::CatchUp(_, replayed) if replayed > self.desk.settings.replay_limit => {
                    self.phase = Phase::Resync;
                }
                Phase::CatchUp(after, replayed) => {
                    // Taken first: what is up to here and not in the log below is not there at all.
                    let head = self.desk.hub.head();
                    let entries = self.missed(after).await?;
                    self.phase = match entries.last() {
                        Some(last) => Phase::CatchUp(last.position, replayed + entries.len()),
                        None => Phase::Live(after.max(head)),
                    };
                    self.read.extend(entries.into_iter().map(Step::from));
                }
                Phase::Live(seen) => match self.live.recv().await {
                    Ok(event) if event.position <= seen => {}
                    Ok(event) => {
                        self.phase = Phase::Live(event.position);
                        return Ok(Some(event.into()));
                    }
                    // Too slow for the shared buffer: the log has everything.
                    Err(RecvError::Lagged(_)) => self.phase = Phase::CatchUp(seen, 0),
                    Err(RecvError::Closed) => return Ok(None),
                },
            }
        }
    }

    /// Reads the log in a task of its own: a follower that is not polled for a while, because its
    /// client takes nothing, must not sit on a connection of the pool.
    async fn missed(&self, after: Position) -> Result<Vec<Entry>> {
        let (db, ticket) = (self.desk.db.clone(), self.ticket);
        let reading = async move { log::read(db.read(), ticket, after, BATCH).await };
        tokio::spawn(reading).await.map_err(Error::internal)?
    }
}

fn queue_change(actor: Actor, filter: &QueueFilter, step: Step) -> Option<QueueChange> {
    let (position, kind, event) = match step {
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
                (false, false) => return None,
                (false, true) => QueueChangeKind::Entered,
                (true, true) => QueueChangeKind::Changed,
                (true, false) => QueueChangeKind::Left,
            };
            (event.position, kind, Some(event))
        }
    };
    Some(QueueChange {
        position,
        kind,
        event,
    })
}

async fn ticket_change(
    desk: &Desk,
    actor: Actor,
    id: TicketId,
    step: Step,
) -> Result<Option<Change>> {
    let (position, kind, event) = match step {
        Step::Ready(position) => (position, ChangeKind::Ready, None),
        Step::Resync(position) => (position, ChangeKind::Resync, None),
        Step::Event(event) if event.row.ticket_id != id => return Ok(None),
        // A customer's own query shows version and time of the last change, so they are told when
        // those move, whatever moved them. A note moves nothing, and they never hear of it; what is
        // public they do.
        Step::Event(event)
            if !actor.is_staff()
                && event.row.visibility != Visibility::Public
                && event.data.leaves_the_row(event.row.kind) =>
        {
            return Ok(None);
        }
        Step::Event(event) => {
            // Whose ticket it is may have changed since the stream began.
            if !actor.is_staff() && desk.changed_ticket(actor, &event).await?.is_none() {
                return Ok(None);
            }
            let kind = match event.row.message_id {
                Some(_) => ChangeKind::MessageAdded,
                None => ChangeKind::Changed,
            };
            (event.position, kind, Some(event))
        }
    };
    Ok(Some(Change {
        position,
        kind,
        event,
    }))
}
