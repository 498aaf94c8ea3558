//! What a run of the statistics job did.

use entity::{JobOutcome, Timestamp};
use serde::Serialize;

/// What a run of the statistics job did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatsReport {
    /// How it ended.
    pub outcome: JobOutcome,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// Events that it went through.
    pub events: u64,
    /// Tickets that count for something else than before.
    pub tickets: u64,
    /// Sums that changed.
    pub buckets: u64,
    /// Days that were summed up anew: in another time zone, or since somebody asked for it.
    pub days: u64,
    /// Days of active users that are counted for good.
    pub closed_days: u64,
    /// Weekly reports that were made.
    pub reports: u64,
    /// Whether another run was at work, which then does what is left.
    pub busy: bool,
    /// Whether days of the past are still to be summed up, or something is to be worked out anew.
    #[serde(skip)]
    pub unfinished: bool,
    /// Events that are left.
    pub left: u64,
    /// For how many seconds the oldest event had been waiting when this began.
    pub lag_seconds: i64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, for people; empty if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl StatsReport {
    /// One of a run that begins now.
    pub(super) fn begin(started_at: Timestamp) -> Self {
        Self {
            outcome: JobOutcome::Done,
            started_at,
            events: 0,
            tickets: 0,
            buckets: 0,
            days: 0,
            closed_days: 0,
            reports: 0,
            busy: false,
            unfinished: false,
            left: 0,
            lag_seconds: 0,
            duration_ms: 0,
            error: None,
        }
    }

    /// Whether anything came of it that is worth being kept on record.
    pub fn did_something(&self) -> bool {
        self.events + self.buckets + self.days + self.closed_days + self.reports > 0
            || self.outcome != JobOutcome::Done
    }
}
