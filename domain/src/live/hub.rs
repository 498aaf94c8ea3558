//! One follower per server process reads the log; all subscribers share what it read.

use std::{sync::Arc, time::Duration};

use entity::{EventKind, event, message, ticket};
use sea_orm::EntityTrait;
use tokio::sync::{Notify, OnceCell, broadcast, watch};
use uuid::Uuid;

use super::{inboxes::Inboxes, log, newest::Newest, notify};
use crate::{Error, Position, Result, db::Db, facets::EventData};

/// How long a change waits at most if no wake-up comes through. The poll is the truth, wake-ups
/// only make it faster.
pub(super) const POLL: Duration = Duration::from_secs(1);
/// How long one look may take before it is given up and begun anew.
pub(super) const STUCK: Duration = Duration::from_secs(30);
/// Events read at once.
const BATCH: u64 = 500;
/// Events kept for subscribers that are behind; who is further behind reads the log itself.
const BUFFER: usize = 4_096;

/// An event as subscribers get it. What it is about is loaded once and shared.
#[derive(Debug)]
pub struct LiveEvent {
    /// Its place in the log.
    pub position: Position,
    /// The row.
    pub row: event::Model,
    /// The row's data.
    pub data: EventData,
    ticket: OnceCell<Option<Arc<ticket::Model>>>,
    message: OnceCell<Option<Arc<message::Model>>>,
}

impl LiveEvent {
    pub(crate) fn new(row: event::Model) -> Result<Self> {
        let data = serde_json::from_value(row.data.clone()).map_err(Error::internal)?;
        let position = Position::from(&row);
        Ok(Self {
            position,
            row,
            data,
            ticket: OnceCell::new(),
            message: OnceCell::new(),
        })
    }

    /// The ticket as it is now (not as it was then): at least as new as this event, and as anything
    /// that this process has shown of the ticket before.
    pub(super) async fn ticket(
        self: &Arc<Self>,
        db: &Db,
        newest: &Newest,
    ) -> Result<Option<Arc<ticket::Model>>> {
        if let Some(loaded) = self.ticket.get() {
            return Ok(loaded.as_ref().map(|row| newest.put(Arc::clone(row))));
        }
        let (event, db, newest) = (Arc::clone(self), db.clone(), newest.clone());
        apart(async move {
            let id = event.row.ticket_id;
            let load = async || {
                let shown = newest.get(id);
                // In a note or a rating something can have been masked, which leaves the version as it
                // is.
                let unseen = [EventKind::InternalNoteAdded, EventKind::TicketRated];
                let masked = event.data.after.sensitive && unseen.contains(&event.row.kind);
                let new_enough =
                    |row: &Arc<ticket::Model>| !masked && row.version >= event.row.ticket_version;
                if let Some(row) = shown.filter(new_enough) {
                    return Ok(Some(row));
                }
                let row = ticket::Entity::find_by_id(id).one(db.read()).await?;
                Ok::<_, Error>(row.map(|row| newest.put(Arc::new(row))))
            };
            let loaded = event.ticket.get_or_try_init(load).await?;
            Ok(loaded.as_ref().map(|row| newest.put(Arc::clone(row))))
        })
        .await
    }

    /// The message that it wrote.
    pub(super) async fn message(self: &Arc<Self>, db: &Db) -> Result<Option<Arc<message::Model>>> {
        let Some(id) = self.row.message_id else {
            return Ok(None);
        };
        if let Some(loaded) = self.message.get() {
            return Ok(loaded.clone());
        }
        let (event, db) = (Arc::clone(self), db.clone());
        apart(async move {
            let load = async || {
                let row = message::Entity::find_by_id(id).one(db.read()).await?;
                Ok::<_, Error>(row.map(Arc::new))
            };
            event.message.get_or_try_init(load).await.cloned()
        })
        .await
    }
}

/// Runs `loading` in a task of its own: the wait for the cell too, since who has begun to fill it
/// keeps all others out. A follower is not polled for as long as its client takes nothing.
pub(super) async fn apart<T: Send + 'static>(
    loading: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(loading).await.map_err(Error::internal)?
}

/// A place in the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    /// What happened; `None` if this version of the server cannot read it.
    pub(crate) event: Option<Arc<LiveEvent>>,
}

/// The live end of the event log in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    events: broadcast::Sender<Entry>,
    head: watch::Receiver<Position>,
    wake: Arc<Notify>,
    tell_others: Arc<Notify>,
    /// Dropped with the last clone: then the tasks below end.
    _alive: Arc<watch::Sender<()>>,
    newest: Newest,
    inboxes: Inboxes,
}

impl Hub {
    /// Starts following the log from its present end.
    pub(crate) async fn start(db: Db) -> Result<Self> {
        let (events, _) = broadcast::channel(BUFFER);
        let (advance, head) = watch::channel(log::head(&db).await?);
        let (alive, gone) = watch::channel(());
        let wake = Arc::new(Notify::new());
        let tell_others = Arc::new(Notify::new());
        let follower = Follower {
            db: db.clone(),
            events: events.clone(),
            advance,
        };
        tokio::spawn(follower.run(Arc::clone(&wake), gone.clone()));
        let inboxes = Inboxes::start(db.clone(), gone.clone());
        if db.is_postgres() {
            // Random, since two processes may start in the same moment.
            let me = Uuid::new_v4();
            tokio::spawn(notify::listen(
                db.clone(),
                me,
                Arc::clone(&wake),
                inboxes.clone(),
                gone.clone(),
            ));
            tokio::spawn(notify::tell(db, me, Arc::clone(&tell_others), gone));
        }
        Ok(Self {
            events,
            head,
            wake,
            tell_others,
            _alive: Arc::new(alive),
            newest: Newest::default(),
            inboxes,
        })
    }

    /// The position up to which this process has read the log. Whatever is read from the database
    /// from now on reflects everything up to there.
    pub fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// The version below which the ticket of `event` is not shown any more, that of the event or the
    /// newest that this process has shown; and how many kinds of what was masked it has, which grow
    /// without it.
    pub fn least_version(&self, event: &LiveEvent) -> (i32, usize) {
        let own = event.row.ticket_version;
        let row = self.newest.get(event.row.ticket_id);
        row.map_or((own, 0), |row| {
            (row.version.max(own), row.sensitive.0.len())
        })
    }

    pub(super) fn newest(&self) -> &Newest {
        &self.newest
    }

    /// What tells that this process has read the log further.
    pub fn moves(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    pub(super) fn inboxes(&self) -> &Inboxes {
        &self.inboxes
    }

    /// Says that a transaction ended: here, and to the other processes.
    pub fn wake(&self) {
        self.wake.notify_one();
        self.inboxes.wake();
        self.tell_others.notify_one();
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Entry> {
        self.events.subscribe()
    }
}

struct Follower {
    db: Db,
    events: broadcast::Sender<Entry>,
    advance: watch::Sender<Position>,
}

impl Follower {
    async fn run(self, wake: Arc<Notify>, mut gone: watch::Receiver<()>) {
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot read the event log"
                );
            }
            tokio::select! {
                _ = gone.changed() => return,
                () = wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn catch_up(&self) -> Result<()> {
        loop {
            let after = *self.advance.borrow();
            let reading = log::read(self.db.read(), None, after, BATCH);
            let entries = tokio::time::timeout(STUCK, reading).await;
            let entries =
                entries.map_err(|_| Error::Unavailable("the log did not answer".into()))??;
            let read = entries.len() as u64;
            for entry in entries {
                // First the head, then the event: whoever subscribes in between is behind, not ahead.
                self.advance.send_replace(entry.position);
                // No receiver is fine: nobody watches.
                drop(self.events.send(entry));
            }
            if read < BATCH {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::{EventKind, Priority, Role, TicketSource, TicketStatus, Timestamp, Visibility};
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::facets::Facets;

    fn event() -> LiveEvent {
        let (id, at) = (Uuid::nil(), Timestamp::default());
        LiveEvent {
            position: Position::default(),
            row: event::Model {
                seq: 1,
                xid: 0,
                ticket_id: id.into(),
                ticket_version: 1,
                kind: EventKind::TicketCreated,
                actor_id: None,
                actor_role: Role::Customer,
                visibility: Visibility::Public,
                at,
                message_id: None,
                data: serde_json::Value::Null,
            },
            data: EventData {
                before: None,
                after: Facets {
                    status: TicketStatus::Open,
                    priority: Priority::Medium,
                    category: id.into(),
                    source: TicketSource::Api,
                    requester: id.into(),
                    assignee: None,
                    co_assignees: Vec::new(),
                    team: None,
                    tags: Vec::new(),
                    created_at: at,
                    escalated: false,
                    sla_state: None,
                    unattended: false,
                    assignee_away: false,
                    sensitive: false,
                    subjects: Vec::new(),
                },
                subject: None,
                sla: None,
                rating: None,
            },
            ticket: OnceCell::new(),
            message: OnceCell::new(),
        }
    }

    /// The database has no tables: what matters is that there is an answer.
    #[tokio::test]
    async fn who_begins_to_load_and_is_not_polled_holds_up_nobody() {
        let db = Db::connect("sqlite::memory:", 1).await.unwrap();
        let (event, newest) = (Arc::new(event()), Newest::default());
        let mut stalled = Box::pin(event.ticket(&db, &newest));
        assert!(stalled.as_mut().now_or_never().is_none());
        let other = tokio::time::timeout(Duration::from_secs(5), event.ticket(&db, &newest));
        assert!(matches!(other.await, Ok(Err(_))));
    }
}
