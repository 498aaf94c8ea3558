//! The job: fires every timer that is due, and flags the tickets of who is away (`sla.md`, "The
//! job"). Any number of sweeps may run at once, and any of them may be killed at any time.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use entity::{
    EventKind, Role, TicketId, TimerKind, Timestamp, absence, event, job_run, ticket, timer,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    Value,
    sea_query::{ArrayType, Expr, ExprTrait},
};

use super::{
    FiredCount, Occasion, Report, Timers, fire,
    store::{self, Outcome, Rules},
};
use crate::{
    Clock, Desk, Error, Result,
    db::{
        Db, among, behind_gates, claim_due, database_now, lock_tickets, now_behind_gate,
        update_tickets,
    },
    facets::EventData,
    job_run::JobRun,
};

/// How many tickets one transaction takes at most: few enough that nobody waits long for them.
const BATCH: u64 = 200;

/// What runs the sweeps of one process.
#[derive(Clone, Debug)]
pub struct Sweeper {
    db: Db,
    clock: Clock,
    rules: Rules,
    batch: u64,
}

/// What a sweep counts as it goes.
#[derive(Default)]
struct Tally {
    fired: BTreeMap<(&'static str, String), (TimerKind, u64)>,
    away: u64,
    failed: Vec<TicketId>,
}

impl Sweeper {
    /// Sweeps on a migrated database. The time is the database's; `clock` gives ids, and the time
    /// where a test drives it.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            rules: Rules::default(),
            batch: BATCH,
        }
    }

    /// The same with another number of tickets in one transaction.
    #[must_use]
    pub fn with_batch(self, batch: u64) -> Self {
        Self { batch, ..self }
    }

    /// Fires what is due until nothing is, or until `limit` is over. `committed` is called after
    /// each transaction.
    ///
    /// What goes wrong is in the report, with what was done before: that stays done.
    pub async fn sweep(&self, limit: Option<Duration>, committed: impl Fn()) -> Report {
        let begun = Instant::now();
        let mut report = Report {
            outcome: entity::JobOutcome::Done,
            started_at: self.clock.now(),
            fired: Vec::new(),
            away: 0,
            failed: 0,
            left: 0,
            lag_seconds: 0,
            duration_ms: 0,
            error: None,
        };
        let mut tally = Tally::default();
        let in_time = || limit.is_none_or(|limit| begun.elapsed() < limit);
        let result = self
            .run(&mut report, &mut tally, &in_time, &committed)
            .await;
        report.fired = tally
            .fired
            .into_iter()
            .map(|((_, level), (kind, count))| FiredCount { kind, level, count })
            .collect();
        report.away = tally.away;
        report.failed = u64::try_from(tally.failed.len()).unwrap_or(u64::MAX);
        if let Err(error) = result {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a sweep broke off"
            );
            report.outcome = entity::JobOutcome::Failed;
            report.error = Some(error.to_string());
        } else if report.failed > 0 {
            report.outcome = entity::JobOutcome::Failed;
            report.error =
                Some("Some tickets could not be worked on; the log says why.".to_owned());
        } else if report.left > 0 {
            report.outcome = entity::JobOutcome::OutOfTime;
        }
        let took = begun.elapsed().as_millis();
        report.duration_ms = u64::try_from(took).unwrap_or(u64::MAX);
        report
    }

    async fn run(
        &self,
        report: &mut Report,
        tally: &mut Tally,
        in_time: &impl Fn() -> bool,
        committed: &impl Fn(),
    ) -> Result<()> {
        let now = self.now().await?;
        report.started_at = now;
        report.lag_seconds = self.lag(now).await?;
        while in_time() {
            let mut claimed = Vec::new();
            let done = match self.batch(self.batch, tally, &mut claimed).await {
                Ok(done) => done,
                // Nothing can be done without a database.
                Err(error @ Error::Unavailable(_)) => return Err(error),
                // One ticket must not hold up the others: they go on one by one.
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a batch of timers failed"
                    );
                    self.one_by_one(tally, in_time).await?
                }
            };
            committed();
            if done == 0 {
                break;
            }
        }
        while in_time() && self.flag(true, tally).await? + self.flag(false, tally).await? > 0 {
            committed();
        }
        let now = self.now().await?;
        report.left = self.due(now).count(self.db.read()).await?;
        Ok(())
    }

    /// Fires up to a batch's worth, each in a transaction of its own. Who fails is passed over from
    /// then on.
    async fn one_by_one(&self, tally: &mut Tally, in_time: &impl Fn() -> bool) -> Result<u64> {
        let mut done = 0;
        while in_time() && done < self.batch {
            let mut claimed = Vec::new();
            match self.batch(1, tally, &mut claimed).await {
                Ok(0) => break,
                Ok(some) => done += some,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => {
                    let Some(&ticket) = claimed.first() else {
                        return Err(error);
                    };
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        ticket.id = %ticket,
                        "the timers of a ticket cannot be fired"
                    );
                    tally.failed.push(ticket);
                    done += 1;
                }
            }
        }
        Ok(done)
    }

    /// Works on up to `size` tickets with due timers, and says how many there were.
    async fn batch(
        &self,
        size: u64,
        tally: &mut Tally,
        claimed: &mut Vec<TicketId>,
    ) -> Result<u64> {
        let tx = self.db.begin().await?;
        let now = now_behind_gate(&tx, &self.clock).await?;
        let ids = claim_due(&tx, now, size, &tally.failed).await?;
        if ids.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        claimed.clone_from(&ids);
        let tickets = lock_tickets(&tx, &ids).await?;
        let rules = self.rules.get(&tx, store::revision(&tx).await?).await?;
        let mut timers = store::latest_timers(&tx, &ids).await?;
        let (mut outcome, mut changed) = (Outcome::default(), Vec::new());
        let mut counts = Vec::new();
        for mut ticket in tickets {
            let Some(rows) = timers.remove(&ticket.id) else {
                continue;
            };
            let mut timers = Timers::stored(ticket.id, rows);
            // Not before what others wrote whose clock is ahead.
            let at = std::cmp::max(now, ticket.updated_at);
            let all = fire(&mut ticket, &mut timers, at, Occasion::Job, &rules);
            for fired in &all {
                outcome.add(fired, at);
                counts.push((fired.note.kind, fired.note.level.clone()));
            }
            outcome.timers.extend(timers.changed().cloned());
            if !all.is_empty() {
                changed.push(ticket);
            }
        }
        update_tickets(&tx, &changed).await?;
        store::write(&tx, outcome).await?;
        tx.commit().await?;
        for (kind, level) in counts {
            let count = tally
                .fired
                .entry((kind.as_str(), level))
                .or_insert((kind, 0));
            count.1 += 1;
        }
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    /// Flags tickets whose assignee is away, or takes the flag from those whose assignee is not,
    /// and says how many.
    async fn flag(&self, away: bool, tally: &mut Tally) -> Result<u64> {
        let tx = self.db.begin().await?;
        let now = now_behind_gate(&tx, &self.clock).await?;
        // The people first: they are few, and usually there are none.
        let gone = absence::Entity::find()
            .filter(is_away(now))
            .all(&tx)
            .await?;
        let gone: HashSet<_> = gone.into_iter().map(|row| row.user_id).collect();
        let people = gone.iter().map(|id| Value::from(id.0));
        let theirs = among(
            self.db.backend(),
            ticket::Column::AssigneeId,
            ArrayType::Uuid,
            people,
        );
        let wrong = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::Id);
        let wrong = if away {
            wrong
                .filter(theirs)
                .filter(Expr::cust("NOT ticket.assignee_away"))
                .filter(ticket::Column::ClosedAt.is_null())
        } else {
            let nobody = ticket::Column::AssigneeId.is_null();
            wrong
                .filter(Expr::cust("ticket.assignee_away"))
                .filter(Condition::any().add(theirs.not()).add(nobody))
        };
        let ids = behind_gates(&tx, wrong, "id", self.batch).await?;
        if ids.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let mut tickets = lock_tickets(&tx, &ids).await?;
        // Somebody else may have been at them since they were found.
        tickets.retain(|ticket| {
            let is_away = ticket.assignee_id.is_some_and(|id| gone.contains(&id));
            ticket.assignee_away != is_away && is_away == away
        });
        let mut events = Vec::with_capacity(tickets.len());
        let mut timers = store::latest_timers(&tx, &ids).await?;
        for ticket in &mut tickets {
            let rows = timers.remove(&ticket.id).unwrap_or_default();
            let unattended = Timers::stored(ticket.id, rows).unattended();
            let before = ticket.clone();
            ticket.assignee_away = away;
            ticket.version += 1;
            ticket.updated_at = std::cmp::max(now, ticket.updated_at);
            let (earlier, later) = ((&before, unattended), (&*ticket, unattended));
            let data = EventData::between(Some(earlier), later);
            let kind = EventKind::AssigneeAwayChanged;
            let system = (None, Role::System);
            let at = ticket.updated_at;
            events.push(store::event(kind, system, Some(earlier), later, data, at));
        }
        update_tickets(&tx, &tickets).await?;
        store::insert_all::<event::Entity, _>(&tx, events).await?;
        tx.commit().await?;
        tally.away += u64::try_from(tickets.len()).unwrap_or(u64::MAX);
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    /// The time, as the jobs see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn now(&self) -> Result<Timestamp> {
        database_now(self.db.read(), &self.clock).await
    }

    /// Makes sure that the tables of the job are there, as this version knows them.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer, `Internal` when it lacks something.
    pub async fn check(&self) -> Result<()> {
        let db = self.db.read();
        timer::Entity::find().limit(1).all(db).await?;
        ticket::Entity::find().limit(1).all(db).await?;
        job_run::Entity::find().limit(1).all(db).await?;
        Ok(())
    }

    fn due(&self, now: Timestamp) -> sea_orm::Select<timer::Entity> {
        timer::Entity::find().filter(timer::Column::FireAt.lte(now))
    }

    /// For how many seconds the oldest due timer has been waiting; 0 if none is due.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn lag(&self, now: Timestamp) -> Result<i64> {
        #[derive(FromQueryResult)]
        struct Oldest {
            fire_at: Option<Timestamp>,
        }
        let oldest = self
            .due(now)
            .select_only()
            .column_as(timer::Column::FireAt.min(), "fire_at")
            .into_model::<Oldest>()
            .one(self.db.read())
            .await?;
        let oldest = oldest.and_then(|row| row.fire_at);
        Ok(oldest.map_or(0, |at| (now - at).num_seconds()))
    }

    /// Keeps a report for those who ask how the jobs are doing, and forgets old ones.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(&self, report: &Report) -> Result<()> {
        let run = JobRun {
            job: entity::JobKind::SlaEscalation,
            outcome: report.outcome,
            started_at: report.started_at,
            duration_ms: report.duration_ms,
            report,
        };
        run.record(&self.db, &self.clock).await
    }
}

impl Desk {
    /// What runs the sweeps of this process.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper::new(self.db.clone(), self.clock.clone())
    }

    /// Sweeps, and wakes who follows the log here and in other processes.
    pub async fn sweep(&self, sweeper: &Sweeper, limit: Option<Duration>) -> Report {
        sweeper.sweep(limit, || self.hub.wake()).await
    }
}

/// Absences that run at `now`.
pub(crate) fn is_away(now: Timestamp) -> Condition {
    let open = absence::Column::UntilAt.is_null();
    let later = absence::Column::UntilAt.gt(now);
    Condition::all()
        .add(absence::Column::FromAt.lte(now))
        .add(Condition::any().add(open).add(later))
}
