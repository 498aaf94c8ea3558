//! A dry run of a policy over past tickets (requirement S6).

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::{Priority, SlaPolicyId, SlaState, TicketId, TimerKind, Timestamp, timer};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Value, sea_query::ArrayType,
};

use crate::{
    Actor, Desk, Error, Result, UserErrorCode,
    command::{PolicyRules, draft},
    db::among,
    permission::{Action, permit},
    sla::{Rulebook, Subject, clock::Clock, from_second, state, target},
};

/// The most tickets that one dry run looks at.
pub const MOST_TICKETS: u64 = 20_000;
/// How many tickets are loaded at a time.
const BATCH: u64 = 1_000;
/// How many examples each outcome comes with.
const EXAMPLES: usize = 5;

/// What a changed policy would have done.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// How many tickets were looked at.
    pub tickets: i64,
    /// How many there were in that time.
    pub of: i64,
    /// By metric and priority.
    pub results: Vec<SimulatedResult>,
}

/// One metric at one priority.
#[derive(Clone, Debug)]
pub struct SimulatedResult {
    /// The metric.
    pub metric: TimerKind,
    /// The priority.
    pub priority: Priority,
    /// As it was.
    pub before: Tally,
    /// As it would have been.
    pub after: Tally,
    /// Tickets that were in time and would not have been, newest first.
    pub newly_breached: Vec<TicketId>,
    /// Tickets that were late and would not have been, newest first.
    pub newly_met: Vec<TicketId>,
}

/// How many cycles went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In time.
    pub met: i64,
    /// Late, done by now or not.
    pub breached: i64,
    /// Not done, and not late.
    pub open: i64,
    /// Without a target.
    pub best_effort: i64,
}

impl Tally {
    fn add(&mut self, state: Option<SlaState>) {
        match state {
            Some(SlaState::Met) => self.met += 1,
            Some(SlaState::Breached) => self.breached += 1,
            Some(SlaState::Running | SlaState::Paused) => self.open += 1,
            None => self.best_effort += 1,
        }
    }
}

impl Desk {
    /// What would have been if `rules` had applied to the tickets that were opened from `from` to
    /// before `to`; the newest of them if there are too many. Nothing is written.
    ///
    /// # Errors
    /// As for [`crate::command::SavePolicy`].
    pub async fn simulate_policy(
        &self,
        actor: Actor,
        id: Option<SlaPolicyId>,
        rules: &PolicyRules,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Simulation> {
        permit(actor, Action::ManageSla)?;
        if from >= to {
            let message = "`to` must be after `from`.";
            return Err(Error::user(UserErrorCode::Invalid, &["to"], message));
        }
        let (db, now) = (self.db.read(), self.clock.now());
        let policy = draft(db, id, rules, now, &self.clock).await?;
        let rules = self.rulebook().await?.with_policy(policy);
        // Not those that are opened while this runs: the list must not move.
        let end = now + TimeDelta::microseconds(1);
        let wanted = Self::opened_between(from, to.min(end));
        let of = wanted.clone().count(db).await?;
        let (mut results, mut looked_at) = (HashMap::new(), 0);
        while looked_at < of.min(MOST_TICKETS) {
            let tickets = wanted
                .clone()
                .offset(looked_at)
                .limit(BATCH)
                .all(db)
                .await?;
            let Some(found) = u64::try_from(tickets.len()).ok().filter(|found| *found > 0) else {
                break;
            };
            looked_at += found;
            let ids = tickets.iter().map(|ticket| Value::from(ticket.id.0));
            let of_tickets = among(
                self.db.backend(),
                timer::Column::TicketId,
                ArrayType::Uuid,
                ids,
            );
            let rows = timer::Entity::find()
                .filter(of_tickets)
                .filter(timer::Column::Kind.is_in(TimerKind::SLA));
            let mut timers: HashMap<_, Vec<_>> = HashMap::new();
            for row in rows.all(db).await? {
                timers.entry(row.ticket_id).or_default().push(row);
            }
            for ticket in &tickets {
                let subject = Subject::from(ticket);
                for row in timers.get(&ticket.id).into_iter().flatten() {
                    let result = results
                        .entry((row.kind, ticket.priority))
                        .or_insert_with(|| nothing(row.kind, ticket.priority));
                    compare(result, row, subject, &rules, now);
                }
            }
        }
        let mut results: Vec<_> = results.into_values().collect();
        let place = |kind| TimerKind::SLA.iter().position(|known| *known == kind);
        results.sort_by_key(|result| (place(result.metric), result.priority));
        Ok(Simulation {
            tickets: super::queue::count(looked_at)?,
            of: super::queue::count(of)?,
            results,
        })
    }
}

fn nothing(metric: TimerKind, priority: Priority) -> SimulatedResult {
    SimulatedResult {
        metric,
        priority,
        before: Tally::default(),
        after: Tally::default(),
        newly_breached: Vec::new(),
        newly_met: Vec::new(),
    }
}

fn compare(
    result: &mut SimulatedResult,
    row: &timer::Model,
    subject: Subject<'_>,
    rules: &Rulebook,
    now: Timestamp,
) {
    let before = state(row);
    let after = outcome(row, subject, rules, now);
    result.before.add(before);
    result.after.add(after);
    let (was_late, would_be) = (
        before == Some(SlaState::Breached),
        after == Some(SlaState::Breached),
    );
    let examples = match (was_late, would_be) {
        (false, true) => &mut result.newly_breached,
        (true, false) => &mut result.newly_met,
        (false, false) | (true, true) => return,
    };
    if examples.len() < EXAMPLES && !examples.contains(&row.ticket_id) {
        examples.push(row.ticket_id);
    }
}

/// How a cycle would stand under other rules, from the same start and the same pauses.
fn outcome(
    row: &timer::Model,
    subject: Subject<'_>,
    rules: &Rulebook,
    now: Timestamp,
) -> Option<SlaState> {
    let policy = rules.policy_for(subject)?;
    let target = target(policy, row.kind, subject.priority)?;
    let calendar = rules.calendar(policy, row.kind);
    let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
    let due = clock.reaches(target).map(from_second);
    let end = row.stopped_at.unwrap_or(now);
    Some(if due.is_some_and(|due| due < end) {
        SlaState::Breached
    } else if row.stopped_at.is_some() {
        SlaState::Met
    } else {
        SlaState::Running
    })
}
