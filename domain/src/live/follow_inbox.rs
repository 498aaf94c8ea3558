//! What one subscriber sees of their own notifications: first what they missed, then what comes.

use std::{collections::VecDeque, sync::Arc};

use entity::notification;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::error::RecvError;

use super::{
    hub::apart,
    inboxes::{Listener, News},
};
use crate::{
    Actor, Desk, Result,
    permission::{Action, permit},
    telling::InboxPosition,
};

/// Notifications read at once while catching up.
const BATCH: usize = 500;

/// A change of somebody's notifications.
#[derive(Clone, Debug)]
pub struct InboxChange {
    /// The place up to which the follower has seen everything now.
    pub position: InboxPosition,
    /// What this is.
    pub kind: InboxChangeKind,
    /// What they are told.
    pub notification: Option<Arc<notification::Model>>,
}

/// The kinds of [`InboxChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InboxChangeKind {
    /// The stream goes on from `position`.
    Ready,
    /// There is a notification more.
    Added,
    /// Some were marked as read.
    Read,
    /// Too much was missed: load everything again, then go on from `position`.
    Resync,
}

impl Desk {
    /// Follows what `actor` is told from `after`, or from now.
    ///
    /// # Errors
    /// `Forbidden` for jobs, `BadInput` for something that is not a position, `Unavailable` when the
    /// database does not answer.
    pub async fn follow_notifications(
        &self,
        actor: Actor,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<InboxChange>> + Send + use<>> {
        permit(actor, Action::ViewOwnNotifications)?;
        let after = after.map(InboxPosition::decode).transpose()?;
        // Attached before anything is read: what is not in the table yet will come by here.
        let listener = self.hub.inboxes().listen(actor.id).await?;
        let now = self.inbox_position(actor).await?;
        let (seen, phase) = match after {
            None => (now, Phase::Live),
            // Ahead of the table, it is of another database, or of one that was restored.
            Some(after) if after.id > now.id || after.revision > now.revision => {
                (after, Phase::Resync)
            }
            Some(after) => (after, Phase::CatchUp(0)),
        };
        let mut follower = Follower {
            desk: self.clone(),
            actor,
            listener,
            phase,
            seen,
            read: VecDeque::new(),
        };
        // To whoever is to load everything again it tells the bad position: should they lose the
        // connection before they hear of it, they come back with that one.
        follower.tell(InboxChangeKind::Ready, None);
        Ok(stream::unfold(Some(follower), |follower| async move {
            let mut follower = follower?;
            match follower.step().await {
                Ok(Some(change)) => Some((Ok(change), Some(follower))),
                Ok(None) => None,
                // The client is told once and reconnects.
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

#[derive(Clone, Copy)]
enum Phase {
    /// Reading what is behind the position, so much so far.
    CatchUp(usize),
    Live,
    Resync,
}

struct Follower {
    desk: Desk,
    actor: Actor,
    listener: Listener,
    phase: Phase,
    seen: InboxPosition,
    /// Changes that were read and not handed out yet.
    read: VecDeque<InboxChange>,
}

impl Follower {
    /// The next change; `None` when the process shuts down.
    async fn step(&mut self) -> Result<Option<InboxChange>> {
        loop {
            if let Some(change) = self.read.pop_front() {
                return Ok(Some(change));
            }
            match self.phase {
                Phase::Resync => {
                    self.listener.skip();
                    self.seen = self.position().await?;
                    self.phase = Phase::Live;
                    self.tell(InboxChangeKind::Resync, None);
                }
                Phase::CatchUp(replayed) => self.catch_up(replayed).await?,
                Phase::Live => match self.listener.next().await {
                    Ok(News::Told(row)) => {
                        if row.id > self.seen.id && self.is_there(row.id).await? {
                            self.add(row);
                        }
                    }
                    Ok(News::Read(revision)) => self.mark(revision),
                    // Too slow for the shared buffer: the table has everything.
                    Err(RecvError::Lagged(_)) => self.phase = Phase::CatchUp(0),
                    Err(RecvError::Closed) => return Ok(None),
                },
            }
        }
    }

    async fn catch_up(&mut self, replayed: usize) -> Result<()> {
        let mut rows = self.missed().await?;
        let (read, left) = (
            rows.len(),
            self.desk.settings.replay_limit.saturating_sub(replayed),
        );
        rows.truncate(left);
        for row in rows {
            self.add(Arc::new(row));
        }
        if read > left {
            self.phase = Phase::Resync;
        } else if read < BATCH {
            // What is marked from here on comes by live.
            let now = self.position().await?;
            self.mark(now.revision);
            self.phase = Phase::Live;
        } else {
            self.phase = Phase::CatchUp(replayed + read);
        }
        Ok(())
    }

    fn tell(&mut self, kind: InboxChangeKind, notification: Option<Arc<notification::Model>>) {
        self.read.push_back(InboxChange {
            position: self.seen,
            kind,
            notification,
        });
    }

    fn add(&mut self, row: Arc<notification::Model>) {
        self.seen.id = row.id;
        self.tell(InboxChangeKind::Added, Some(row));
    }

    fn mark(&mut self, revision: i64) {
        if revision > self.seen.revision {
            self.seen.revision = revision;
            self.tell(InboxChangeKind::Read, None);
        }
    }

    // What follows is read in tasks of their own: a follower that is not polled for a while, because
    // its client takes nothing, must not sit on a connection of the pool.

    async fn missed(&self) -> Result<Vec<notification::Model>> {
        let (desk, actor, after) = (self.desk.clone(), self.actor, self.seen.id);
        apart(async move { desk.notifications_behind(actor, after, BATCH as u64).await }).await
    }

    async fn position(&self) -> Result<InboxPosition> {
        let (desk, actor) = (self.desk.clone(), self.actor);
        apart(async move { desk.inbox_position(actor).await }).await
    }

    /// Whether a notification is there for the follower: customers are told nothing that is for
    /// staff, and whose ticket it is may have changed.
    async fn is_there(&self, id: i64) -> Result<bool> {
        if self.actor.is_staff() {
            return Ok(true);
        }
        let (desk, actor) = (self.desk.clone(), self.actor);
        apart(async move { Ok(!desk.notifications_by_id(actor, &[id]).await?.is_empty()) }).await
    }
}
