//! What a sweep did.

use entity::{TimerKind, Timestamp};
use serde::Serialize;

/// How many timers of a kind fired at a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiredCount {
    /// The kind of timer.
    pub kind: TimerKind,
    /// The level, such as `80%`.
    pub level: String,
    /// How many.
    pub count: u64,
}

/// What a sweep did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How it ended.
    pub outcome: entity::JobOutcome,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// What fired.
    pub fired: Vec<FiredCount>,
    /// How many tickets were flagged or unflagged since their assignee went away or came back.
    pub away: u64,
    /// How many tickets could not be worked on; the log says why.
    pub failed: u64,
    /// How many due timers are left.
    pub left: u64,
    /// How many seconds ago the oldest timer was due that was still running when this began.
    pub lag_seconds: i64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, for people; empty if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// How many timers fired.
    pub fn total(&self) -> u64 {
        self.fired.iter().map(|fired| fired.count).sum()
    }
}
