//! The job that deletes uploads that nobody completed or attached. Any number of sweeps may run at
//! once, and any of them may be killed at any time: a file is deleted first and forgotten then.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use entity::{AttachmentId, AttachmentState, JobKind, JobOutcome, Timestamp, attachment};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use serde::Serialize;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Storage, UploadRules, model::key};
use crate::{
    Clock, Desk, Error, Result,
    db::{Db, database_now},
    job_run::JobRun,
    query::count,
};

/// How long after its time an upload may still be completed: it may have begun at the last moment.
const GRACE: TimeDelta = TimeDelta::hours(1);

/// How many uploads one transaction takes at most.
const BATCH: u64 = 100;

/// What runs the sweeps of one process.
#[derive(Clone, Debug)]
pub struct UploadSweeper {
    db: Db,
    clock: Clock,
    storage: Arc<dyn Storage>,
    rules: UploadRules,
}

/// What a sweep did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// How it ended.
    pub outcome: JobOutcome,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// How many uploads ran out of time.
    pub expired: u64,
    /// How many uploads were deleted, with their bytes.
    pub deleted: u64,
    /// How many files were cleared out of quarantine that nobody can complete any more.
    pub cleared: u64,
    /// How many uploads could not be deleted; the log says why.
    pub failed: u64,
    /// How many uploads are left to delete.
    pub left: u64,
    /// Whether `left` is known: a run that broke off has not looked.
    #[serde(skip)]
    pub known: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, for people; left out if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl SweepReport {
    /// Whether there was something to do.
    pub fn did_something(&self) -> bool {
        self.expired + self.deleted + self.cleared > 0 || self.outcome != JobOutcome::Done
    }
}

impl UploadSweeper {
    /// Sweeps on a migrated database. The time is the database's; `clock` gives ids, and the time
    /// where a test drives it.
    pub fn new(db: Db, clock: Clock, storage: Arc<dyn Storage>, rules: UploadRules) -> Self {
        Self {
            db,
            clock,
            storage,
            rules,
        }
    }

    /// Deletes what nobody completed or attached in time, until nothing is left or `limit` is over.
    ///
    /// What goes wrong is in the report, with what was done before: that stays done.
    pub async fn run(&self, limit: Option<Duration>) -> SweepReport {
        let begun = Instant::now();
        let mut report = SweepReport {
            outcome: JobOutcome::Done,
            started_at: self.clock.now(),
            expired: 0,
            deleted: 0,
            cleared: 0,
            failed: 0,
            left: 0,
            known: false,
            duration_ms: 0,
            error: None,
        };
        let time_left = || limit.map(|limit| limit.saturating_sub(begun.elapsed()));
        let swept = self.sweep(&mut report, &time_left).await;
        let whole = *swept.as_ref().unwrap_or(&false);
        if let Err(error) = swept {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a sweep of uploads broke off"
            );
            report.outcome = JobOutcome::Failed;
            report.error = Some(match &error {
                Error::Internal(cause) => cause.to_string(),
                Error::Unauthenticated
                | Error::Forbidden(_)
                | Error::BadInput(_)
                | Error::User(_)
                | Error::Unavailable(_) => error.to_string(),
            });
        } else if report.failed > 0 {
            report.outcome = JobOutcome::Failed;
            report.error = Some("Some files could not be deleted; the log says why.".to_owned());
        } else if report.left > 0 || !whole {
            report.outcome = JobOutcome::OutOfTime;
        }
        let took = begun.elapsed().as_millis();
        report.duration_ms = u64::try_from(took).unwrap_or(u64::MAX);
        report
    }

    /// Says whether it came to its end.
    async fn sweep(
        &self,
        report: &mut SweepReport,
        time_left: &impl Fn() -> Option<Duration>,
    ) -> Result<bool> {
        let in_time = || time_left().is_none_or(|left| !left.is_zero());
        let now = database_now(self.db.read(), &self.clock).await?;
        report.started_at = now;
        while in_time() {
            let expired = self.expire(now).await?;
            report.expired += expired;
            if expired == 0 {
                break;
            }
        }
        self.delete(now, report, time_left).await?;
        // Whatever lies there after this belongs to nobody any more, or is kept elsewhere.
        let before = now - self.rules.upload_lives - GRACE * 2;
        let clearing = self.storage.clear_quarantine(before);
        let cleared = timeout(time_left().unwrap_or(Duration::MAX), clearing).await;
        let whole = cleared.is_ok();
        if let Ok(cleared) = cleared {
            report.cleared = cleared.map_err(Error::internal)?;
        }
        let left = Condition::any().add(over(now)).add(self.late(now));
        let left = attachment::Entity::find().filter(left);
        report.left = u64::try_from(count(left.count(self.db.read()).await?)?).unwrap_or(0);
        report.known = true;
        Ok(whole)
    }

    /// Ends the time of some uploads: from here on nobody completes or attaches them.
    async fn expire(&self, now: Timestamp) -> Result<u64> {
        let late = self.late(now);
        let some = attachment::Entity::find()
            .select_only()
            .column(attachment::Column::Id)
            .filter(late.clone())
            .order_by_asc(attachment::Column::Id)
            .limit(BATCH)
            .into_query();
        let expired = attachment::Entity::update_many()
            .col_expr(
                attachment::Column::State,
                Expr::val(AttachmentState::Expired.as_str()),
            )
            .filter(attachment::Column::Id.in_subquery(some))
            // Again: somebody may have attached it in the meantime.
            .filter(late)
            .exec(self.db.admin())
            .await?;
        Ok(expired.rows_affected)
    }

    /// What nobody completed or attached in time, and whose time was not ended yet.
    fn late(&self, now: Timestamp) -> Condition {
        let pending = Condition::all()
            .add(attachment::Column::State.eq(AttachmentState::Pending))
            .add(attachment::Column::UploadUntil.lt(now - GRACE));
        let unattached = Condition::all()
            .add(attachment::Column::State.eq(AttachmentState::Ready))
            .add(attachment::Column::CheckedAt.lt(now - self.rules.unattached_lives));
        Condition::all()
            .add(attachment::Column::TicketId.is_null())
            .add(Condition::any().add(pending).add(unattached))
    }

    /// Deletes what is over. One that cannot be deleted holds up no other; the next run tries it again.
    async fn delete(
        &self,
        now: Timestamp,
        report: &mut SweepReport,
        time_left: &impl Fn() -> Option<Duration>,
    ) -> Result<()> {
        let mut behind = AttachmentId::from(Uuid::nil());
        loop {
            let rows = attachment::Entity::find()
                .filter(over(now))
                .filter(attachment::Column::Id.gt(behind))
                .order_by_asc(attachment::Column::Id)
                .limit(BATCH)
                .all(self.db.read())
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            behind = last.id;
            for row in rows {
                // The bytes first: a row without bytes is found again, bytes without a row are not.
                let key = key(&row)?;
                let left = time_left().unwrap_or(Duration::MAX);
                let Ok(gone) = timeout(left, self.storage.delete(&key)).await else {
                    return Ok(());
                };
                if let Err(error) = gone {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        upload = %row.id,
                        "a file could not be deleted"
                    );
                    report.failed += 1;
                    continue;
                }
                let forgotten = attachment::Entity::delete_many()
                    .filter(attachment::Column::Id.eq(row.id))
                    .exec(self.db.admin())
                    .await?;
                report.deleted += forgotten.rows_affected;
            }
        }
    }

    /// Keeps a report for those who ask how the jobs are doing, and forgets old ones.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(&self, report: &SweepReport) -> Result<()> {
        let run = JobRun {
            job: JobKind::UploadSweep,
            outcome: report.outcome,
            started_at: report.started_at,
            duration_ms: report.duration_ms,
            report,
        };
        run.record(&self.db, &self.clock).await
    }
}

/// What is over: nobody can use it any more. Who uploaded a refused file is told why for as long as
/// one that was not completed would have stayed.
fn over(now: Timestamp) -> Condition {
    let expired = attachment::Column::State.eq(AttachmentState::Expired);
    let refused = Condition::all()
        .add(attachment::Column::State.eq(AttachmentState::Refused))
        .add(attachment::Column::UploadUntil.lt(now - GRACE));
    Condition::all()
        .add(attachment::Column::TicketId.is_null())
        .add(Condition::any().add(expired).add(refused))
}

/// Makes sure that the table of attachments is there, as this version knows it.
///
/// # Errors
/// `Unavailable` when the database does not answer, `Internal` when it lacks something.
pub async fn check(db: &Db) -> Result<()> {
    attachment::Entity::find().limit(1).all(db.read()).await?;
    Ok(())
}

impl Desk {
    /// What sweeps the uploads, if attachments are kept at all.
    pub fn upload_sweeper(&self) -> Option<UploadSweeper> {
        let storage = self.storage.clone()?;
        let (db, clock) = (self.db.clone(), self.clock.clone());
        Some(UploadSweeper::new(
            db,
            clock,
            storage,
            self.settings.uploads.clone(),
        ))
    }
}
