//! The job: follows the event log, works out what counts of the tickets that changed, and brings the
//! difference into the sums. One of any number works at a time; facts, sums and how far it came are
//! one transaction, so nothing is counted twice or left out, whenever it is killed.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use entity::{JobKind, JobOutcome, TicketId, Timestamp, stats_bucket};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect, Statement};

use super::{
    keep,
    report::StatsReport,
    roll,
    source::{Counted, work_out},
    state::{FORMAT, State},
    sum::{Sums, changes},
    targets::StatsSettings,
    weekly::WeeklyReports,
    zone::Level,
};
use crate::{
    Clock, Desk, Result,
    active::close_days,
    clock::can_be_kept,
    db::{Db, database_now},
    job_run::JobRun,
    live::log,
};

/// How many events one transaction takes, when the job keeps up. While it writes, those who follow the
/// log wait for what is written meanwhile.
const BATCH: u64 = 1_000;

/// How many it takes where there is much to do: each sum that changes is written once in a transaction,
/// however many events change it.
const MANY: u64 = 10_000;

/// The same where nobody else can write meanwhile.
const MANY_ON_SQLITE: u64 = 4_000;

/// A transaction takes more events than the one before only if that took less time.
const QUICK: Duration = Duration::from_millis(500);

/// How many events are counted to say how many are left.
const MOST_LEFT: u64 = 1_000_000;

/// What keeps statistics up to date.
#[derive(Clone, Debug)]
pub struct Aggregator {
    pub(super) db: Db,
    pub(super) clock: Clock,
    /// How many events a transaction takes at first, and at most.
    batch: (u64, u64),
    days: u64,
}

/// What one transaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    events: u64,
    pub(super) tickets: u64,
    pub(super) buckets: u64,
}

/// What came of trying.
enum Tried {
    /// It was done.
    Done(Step),
    /// There was nothing to do.
    Nothing,
    /// Somebody else is at it.
    Busy,
}

impl Aggregator {
    /// Works on a migrated database. The time is the database's, or that of a `clock` that a test
    /// drives.
    pub fn new(db: Db, clock: Clock) -> Self {
        let many = if db.is_postgres() {
            MANY
        } else {
            MANY_ON_SQLITE
        };
        Self {
            db,
            clock,
            batch: (BATCH, many),
            days: u64::MAX,
        }
    }

    /// The same with another number of events in one transaction, however many there are.
    #[must_use]
    pub fn with_batch(self, batch: u64) -> Self {
        Self {
            batch: (batch, batch),
            ..self
        }
    }

    /// The same, which sums up no more than so many days of the past in one run where the time zone was
    /// changed.
    #[must_use]
    pub fn with_days(self, days: u64) -> Self {
        Self { days, ..self }
    }

    /// Brings the sums up to date, until they are or `limit` is over.
    ///
    /// What goes wrong is in the report, with what was done before: that stays done.
    pub async fn run(&self, limit: Option<Duration>) -> StatsReport {
        let begun = Instant::now();
        let mut report = StatsReport::begin(self.clock.now());
        let in_time = || limit.is_none_or(|limit| begun.elapsed() < limit);
        let result = self.catch_up(&mut report, &in_time).await;
        self.finish(&mut report, result, begun);
        report
    }

    /// Writes down how a run ended that began at `begun`.
    pub(super) fn finish(&self, report: &mut StatsReport, result: Result<()>, begun: Instant) {
        if let Err(error) = result {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "working out statistics broke off"
            );
            report.outcome = JobOutcome::Failed;
            report.error = Some(error.to_string());
        } else if (report.left > 0 || report.unfinished) && !report.busy {
            report.outcome = JobOutcome::OutOfTime;
        }
        report.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    }

    async fn catch_up(&self, report: &mut StatsReport, in_time: &impl Fn() -> bool) -> Result<()> {
        let now = self.now().await?;
        report.started_at = now;
        report.lag_seconds = self.lag(now).await?;
        while in_time() && !report.busy {
            match self.prepare(now).await? {
                Tried::Nothing => break,
                Tried::Busy => report.busy = true,
                Tried::Done(_) => {}
            }
        }
        let (mut batch, most) = self.batch;
        while in_time() && !report.busy {
            let begun = Instant::now();
            match self.step(batch).await? {
                Tried::Nothing => break,
                Tried::Busy => report.busy = true,
                Tried::Done(step) => {
                    // Where it takes longer, a run of little time should lose little of its work.
                    if step.events == batch && begun.elapsed() < QUICK {
                        batch = most.min(batch * 2);
                    }
                    report.events += step.events;
                    report.tickets += step.tickets;
                    report.buckets += step.buckets;
                }
            }
        }
        while in_time() && !report.busy && report.days < self.days {
            match self.roll().await? {
                Tried::Nothing => break,
                Tried::Busy => report.busy = true,
                Tried::Done(_) => report.days += 1,
            }
        }
        report.closed_days = close_days(&self.db, &self.clock).await?;
        let state = State::load(self.db.read()).await?;
        let left = log::count_behind(self.db.read(), state.position, MOST_LEFT).await?;
        report.left = left;
        report.unfinished =
            state.rolled_from != 0 || Self::is_to_prepare(self.db.read(), &state).await?;
        if report.left == 0 && in_time() && !report.busy {
            let reports = WeeklyReports::new(self.db.clone(), self.clock.clone());
            // On the heap: it is large, and mostly there is nothing to do.
            report.reports = Box::pin(reports.make_due()).await?;
        }
        Ok(())
    }

    /// Takes up what an update or a supervisor changed: the rules by which facts are made, or the
    /// time zone. One slice of it; nothing is asked meanwhile that is not whole.
    async fn prepare(&self, now: Timestamp) -> Result<Tried> {
        let state = State::load(self.db.read()).await?;
        if !Self::is_to_prepare(self.db.read(), &state).await? {
            return Ok(Tried::Nothing);
        }
        let Some((tx, mut state)) = State::take(&self.db).await? else {
            return Ok(Tried::Busy);
        };
        // Somebody else may have done it since.
        if !Self::is_to_prepare(&tx, &state).await? {
            tx.rollback().await?;
            return Ok(Tried::Nothing);
        }
        let zone = StatsSettings::load(&tx).await?.zone;
        if state.format == FORMAT {
            roll::begin_anew(&tx, &mut state, zone, now).await?;
        } else if !self.forget_some(&tx).await? {
            // Nothing is left of the old ones: from the beginning.
            state = State {
                format: FORMAT,
                position: crate::Position::default(),
                zone,
                rolled_from: 0,
            };
        }
        state.save(&tx).await?;
        tx.commit().await?;
        Ok(Tried::Done(Step::default()))
    }

    /// Whether something changed that has to be taken up. What a newer version made is left alone.
    async fn is_to_prepare(db: &impl ConnectionTrait, state: &State) -> Result<bool> {
        let other_zone = state.zone.name() != StatsSettings::load(db).await?.zone.name();
        Ok(state.format < FORMAT || (state.format == FORMAT && other_zone))
    }

    /// Deletes some of what was worked out by other rules; says whether there was any.
    async fn forget_some(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let mut deleted = 0;
        for sql in [
            "DELETE FROM stats_fact WHERE ticket_id IN \
             (SELECT ticket_id FROM stats_ticket ORDER BY ticket_id LIMIT 1000)",
            "DELETE FROM stats_ticket WHERE ticket_id IN \
             (SELECT ticket_id FROM stats_ticket ORDER BY ticket_id LIMIT 1000)",
            "DELETE FROM stats_bucket WHERE (dimension, key, level, start) IN \
             (SELECT dimension, key, level, start FROM stats_bucket LIMIT 10000)",
        ] {
            let done = tx
                .execute_raw(Statement::from_string(self.db.backend(), sql))
                .await?;
            deleted += done.rows_affected();
        }
        Ok(deleted > 0)
    }

    /// One transaction's worth of events, at most `batch`.
    async fn step(&self, batch: u64) -> Result<Tried> {
        let state = State::load(self.db.read()).await?;
        if log::places(self.db.read(), state.position, 1)
            .await?
            .is_empty()
        {
            return Ok(Tried::Nothing);
        }
        let Some((tx, mut state)) = State::take(&self.db).await? else {
            return Ok(Tried::Busy);
        };
        let places = log::places(&tx, state.position, batch).await?;
        let Some((end, _)) = places.last().copied().filter(|_| state.format == FORMAT) else {
            tx.rollback().await?;
            return Ok(Tried::Nothing);
        };
        let tickets: BTreeSet<TicketId> = places.iter().map(|(_, ticket)| *ticket).collect();
        let tickets: Vec<_> = tickets.into_iter().collect();
        let (changed, buckets) = renew(&tx, &state, &tickets).await?;
        state.position = end;
        state.save(&tx).await?;
        tx.commit().await?;
        Ok(Tried::Done(Step {
            events: u64::try_from(places.len()).unwrap_or(u64::MAX),
            tickets: changed,
            buckets,
        }))
    }

    /// Sums up one more day of the past, where the time zone was changed.
    async fn roll(&self) -> Result<Tried> {
        if State::load(self.db.read()).await?.rolled_from == 0 {
            return Ok(Tried::Nothing);
        }
        let Some((tx, mut state)) = State::take(&self.db).await? else {
            return Ok(Tried::Busy);
        };
        if state.rolled_from == 0 {
            tx.rollback().await?;
            return Ok(Tried::Nothing);
        }
        roll::one_day(&tx, &mut state).await?;
        state.save(&tx).await?;
        tx.commit().await?;
        Ok(Tried::Done(Step::default()))
    }

    /// The time that an operator calls `text`: a time, or a day of the desk's time zone, which begins
    /// then. `None` if it is neither.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn time_called(&self, text: &str) -> Result<Option<Timestamp>> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Some(time).filter(|time| can_be_kept(*time)));
        }
        let zone = StatsSettings::load(self.db.read()).await?.zone;
        let day = text.parse::<jiff::civil::Date>().ok();
        // A date with anything behind it is none.
        let day = day.filter(|day| day.to_string() == text);
        Ok(day.map(|day| zone.time_of_start(day)))
    }

    /// The time, as the jobs see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn now(&self) -> Result<Timestamp> {
        database_now(self.db.read(), &self.clock).await
    }

    /// For how many seconds the oldest event has been waiting that is not in the sums; 0 if all are.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn lag(&self, now: Timestamp) -> Result<i64> {
        let db = self.db.read();
        let state = State::load(db).await?;
        let first = log::earliest_behind(db, state.position).await?;
        Ok(first.map_or(0, |at| (now - at).num_seconds().max(0)))
    }

    /// Makes sure that the tables of the job are there, as this version knows them.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer, `Internal` when it lacks something.
    pub async fn check(&self) -> Result<()> {
        let db = self.db.read();
        State::load(db).await?;
        StatsSettings::load(db).await?;
        stats_bucket::Entity::find().limit(1).all(db).await?;
        entity::stats_fact::Entity::find().limit(1).all(db).await?;
        entity::stats_ticket::Entity::find()
            .limit(1)
            .all(db)
            .await?;
        entity::weekly_report::Entity::find()
            .limit(1)
            .all(db)
            .await?;
        entity::job_run::Entity::find().limit(1).all(db).await?;
        Ok(())
    }

    /// Keeps a report for those who ask how the jobs are doing, and forgets old ones.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(&self, report: &StatsReport) -> Result<()> {
        let run = JobRun {
            job: JobKind::StatsAggregation,
            outcome: report.outcome,
            started_at: report.started_at,
            duration_ms: report.duration_ms,
            report,
        };
        run.record(&self.db, &self.clock).await
    }
}

/// Works out what counts of `tickets`, keeps it, and brings what changed into the sums. Says how many
/// tickets and how many buckets changed.
pub(super) async fn renew(
    tx: &DatabaseTransaction,
    state: &State,
    tickets: &[TicketId],
) -> Result<(u64, u64)> {
    let before = keep::load(tx, tickets).await?;
    let after = work_out(tx, tickets).await?;
    let changed: Vec<(TicketId, &Counted)> = after
        .iter()
        .filter(|(ticket, counted)| before.get(ticket) != Some(counted))
        .map(|(ticket, counted)| (*ticket, counted))
        .collect();
    if changed.is_empty() {
        return Ok((0, 0));
    }
    keep::save(tx, &changed).await?;
    let mut sums = Sums::new(state);
    for (ticket, counted) in &changed {
        for change in changes(before.get(ticket), counted) {
            sums.add(change, &Level::ALL);
        }
    }
    let buckets = sums.write(tx).await?;
    Ok((u64::try_from(changed.len()).unwrap_or(u64::MAX), buckets))
}

impl Desk {
    /// What keeps the statistics of this desk up to date.
    pub fn aggregator(&self) -> Aggregator {
        Aggregator::new(self.db.clone(), self.clock.clone())
    }
}
