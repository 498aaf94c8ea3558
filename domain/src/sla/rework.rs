//! A changed rule: all running timers are worked out again, from the same start and the same pauses
//! (`sla.md`, "Policies"), in the transaction of the change. What was missed before the change is
//! missed, though no job has told of it yet.

use entity::{EventKind, TicketId, TimerKind, Timestamp, ticket, timer};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
    sea_query::{ArrayType, Expr},
};

use super::{
    Occasion, Rulebook, Subject, Timers, fire,
    store::{self, Outcome},
};
use crate::{
    Error, Result,
    command::Work,
    db::{among, update_tickets},
    facets::EventData,
};

/// Timers that run, without those of closed tickets that can do nothing any more: they are worked out
/// when the ticket is reopened.
const IN_WORK: &str = "timer.stopped_at IS NULL AND (timer.fire_at IS NOT NULL OR EXISTS \
    (SELECT 1 FROM ticket WHERE ticket.id = timer.ticket_id AND ticket.closed_at IS NULL))";

/// How many tickets are worked out at a time.
const BATCH: u64 = 500;

/// Gives the rules a new revision and works out what they change. The transaction must have locked
/// the rules before it wrote anything.
pub(crate) async fn rework(work: &Work) -> Result<()> {
    let tx = work.tx();
    // Not by way of the cache: this revision is not committed yet.
    let rules = Rulebook::load(tx, next_revision(work).await?).await?;
    let mut last = TicketId(uuid::Uuid::nil());
    loop {
        let ids = timer::Entity::find()
            .select_only()
            .column(timer::Column::TicketId)
            .distinct()
            .filter(Expr::cust(IN_WORK))
            .filter(timer::Column::TicketId.gt(last))
            .order_by_asc(timer::Column::TicketId)
            .limit(BATCH)
            .into_tuple::<TicketId>()
            .all(tx)
            .await?;
        let Some(&newest) = ids.last() else {
            return Ok(());
        };
        rework_some(work, &rules, &ids).await?;
        last = newest;
    }
}

/// Gives the rules a new revision: what others keep in memory is old once this is committed.
pub(crate) async fn next_revision(work: &Work) -> Result<i64> {
    let tx = work.tx();
    let next = "UPDATE sla_revision SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    let statement = Statement::from_string(tx.get_database_backend(), next);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("no row in sla_revision"))?;
    Ok(row.try_get("", "revision")?)
}

async fn rework_some(work: &Work, rules: &Rulebook, ids: &[TicketId]) -> Result<()> {
    let tx = work.tx();
    let backend = tx.get_database_backend();
    let values = ids.iter().map(|id| Value::from(id.0));
    let wanted = among(backend, ticket::Column::Id, ArrayType::Uuid, values);
    let tickets = ticket::Entity::find().filter(wanted).all(tx).await?;
    let mut timers = store::latest_timers(tx, ids).await?;
    let (mut moved, mut outcome) = (Vec::new(), Outcome::default());
    let old = work.locked_rules()?;
    for mut ticket in tickets {
        let rows = timers.remove(&ticket.id).unwrap_or_default();
        let mut timers = Timers::stored(ticket.id, rows);
        let now = std::cmp::max(work.now, ticket.updated_at);
        let missed = fire(&mut ticket, &mut timers, now, Occasion::Command, old);
        for fired in &missed {
            outcome.add(fired, now);
        }
        let before = (ticket.clone(), deadlines(&timers));
        let unattended = timers.unattended();
        timers.rematch(Subject::from(&ticket), rules);
        outcome.timers.extend(timers.changed().cloned());
        timers.summarize(&mut ticket);
        if deadlines(&timers) == before.1 && ticket == before.0 {
            if !missed.is_empty() {
                moved.push(ticket);
            }
            continue;
        }
        ticket.version += 1;
        ticket.updated_at = now;
        let (earlier, later) = ((&before.0, unattended), (&ticket, timers.unattended()));
        let data = EventData::between(Some(earlier), later);
        let actor = (Some(work.actor.id), work.actor.role);
        let kind = EventKind::SlaChanged;
        let at = ticket.updated_at;
        let event = store::event(kind, actor, Some(earlier), later, data, at);
        outcome.events.push(event);
        moved.push(ticket);
    }
    store::write(tx, outcome).await?;
    update_tickets(tx, &moved).await
}

/// What staff see of the deadlines of a ticket.
fn deadlines(timers: &Timers) -> Vec<(TimerKind, Option<i64>, Option<Timestamp>)> {
    let shown = timers.rows().iter().filter(|row| row.kind.is_sla());
    let shown = shown.map(|row| (row.kind, row.target_seconds, row.due_at));
    shown.collect()
}
