//! The desk: what every use case needs, in one cheap handle.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{CalendarId, Timestamp, category, subject, ticket};
use tokio::sync::OnceCell;

use crate::{
    Clock, Result,
    attachment::{Checks, Storage, UploadRules},
    db::Db,
    kept::Kept,
    live::Hub,
    mask::Masking,
    sla::{Rules, calendar::Calendar},
    telling::Seals,
};

/// How many calendars are kept ready to count with, past versions among them.
const CALENDARS: u64 = 256;

/// Rules that an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long after closing a customer may still reopen a ticket. A later reply opens a
    /// follow-up ticket (requirement T3).
    pub reopen_window: TimeDelta,
    /// The most events that a subscription replays; whoever missed more gets a RESYNC.
    pub replay_limit: usize,
    /// Webhooks may go to private addresses, and without TLS. For tests and closed networks.
    pub webhooks_allow_private: bool,
    /// What may be attached.
    pub uploads: UploadRules,
    /// What masks text that people write.
    pub masking: Masking,
}

impl Settings {
    /// Whether a closed ticket is young enough for its customer to take it back (requirement T3).
    pub(crate) fn may_still_reopen(&self, ticket: &ticket::Model, now: Timestamp) -> bool {
        ticket
            .closed_at
            .is_none_or(|closed| now - closed <= self.reopen_window)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reopen_window: TimeDelta::days(14),
            replay_limit: 10_000,
            webhooks_allow_private: false,
            uploads: UploadRules::default(),
            masking: Masking::default(),
        }
    }
}

/// Everything that use cases stand on. Clones share it.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) hub: Hub,
    pub(crate) settings: Settings,
    pub(crate) categories: Kept<category::Entity>,
    pub(crate) subjects: Kept<subject::Entity>,
    pub(crate) rules: Rules,
    pub(crate) calendars: moka::future::Cache<(CalendarId, i32), Arc<Calendar>>,
    pub(crate) storage: Option<Arc<dyn Storage>>,
    pub(crate) checks: Checks,
    seals: Arc<OnceCell<Seals>>,
}

impl Desk {
    /// A desk on a migrated database. Following the event log begins here, with what is new.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn open(db: Db, clock: Clock, settings: Settings) -> Result<Self> {
        let hub = Hub::start(db.clone()).await?;
        Ok(Self {
            db,
            clock,
            hub,
            settings,
            categories: Kept::default(),
            subjects: Kept::default(),
            rules: Rules::default(),
            calendars: moka::future::Cache::new(CALENDARS),
            storage: None,
            checks: Checks::default(),
            seals: Arc::default(),
        })
    }

    /// The same desk, which keeps attachments in `storage`. Without one it takes none.
    #[must_use]
    pub fn with_storage(mut self, storage: Option<Arc<dyn Storage>>) -> Self {
        self.storage = storage;
        self
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The rules that the operator set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What makes, and checks, the links in mails.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub(crate) async fn seals(&self) -> Result<&Seals> {
        let open = || Seals::open(&self.db, &self.clock);
        self.seals.get_or_try_init(open).await
    }

    /// The live event log.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }
}
