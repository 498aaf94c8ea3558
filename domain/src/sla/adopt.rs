//! Tickets that were opened before there were timers get theirs from the event log, as if there had
//! always been some. What was missed back then is on record and escalates nothing; what is still to
//! be done is taken up by the next run of the job.

use std::collections::HashMap;

use entity::{EventKind, Role, TicketId, TicketStatus, event, ticket};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{ArrayType, Expr},
};

use super::{Fact, Rulebook, Subject, Timers, store};
use crate::{
    EventData, Result,
    actor::is_staff,
    db::{Db, among, lock_rules},
};

/// How many tickets one transaction takes.
const BATCH: u64 = 500;

/// Gives timers to all tickets in work that have none. Says how many.
///
/// # Errors
/// `Unavailable` when the database does not answer; what was done until then stays.
pub async fn adopt(db: &Db) -> Result<u64> {
    let (mut adopted, mut last) = (0, TicketId(uuid::Uuid::nil()));
    // Mostly there is nothing to do, and nobody has to wait for that.
    while without_timers(last).one(db.read()).await?.is_some() {
        let (some, newest) = adopt_some(db, last).await?;
        adopted += some;
        last = newest;
    }
    Ok(adopted)
}

/// Tickets in work without timers, behind `last`.
fn without_timers(last: TicketId) -> sea_orm::Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::ClosedAt.is_null())
        .filter(ticket::Column::Id.gt(last))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM timer WHERE timer.ticket_id = ticket.id)",
        ))
        .order_by_asc(ticket::Column::Id)
        .limit(BATCH)
}

async fn adopt_some(db: &Db, last: TicketId) -> Result<(u64, TicketId)> {
    let tx = db.begin().await?;
    lock_rules(&tx).await?;
    let tickets = without_timers(last).all(&tx).await?;
    let Some(newest) = tickets.last().map(|ticket| ticket.id) else {
        return Ok((0, last));
    };
    let rules = Rulebook::load(&tx, store::revision(&tx).await?).await?;
    let ids = tickets.iter().map(|ticket| Value::from(ticket.id.0));
    let wanted = among(db.backend(), event::Column::TicketId, ArrayType::Uuid, ids);
    let rows = event::Entity::find()
        .filter(wanted)
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq);
    let mut events: HashMap<TicketId, Vec<event::Model>> = HashMap::new();
    for row in rows.all(&tx).await? {
        events.entry(row.ticket_id).or_default().push(row);
    }
    let mut timers = Vec::new();
    for before in &tickets {
        let events = events.remove(&before.id).unwrap_or_default();
        let replayed = replay(before, &events, &rules);
        let mut ticket = before.clone();
        replayed.summarize(&mut ticket);
        // Nobody saw these columns before, so the ticket stays at its version.
        let change = ticket::ActiveModel {
            sla_state: sea_orm::ActiveValue::Set(ticket.sla_state),
            sla_due_at: sea_orm::ActiveValue::Set(ticket.sla_due_at),
            ..Default::default()
        };
        ticket::Entity::update_many()
            .set(change)
            .filter(ticket::Column::Id.eq(ticket.id))
            .exec(&tx)
            .await?;
        timers.extend(replayed.rows().iter().cloned());
    }
    store::write_timers(&tx, timers).await?;
    tx.commit().await?;
    Ok((u64::try_from(tickets.len()).unwrap_or(u64::MAX), newest))
}

/// The timers of a ticket by all that happened to it, in order. A ticket of which nothing is on
/// record has them from its creation.
fn replay(ticket: &ticket::Model, events: &[event::Model], rules: &Rulebook) -> Timers {
    let mut timers = Timers::none(ticket.id);
    let mut responded = false;
    for event in events {
        let Ok(data) = serde_json::from_value::<EventData>(event.data.clone()) else {
            continue;
        };
        let by_customer = event.actor_id == Some(data.after.requester);
        let speaks = matches!(event.kind, EventKind::TicketCreated | EventKind::ReplyAdded);
        responded |= speaks && !by_customer && is_staff(event.actor_role);
        let before = data.before.as_ref().unwrap_or(&data.after);
        let fact = Fact {
            kind: event.kind,
            at: event.at,
            by_customer,
            by_system: event.actor_role == Role::System,
            before: before.status,
            after: data.after.status,
            responded,
            subject: Subject::new(&data.after, ticket.requester_tier.as_deref()),
        };
        timers.apply(&fact, rules);
    }
    if timers.rows().is_empty() {
        let open = Fact {
            kind: EventKind::TicketCreated,
            at: ticket.created_at,
            by_customer: true,
            by_system: false,
            before: TicketStatus::Open,
            after: TicketStatus::Open,
            responded: ticket.first_response_at.is_some(),
            subject: Subject::from(ticket),
        };
        timers.apply(&open, rules);
        let moved = Fact {
            kind: EventKind::StatusChanged,
            at: ticket.resolved_at.unwrap_or(ticket.updated_at),
            after: ticket.status,
            ..open
        };
        timers.apply(&moved, rules);
    }
    timers
}
