//! One follower per server process reads what people are told, for all of them who listen here. As
//! long as nobody listens it asks the database nothing.
//!
//! Notifications become visible in the order of their ids (one planner at a time writes them), so
//! reading on behind the last one misses nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use entity::{NotificationKind, UserId, inbox, notification};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value, sea_query::ArrayType,
};
use tokio::{
    sync::{Notify, broadcast, watch},
    time::Instant,
};

use super::hub::{POLL, STUCK};
use crate::{
    Error, Result,
    db::{Db, among},
};

/// Notifications read at once.
const BATCH: u64 = 500;
/// News kept for each person whose connections are behind; who is further behind reads the table.
const BUFFER: usize = 32;
/// How long somebody who begins to listen waits for the follower to stand.
const PATIENCE: Duration = Duration::from_secs(10);
/// People asked about in one statement: SQLite takes 32,766 values.
const PEOPLE: usize = 10_000;

/// Something new for one person.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// They are told something.
    Told(Arc<notification::Model>),
    /// They marked something as read; so often by now.
    Read(i64),
}

/// Those who listen in this process. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Inboxes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    people: Mutex<HashMap<UserId, Person>>,
    /// Whether the follower follows: what becomes visible from then on is handed out.
    stands: watch::Sender<bool>,
    wake: Notify,
}

/// Somebody who listens, on one connection or several.
#[derive(Debug)]
struct Person {
    news: broadcast::Sender<News>,
    /// What was last handed out as [`News::Read`].
    revision: Option<i64>,
}

/// An ear at somebody's inbox, for as long as it lives.
#[derive(Debug)]
pub(super) struct Listener {
    inboxes: Inboxes,
    person: UserId,
    /// `None` only while it is dropped.
    news: Option<broadcast::Receiver<News>>,
}

impl Inboxes {
    /// Starts the follower. It rests until somebody listens.
    pub(super) fn start(db: Db, gone: watch::Receiver<()>) -> Self {
        let inboxes = Self::new();
        let follower = Follower::new(db, inboxes.clone());
        tokio::spawn(follower.run(gone));
        inboxes
    }

    fn new() -> Self {
        Self(Arc::new(Shared {
            people: Mutex::default(),
            stands: watch::Sender::new(false),
            wake: Notify::new(),
        }))
    }

    /// Says that there may be something new.
    pub(super) fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Listens for `person`. What becomes visible from here on is heard; what was visible before may
    /// be heard too.
    ///
    /// # Errors
    /// `Unavailable` when the follower cannot read the database.
    pub(super) async fn listen(&self, person: UserId) -> Result<Listener> {
        let listener = self.join(person);
        self.wake();
        let mut stands = self.0.stands.subscribe();
        let standing = stands.wait_for(|stands| *stands);
        match tokio::time::timeout(PATIENCE, standing).await {
            Ok(Ok(_)) => Ok(listener),
            Ok(Err(_)) | Err(_) => {
                let cause = "the notifications cannot be followed";
                Err(Error::Unavailable(cause.into()))
            }
        }
    }

    fn join(&self, person: UserId) -> Listener {
        let mut people = self.people();
        let entry = people.entry(person).or_insert_with(|| Person {
            news: broadcast::Sender::new(BUFFER),
            revision: None,
        });
        Listener {
            inboxes: self.clone(),
            person,
            news: Some(entry.news.subscribe()),
        }
    }

    fn people(&self) -> MutexGuard<'_, HashMap<UserId, Person>> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lies down if nobody listens. Whoever comes next waits until the follower stands again.
    fn rests(&self) -> bool {
        let people = self.people();
        if people.is_empty() {
            self.0.stands.send_replace(false);
        }
        people.is_empty()
    }

    fn hand_out(&self, row: notification::Model) {
        if let Some(person) = self.people().get(&row.user_id) {
            // No receiver is fine: they are leaving.
            drop(person.news.send(News::Told(Arc::new(row))));
        }
    }

    fn hand_out_revision(&self, person: UserId, revision: i64) {
        if let Some(person) = self.people().get_mut(&person)
            && person.revision.replace(revision) != Some(revision)
        {
            // The first one too: it may be newer than what a listener has read in the meantime.
            drop(person.news.send(News::Read(revision)));
        }
    }
}

impl Listener {
    /// What comes next.
    pub(super) async fn next(&mut self) -> Result<News, broadcast::error::RecvError> {
        match &mut self.news {
            Some(news) => news.recv().await,
            None => Err(broadcast::error::RecvError::Closed),
        }
    }

    /// Drops what came and was not taken yet.
    pub(super) fn skip(&mut self) {
        self.news = self.news.as_ref().map(broadcast::Receiver::resubscribe);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut people = self.inboxes.people();
        // Under the lock: of two that end at the same time, one has to see that it is the last.
        self.news = None;
        if people
            .get(&self.person)
            .is_some_and(|person| person.news.receiver_count() == 0)
        {
            people.remove(&self.person);
        }
    }
}

struct Follower {
    db: Db,
    inboxes: Inboxes,
    /// The last notification that was handed out; `None` while it rests.
    last: Option<i64>,
    /// When the revisions were read last.
    revisions_read: Option<Instant>,
}

impl Follower {
    fn new(db: Db, inboxes: Inboxes) -> Self {
        Self {
            db,
            inboxes,
            last: None,
            revisions_read: None,
        }
    }

    async fn run(mut self, mut gone: watch::Receiver<()>) {
        let inboxes = self.inboxes.clone();
        loop {
            let looking = tokio::time::timeout(STUCK, self.look());
            let looked = looking.await.unwrap_or_else(|_| {
                let cause = "the notifications did not answer";
                Err(Error::Unavailable(cause.into()))
            });
            if let Err(error) = &looked {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "cannot read the notifications"
                );
            }
            let resting = looked.is_ok() && self.last.is_none();
            let pause = if looked.is_ok() { self.pause() } else { POLL };
            let pause = tokio::time::sleep(pause);
            tokio::select! {
                _ = gone.changed() => return,
                () = inboxes.0.wake.notified() => {}
                () = pause, if !resting => {}
            }
        }
    }

    /// How long to wait for a wake-up: until the revisions may be read again.
    fn pause(&self) -> Duration {
        let since = self
            .revisions_read
            .map_or(Duration::ZERO, |at| at.elapsed());
        POLL.saturating_sub(since)
    }

    /// Hands out what is new.
    async fn look(&mut self) -> Result<()> {
        if self.inboxes.rests() {
            self.last = None;
            self.revisions_read = None;
            return Ok(());
        }
        let mut last = match self.last {
            Some(last) => last,
            None => newest(&self.db).await?,
        };
        self.last = Some(last);
        self.inboxes.0.stands.send_replace(true);
        loop {
            let rows = read(&self.db, last).await?;
            let read = rows.len() as u64;
            for row in rows {
                last = row.id;
                self.last = Some(last);
                self.inboxes.hand_out(row);
            }
            if read < BATCH {
                break;
            }
        }
        if self.revisions_read.is_none_or(|at| at.elapsed() >= POLL) {
            self.revisions_read = Some(Instant::now());
            self.read_revisions().await?;
        }
        Ok(())
    }

    async fn read_revisions(&self) -> Result<()> {
        let people: Vec<UserId> = self.inboxes.people().keys().copied().collect();
        for people in people.chunks(PEOPLE) {
            let ids = people.iter().map(|id| Value::from(id.0));
            let wanted = among(
                self.db.backend(),
                inbox::Column::UserId,
                ArrayType::Uuid,
                ids,
            );
            let rows = inbox::Entity::find()
                .filter(wanted)
                .select_only()
                .columns([inbox::Column::UserId, inbox::Column::Revision])
                .into_tuple::<(UserId, i64)>();
            for (person, revision) in rows.all(self.db.read()).await? {
                self.inboxes.hand_out_revision(person, revision);
            }
        }
        Ok(())
    }
}

/// Where the notifications of everybody end now.
async fn newest(db: &Db) -> Result<i64> {
    let newest = notification::Entity::find()
        .select_only()
        .column(notification::Column::Id)
        .order_by_desc(notification::Column::Id)
        .limit(1)
        .into_tuple::<i64>();
    Ok(newest.one(db.read()).await?.unwrap_or_default())
}

/// What comes behind `after`, without kinds that this version of the server does not know.
async fn read(db: &Db, after: i64) -> Result<Vec<notification::Model>> {
    let known = NotificationKind::ALL.iter().copied();
    let rows = notification::Entity::find()
        .filter(notification::Column::Id.gt(after))
        .filter(notification::Column::Kind.is_in(known))
        .order_by_asc(notification::Column::Id)
        .limit(BATCH);
    Ok(rows.all(db.read()).await?)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use sea_orm::ConnectionTrait;
    use uuid::Uuid;

    use super::*;

    const TABLES: &str = "CREATE TABLE notification (id integer PRIMARY KEY, user_id blob, event_seq bigint,
            ticket_id blob, kind text, actor_id blob, message_id blob, created_at text, read_at text);
        CREATE TABLE inbox (user_id blob PRIMARY KEY, revision bigint, digest_minutes integer);";

    async fn follower() -> Follower {
        let db = Db::connect("sqlite::memory:", 1).await.unwrap();
        // Another connection would have a database of its own.
        db.read().execute_unprepared(TABLES).await.unwrap();
        Follower::new(db, Inboxes::new())
    }

    async fn statements(follower: &mut Follower) -> u64 {
        let before = follower.db.statements();
        follower.look().await.unwrap();
        follower.db.statements() - before
    }

    fn person(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    #[tokio::test]
    async fn nobody_listens_and_nothing_is_asked() {
        let mut follower = follower().await;
        assert_eq!(statements(&mut follower).await, 0);
        let (one, two) = (
            follower.inboxes.join(person(1)),
            follower.inboxes.join(person(1)),
        );
        // Where it begins, what is new, the revisions.
        assert_eq!(statements(&mut follower).await, 3);
        assert_eq!(statements(&mut follower).await, 1);
        drop(one);
        assert_eq!(statements(&mut follower).await, 1);
        drop(two);
        assert_eq!(statements(&mut follower).await, 0);
        assert!(!*follower.inboxes.0.stands.borrow());
    }

    /// Whoever reads the table before the follower stands would miss what comes in between.
    #[tokio::test]
    async fn who_begins_to_listen_waits_until_the_follower_stands() {
        let mut follower = follower().await;
        let inboxes = follower.inboxes.clone();
        for _ in 0..2 {
            let mut listening = Box::pin(inboxes.listen(person(1)));
            assert!(listening.as_mut().now_or_never().is_none());
            follower.look().await.unwrap();
            let listener = listening.await.unwrap();
            // The next one finds it standing.
            assert!(inboxes.listen(person(2)).now_or_never().is_some());
            drop(listener);
            // Nobody is left: it lies down, and whoever comes next waits again.
            follower.look().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_thousand_cost_what_one_does() {
        let mut follower = follower().await;
        let join = |number| follower.inboxes.join(person(number));
        let mut all: Vec<_> = (0..1_000).map(join).collect();
        assert_eq!(statements(&mut follower).await, 3);
        let row = "INSERT INTO notification VALUES (7, $1, 1, $1, 'NOTE_ADDED', NULL, NULL, \
                   '2026-01-01T00:00:00+00:00', NULL)";
        let row = sea_orm::Statement::from_sql_and_values(
            follower.db.backend(),
            row,
            [Value::from(Uuid::from_u128(3))],
        );
        follower.db.read().execute_raw(row).await.unwrap();
        assert_eq!(statements(&mut follower).await, 1);
        assert!(matches!(all[3].next().await, Ok(News::Told(row)) if row.id == 7));
        let others = all.iter_mut().enumerate().filter(|(index, _)| *index != 3);
        for (_, other) in others {
            assert!(other.news.as_ref().unwrap().is_empty());
        }
    }
}
