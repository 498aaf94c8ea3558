//! What the scheduled jobs did, on record for those who ask.

use chrono::TimeDelta;
use entity::{JobKind, JobOutcome, Timestamp, job_run};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::{Clock, Error, Result, db::Db};

/// How long the history of runs goes back.
const KEPT: TimeDelta = TimeDelta::days(14);

/// A run of a job.
#[derive(Clone, Copy, Debug)]
pub struct JobRun<'a, R> {
    /// Which job.
    pub job: JobKind,
    /// How it ended.
    pub outcome: JobOutcome,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What it did.
    pub report: &'a R,
}

impl<R: Serialize> JobRun<'_, R> {
    /// Keeps it on record, and forgets old ones.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(self, db: &Db, clock: &Clock) -> Result<()> {
        let tx = db.begin().await?;
        let row = job_run::ActiveModel {
            id: Set(clock.new_id()),
            job: Set(self.job),
            outcome: Set(self.outcome),
            started_at: Set(self.started_at),
            duration_ms: Set(i64::try_from(self.duration_ms).unwrap_or(i64::MAX)),
            report: Set(serde_json::to_value(self.report).map_err(Error::internal)?),
        };
        job_run::Entity::insert(row)
            .exec_without_returning(&tx)
            .await?;
        job_run::Entity::delete_many()
            .filter(job_run::Column::StartedAt.lt(self.started_at - KEPT))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
