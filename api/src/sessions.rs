//! Who has streams open: WebSockets and server-sent events. How many one person may have, and when
//! they end because the token did or the role changed.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::Desk;
use entity::{Role, UserId};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use crate::sign_in::Session;

/// How often tokens are looked at.
const SWEEP: Duration = Duration::from_secs(1);
/// Every so many sweeps the roles of all who have streams open are read, in one statement.
const ROLES_EVERY: u32 = 5;

/// Why a stream has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The token has expired.
    Expired,
    /// The person's role is another now.
    Revoked,
}

impl End {
    /// In words for the client.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Expired => "The token has expired. Connect again with a new one.",
            Self::Revoked => "Your role has changed. Connect again with a new token.",
        }
    }
}

/// The open streams of this process.
#[derive(Clone)]
pub(crate) struct Sessions {
    inner: Arc<Inner>,
}

struct Inner {
    per_person: u32,
    next: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    streams: HashMap<u64, Stream>,
    people: HashMap<UserId, u32>,
}

struct Stream {
    session: Session,
    end: watch::Sender<Option<End>>,
}

/// A stream that is open. Dropping it gives its place back.
pub(crate) struct Place {
    id: u64,
    session: Session,
    end: watch::Receiver<Option<End>>,
    inner: Arc<Inner>,
}

impl Inner {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// With at most `per_person` streams for each person.
    pub(crate) fn new(per_person: u32) -> Self {
        Self {
            inner: Arc::new(Inner {
                per_person,
                next: AtomicU64::new(0),
                open: Mutex::default(),
            }),
        }
    }

    /// How many streams one person may have.
    pub(crate) fn per_person(&self) -> u32 {
        self.inner.per_person
    }

    /// A place for one more stream; `None` if the person has too many.
    pub(crate) fn enter(&self, session: Session) -> Option<Place> {
        let mut open = self.inner.open();
        let count = open.people.entry(session.actor.id).or_default();
        if *count >= self.inner.per_person {
            return None;
        }
        *count += 1;
        let (sender, end) = watch::channel(None);
        let id = self.inner.next.fetch_add(1, Ordering::Relaxed);
        open.streams.insert(
            id,
            Stream {
                session,
                end: sender,
            },
        );
        Some(Place {
            id,
            session,
            end,
            inner: Arc::clone(&self.inner),
        })
    }

    /// Ends streams whose time has come, for as long as it is polled. A revoked role ends its
    /// streams within `SWEEP` times `ROLES_EVERY`.
    pub(crate) async fn watch(self, desk: Desk) {
        let expired = async {
            let mut ticks = every(SWEEP);
            loop {
                ticks.tick().await;
                self.end_expired(&desk);
            }
        };
        // On its own: a database that does not answer must not keep expired tokens going.
        let revoked = async {
            let mut ticks = every(SWEEP * ROLES_EVERY);
            loop {
                ticks.tick().await;
                self.end_revoked(&desk).await;
            }
        };
        tokio::join!(expired, revoked);
    }

    fn end_expired(&self, desk: &Desk) {
        let now = desk.clock().now();
        for stream in self.inner.open().streams.values() {
            if stream.session.expires_at <= now {
                stream.end.send_replace(Some(End::Expired));
            }
        }
    }

    async fn end_revoked(&self, desk: &Desk) {
        let people: HashSet<UserId> = self.inner.open().people.keys().copied().collect();
        if people.is_empty() {
            return;
        }
        let ids: Vec<UserId> = people.iter().copied().collect();
        let roles: HashMap<UserId, Role> = match desk.roles(&ids).await {
            Ok(roles) => roles.into_iter().collect(),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot look up the roles of those who are connected; trying again in a moment"
                );
                return;
            }
        };
        for stream in self.inner.open().streams.values() {
            let actor = stream.session.actor;
            let asked = people.contains(&actor.id);
            if asked && roles.get(&actor.id) != Some(&actor.role) {
                stream.end.send_replace(Some(End::Revoked));
            }
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl Place {
    /// Whose it is.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Whether the stream has to end now. Looked at before each event that is sent.
    pub(crate) fn is_over(&self) -> Option<End> {
        *self.end.borrow()
    }

    /// Waits until the stream has to end.
    pub(crate) async fn over(&mut self) -> End {
        loop {
            if let Some(end) = self.is_over() {
                return end;
            }
            // The sender is in the registry for as long as this place is.
            if self.end.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.inner.open();
        open.streams.remove(&self.id);
        let person = self.session.actor.id;
        if let Some(count) = open.people.get_mut(&person) {
            *count -= 1;
            if *count == 0 {
                open.people.remove(&person);
            }
        }
    }
}
