//! What statistics are worked out from: the event log, and the clocks that ran along it.

use std::collections::HashMap;

use entity::{
    CategoryId, EventKind, Priority, Role, SubjectId, TeamId, TicketId, TicketSource, TicketStatus,
    TimerKind, Timestamp, UserId, context_link, event, timer,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{ArrayType, Expr},
};
use serde::Deserialize;

use super::{
    dimension::MERCHANT,
    fact::{Fact, Traits},
    history::{Happening, Verdict, facts},
};
use crate::{Error, Result, db::among};

/// Kinds of events that leave everything as it was that counts.
pub(super) const WITHOUT_EFFECT: [EventKind; 5] = [
    EventKind::InternalNoteAdded,
    EventKind::TicketUnattended,
    EventKind::FollowUpDue,
    EventKind::SlaChanged,
    EventKind::AssigneeAwayChanged,
];

/// All that counts of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) traits: Traits,
    pub(super) facts: Vec<Fact>,
}

/// The part of an event's data that matters here.
#[derive(Deserialize)]
struct Data {
    after: After,
    #[serde(default)]
    rating: Option<Rating>,
}

#[derive(Deserialize)]
struct After {
    status: TicketStatus,
    priority: Priority,
    category: CategoryId,
    source: TicketSource,
    requester: UserId,
    assignee: Option<UserId>,
    team: Option<TeamId>,
    #[serde(default)]
    escalated: bool,
    #[serde(default)]
    subjects: Vec<SubjectId>,
}

#[derive(Deserialize)]
struct Rating {
    score: i16,
}

/// What counts of `tickets`, worked out anew. Those whose beginning is not in the log any more are
/// left out: what was known of them stays.
pub(super) async fn work_out(
    db: &impl ConnectionTrait,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Counted>> {
    let mut verdicts = verdicts(db, tickets).await?;
    let mut merchants = merchants(db, tickets).await?;
    let mut counted = HashMap::with_capacity(tickets.len());
    for (ticket, events, traits) in lives(db, tickets).await? {
        if events.first().map(|event| event.kind) != Some(EventKind::TicketCreated) {
            continue;
        }
        let verdicts = verdicts.remove(&ticket).unwrap_or_default();
        let traits = Traits {
            merchants: merchants.remove(&ticket).unwrap_or_default(),
            ..traits
        };
        let facts = facts(&events, &verdicts);
        counted.insert(ticket, Counted { traits, facts });
    }
    Ok(counted)
}

type Life = (TicketId, Vec<Happening>, Traits);

async fn lives(db: &impl ConnectionTrait, tickets: &[TicketId]) -> Result<Vec<Life>> {
    use event::Column as C;
    let rows = event::Entity::find()
        .select_only()
        .columns([C::TicketId, C::Kind, C::At, C::ActorId, C::ActorRole])
        // As text: only a part of it is read.
        .column_as(Expr::cust("CAST(event.data AS text)"), "data")
        .filter(these(db, C::TicketId, tickets))
        .filter(C::Kind.is_not_in(WITHOUT_EFFECT))
        .order_by_asc(C::TicketId)
        .order_by_asc(C::Xid)
        .order_by_asc(C::Seq)
        .into_tuple::<(TicketId, EventKind, Timestamp, Option<UserId>, Role, String)>()
        .all(db)
        .await?;
    let mut lives: Vec<Life> = Vec::new();
    for (ticket, kind, at, actor, role, data) in rows {
        let Data { after, rating } = serde_json::from_str(&data).map_err(Error::internal)?;
        let happening = Happening {
            kind,
            at,
            actor,
            role,
            requester: after.requester,
            status: after.status,
            assignee: after.assignee,
            escalated: after.escalated,
            score: rating.map(|rating| rating.score),
        };
        let traits = Traits {
            category: after.category,
            priority: after.priority,
            source: after.source,
            team: after.team,
            subjects: after.subjects,
            merchants: Vec::new(),
        };
        match lives.last_mut().filter(|life| life.0 == ticket) {
            Some(life) => {
                life.1.push(happening);
                life.2 = traits;
            }
            None => lives.push((ticket, vec![happening], traits)),
        }
    }
    Ok(lives)
}

/// The targets of `tickets` that were met or missed.
async fn verdicts(
    db: &impl ConnectionTrait,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Verdict>>> {
    use timer::Column as C;
    let rows = timer::Entity::find()
        .select_only()
        .columns([
            C::TicketId,
            C::Kind,
            C::TargetSeconds,
            C::StoppedAt,
            C::BreachedAt,
        ])
        .filter(these(db, C::TicketId, tickets))
        .filter(C::Kind.is_in(TimerKind::SLA))
        .order_by_asc(C::TicketId)
        .order_by_asc(C::Kind)
        .order_by_asc(C::Cycle)
        .into_tuple::<(
            TicketId,
            TimerKind,
            Option<i64>,
            Option<Timestamp>,
            Option<Timestamp>,
        )>()
        .all(db)
        .await?;
    let mut verdicts: HashMap<_, Vec<_>> = HashMap::new();
    for (ticket, kind, target, stopped, breached) in rows {
        // A later cycle keeps what an earlier one missed: it is missed once.
        let of_ticket: &mut Vec<Verdict> = verdicts.entry(ticket).or_default();
        let known = |due: &Timestamp| {
            of_ticket.iter().any(|verdict| {
                kind == TimerKind::Resolution
                    && verdict.kind == kind
                    && !verdict.met
                    && verdict.at == *due
            })
        };
        if breached.as_ref().is_some_and(known) {
            continue;
        }
        let met = stopped.filter(|_| target.is_some() && breached.is_none());
        if let Some(at) = breached.or(met) {
            let met = breached.is_none();
            of_ticket.push(Verdict { kind, met, at });
        }
    }
    Ok(verdicts)
}

async fn merchants(
    db: &impl ConnectionTrait,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<String>>> {
    use context_link::Column as C;
    let rows = context_link::Entity::find()
        .filter(these(db, C::TicketId, tickets))
        .filter(C::Kind.eq(MERCHANT))
        .order_by_asc(C::TicketId)
        .order_by_asc(C::Position)
        .all(db)
        .await?;
    let mut merchants: HashMap<_, Vec<String>> = HashMap::new();
    for row in rows {
        let of_ticket = merchants.entry(row.ticket_id).or_default();
        if !of_ticket.contains(&row.external_id) {
            of_ticket.push(row.external_id);
        }
    }
    Ok(merchants)
}

/// A condition: about one of `tickets`.
pub(super) fn these<C: ColumnTrait>(
    db: &impl ConnectionTrait,
    column: C,
    tickets: &[TicketId],
) -> Expr {
    let ids = tickets.iter().map(|id| Value::from(id.0));
    among(db.get_database_backend(), column, ArrayType::Uuid, ids)
}
