//! What a run of the job did.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::telling::Planned;
use entity::{DeliveryState, JobOutcome, Timestamp};
use serde::Serialize;

/// What became of the attempts by one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempts {
    /// The other side took it.
    pub sent: u64,
    /// It failed and is tried again.
    pub retried: u64,
    /// It failed for good.
    pub dead: u64,
    /// It was not sent, since its recipient may not, or does not want to, have it any more.
    pub skipped: u64,
    /// It may have arrived more than once. These are counted above too.
    pub ambiguous: u64,
}

/// What a run did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How it ended.
    pub outcome: JobOutcome,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// Events for which it was worked out what is to be told.
    pub events: u64,
    /// Notifications in the app that were made.
    pub notifications: u64,
    /// Digests that were put together.
    pub digests: u64,
    /// Mails.
    pub mail: Attempts,
    /// Requests to endpoints.
    pub webhooks: Attempts,
    /// Events that were published to Kafka.
    pub published: u64,
    /// What failed for good: mails, requests, and events that Kafka does not take.
    pub failed: u64,
    /// Rows that were deleted, since they were old.
    pub deleted: u64,
    /// How many mails and requests were still due when it ended.
    pub left: u64,
    /// How long the oldest had been waiting when it began, of all that was to be told.
    pub lag_seconds: i64,
    /// Whether `left` and `lag_seconds` were found out.
    #[serde(skip)]
    pub known: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, for people; empty if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Counts as things happen. What ran meanwhile is read and set back by [`Counts::take`].
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) events: AtomicU64,
    pub(super) notifications: AtomicU64,
    pub(super) digests: AtomicU64,
    pub(super) published: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) deleted: AtomicU64,
    pub(super) mail: AttemptCounts,
    pub(super) webhooks: AttemptCounts,
}

#[derive(Debug, Default)]
pub(super) struct AttemptCounts {
    sent: AtomicU64,
    retried: AtomicU64,
    dead: AtomicU64,
    skipped: AtomicU64,
    ambiguous: AtomicU64,
}

impl AttemptCounts {
    /// Counts an attempt that left its delivery in `state`.
    pub(super) fn count(&self, state: DeliveryState, ambiguous: bool) {
        let counter = match state {
            DeliveryState::Sent => &self.sent,
            DeliveryState::Dead => &self.dead,
            DeliveryState::Skipped => &self.skipped,
            DeliveryState::Pending | DeliveryState::Held | DeliveryState::Bundled => &self.retried,
        };
        add(counter, 1);
        if ambiguous {
            add(&self.ambiguous, 1);
        }
    }

    fn take(&self) -> Attempts {
        Attempts {
            sent: take(&self.sent),
            retried: take(&self.retried),
            dead: take(&self.dead),
            skipped: take(&self.skipped),
            ambiguous: take(&self.ambiguous),
        }
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

fn take(counter: &AtomicU64) -> u64 {
    counter.swap(0, Ordering::Relaxed)
}

impl Counts {
    pub(super) fn plan(&self, planned: Planned) {
        add(&self.events, planned.events);
        add(&self.notifications, planned.notifications);
    }

    /// What was counted since this was called last, as a report that began at `started_at`.
    pub(super) fn take(&self, started_at: Timestamp) -> Report {
        let (mail, webhooks) = (self.mail.take(), self.webhooks.take());
        Report {
            outcome: JobOutcome::Done,
            started_at,
            events: take(&self.events),
            notifications: take(&self.notifications),
            digests: take(&self.digests),
            published: take(&self.published),
            failed: take(&self.refused) + mail.dead + webhooks.dead,
            deleted: take(&self.deleted),
            mail,
            webhooks,
            left: 0,
            lag_seconds: 0,
            duration_ms: 0,
            known: true,
            error: None,
        }
    }
}

impl Report {
    /// Whether there was anything to do.
    pub fn did_something(&self) -> bool {
        let Attempts {
            sent,
            retried,
            dead,
            skipped,
            ambiguous: _,
        } = self.mail;
        let mails = sent + retried + dead + skipped;
        let requests =
            self.webhooks.sent + self.webhooks.retried + self.webhooks.dead + self.webhooks.skipped;
        self.events + self.digests + self.published + self.failed + self.deleted + mails + requests
            > 0
    }
}
