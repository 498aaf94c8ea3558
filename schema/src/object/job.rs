//! What the scheduled jobs did.

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::job_run;

use super::sla::seconds;
use crate::enums::{JobName, JobOutcome, TimerKind};

/// A run of a scheduled job.
#[derive(Clone, Debug)]
pub(crate) struct JobRun(pub(crate) job_run::Model);

/// How many timers of a kind fired at a level.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct FiredTimers {
    /// What fell due.
    kind: TimerKind,
    /// The level, such as `80%`; `100%` is the due time.
    level: String,
    /// How many.
    count: i64,
}

impl JobRun {
    fn number(&self, name: &str) -> i64 {
        self.0.report[name].as_i64().unwrap_or(0)
    }
}

/// A run of a scheduled job. Runs of the last two weeks are kept; a server that runs jobs itself
/// leaves out those that found nothing to do, but for one a minute.
#[Object]
impl JobRun {
    /// Which job.
    async fn job(&self) -> JobName {
        self.0.job.into()
    }

    /// How it ended.
    async fn outcome(&self) -> JobOutcome {
        self.0.outcome.into()
    }

    /// When it began, by the database's clock.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// How long it took, in milliseconds.
    async fn duration_milliseconds(&self) -> i64 {
        self.0.duration_ms
    }

    /// What fired, by kind and level.
    async fn fired(&self) -> Vec<FiredTimers> {
        let fired = self.0.report["fired"].as_array();
        let count = |row: &serde_json::Value| {
            let kind: entity::TimerKind = serde_json::from_value(row["kind"].clone()).ok()?;
            Some(FiredTimers {
                kind: kind.into(),
                level: row["level"].as_str()?.to_owned(),
                count: row["count"].as_i64()?,
            })
        };
        fired.into_iter().flatten().filter_map(count).collect()
    }

    /// How many tickets could not be worked on, or uploads not deleted; the log says why.
    async fn failed(&self) -> i64 {
        self.number("failed")
    }

    /// How many due timers were left when it ended.
    async fn left(&self) -> i64 {
        self.number("left")
    }

    /// How long the oldest due timer had been waiting when it began.
    async fn lag_seconds(&self) -> i32 {
        seconds(self.number("lagSeconds"))
    }
}
