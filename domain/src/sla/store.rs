//! Rules, timers and what fires, as they are read and written within a transaction.

use std::{collections::HashMap, sync::Arc};

use entity::{
    EventKind, Role, TicketId, Timestamp, UserId, calendar, event, sla_policy, timer, timer_firing,
};
use moka::{policy::EvictionPolicy, sync::Cache};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    Select, Statement, Value,
    sea_query::{ArrayType, OnConflict},
};

use super::{Fired, Rulebook};
use crate::{
    Desk, Error, Result,
    db::among,
    facets::{EventData, Seen, visibility},
};

/// How many rows one statement writes at most: each timer takes a dozen of the 32,766 parameters
/// that SQLite allows, and PostgreSQL twice as many.
pub(crate) const ROWS: usize = 1_000;

/// The rules of the last revisions.
#[derive(Clone, Debug)]
pub(crate) struct Rules(Cache<i64, Arc<Rulebook>>);

impl Default for Rules {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(4);
        Self(cache.eviction_policy(EvictionPolicy::lru()).build())
    }
}

impl Rules {
    /// The rules of `revision`, which must be that of the transaction behind `db`.
    pub(crate) async fn get(
        &self,
        db: &impl ConnectionTrait,
        revision: i64,
    ) -> Result<Arc<Rulebook>> {
        if let Some(known) = self.0.get(&revision) {
            return Ok(known);
        }
        let rules = Arc::new(Rulebook::load(db, revision).await?);
        self.0.insert(revision, Arc::clone(&rules));
        Ok(rules)
    }
}

/// The revision of the rules.
pub(crate) async fn revision(db: &impl ConnectionTrait) -> Result<i64> {
    let backend = db.get_database_backend();
    let statement = Statement::from_string(backend, "SELECT revision FROM sla_revision");
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("no row in sla_revision"))?;
    Ok(row.try_get("", "revision")?)
}

/// The latest timers of a ticket that is locked, and the rules as they are now: in one statement,
/// since each command on a ticket needs both.
pub(crate) async fn timers_of(
    desk: &Desk,
    db: &impl ConnectionTrait,
    ticket: TicketId,
) -> Result<(Arc<Rulebook>, Vec<timer::Model>)> {
    let sql = "SELECT sla_revision.revision, timer.* FROM sla_revision \
               LEFT JOIN timer ON timer.ticket_id = $1 AND timer.latest";
    let values = [Value::from(ticket.0)];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let found = db.query_all_raw(statement).await?;
    let first = found.first();
    let first = first.ok_or_else(|| Error::internal("no row in sla_revision"))?;
    let revision = first.try_get("", "revision")?;
    let rows = found
        .iter()
        .filter_map(|row| timer::Model::from_query_result_optional(row, "").transpose());
    let rows = rows.collect::<Result<_, _>>()?;
    Ok((desk.rules.get(db, revision).await?, rows))
}

/// The latest timers of `tickets`, by ticket.
pub(crate) async fn latest_timers(
    db: &impl ConnectionTrait,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<timer::Model>>> {
    let ids = tickets.iter().map(|id| Value::from(id.0));
    let wanted = among(
        db.get_database_backend(),
        timer::Column::TicketId,
        ArrayType::Uuid,
        ids,
    );
    let rows = timer::Entity::find()
        .filter(wanted)
        .filter(timer::Column::Latest.eq(true));
    let mut timers: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.all(db).await? {
        timers.entry(row.ticket_id).or_default().push(row);
    }
    Ok(timers)
}

/// The policies that are not deleted.
pub(crate) fn live_policies() -> Select<sla_policy::Entity> {
    sla_policy::Entity::find().filter(sla_policy::Column::DeletedAt.is_null())
}

/// The calendars that are not deleted.
pub(crate) fn live_calendars() -> Select<calendar::Entity> {
    calendar::Entity::find().filter(calendar::Column::DeletedAt.is_null())
}

/// What a transaction writes of timers and events.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Timers that changed.
    pub(crate) timers: Vec<timer::Model>,
    /// What fired.
    pub(crate) firings: Vec<timer_firing::ActiveModel>,
    /// The events that tell of it all, in their order.
    pub(crate) events: Vec<event::ActiveModel>,
}

impl Outcome {
    /// Takes down what a timer did that fired at `now`, with its event.
    pub(crate) fn add(&mut self, fired: &Fired, now: Timestamp) {
        let (note, ticket) = (&fired.note, &fired.after.0);
        self.events.push(event_of(fired, now));
        self.firings.push(timer_firing::ActiveModel {
            ticket_id: Set(ticket.id),
            kind: Set(note.kind),
            cycle: Set(note.cycle),
            level: Set(note.level.clone()),
            due_at: Set(note.due_at),
            fired_at: Set(now),
        });
    }
}

/// The event that tells of a timer that fired at `now`.
fn event_of(fired: &Fired, now: Timestamp) -> event::ActiveModel {
    let before = (&fired.before.0, fired.before.1);
    let after = (&fired.after.0, fired.after.1);
    let system = (None, Role::System);
    event(fired.event, system, Some(before), after, fired.data(), now)
}

/// An event about `after`.
pub(crate) fn event(
    kind: EventKind,
    (actor, role): (Option<UserId>, Role),
    before: Option<Seen<'_>>,
    (after, _): Seen<'_>,
    data: EventData,
    at: Timestamp,
) -> event::ActiveModel {
    event::ActiveModel {
        ticket_id: Set(after.id),
        ticket_version: Set(after.version),
        kind: Set(kind),
        actor_id: Set(actor),
        actor_role: Set(role),
        visibility: Set(visibility(kind, before.map(|(before, _)| before), after)),
        at: Set(at),
        message_id: Set(None),
        // Facets are plain data: writing them as JSON cannot fail.
        data: Set(serde_json::to_value(data).unwrap_or_default()),
        ..Default::default()
    }
}

/// Writes timers that changed or are new.
pub(crate) async fn write_timers(db: &impl ConnectionTrait, rows: Vec<timer::Model>) -> Result<()> {
    use timer::Column as C;
    let columns = [
        C::Latest,
        C::StartedAt,
        C::Pauses,
        C::StoppedAt,
        C::BreachedAt,
        C::PolicyId,
        C::CalendarId,
        C::CalendarVersion,
        C::TargetSeconds,
        C::DueAt,
        C::FireAt,
        C::Levels,
    ];
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    loop {
        let some: Vec<timer::ActiveModel> = rows.by_ref().take(ROWS).collect();
        if some.is_empty() {
            return Ok(());
        }
        let as_new = OnConflict::columns([C::TicketId, C::Kind, C::Cycle])
            .update_columns(columns)
            .to_owned();
        timer::Entity::insert_many(some)
            .on_conflict(as_new)
            .exec_without_returning(db)
            .await?;
    }
}

/// Writes the outcome of a transaction. That something fires twice is an error: everything is taken
/// back then.
pub(crate) async fn write(db: &impl ConnectionTrait, outcome: Outcome) -> Result<()> {
    let Outcome {
        timers,
        firings,
        events,
    } = outcome;
    write_timers(db, timers).await?;
    insert_all::<timer_firing::Entity, _>(db, firings).await?;
    insert_all::<event::Entity, _>(db, events).await
}

/// Writes new rows.
pub(crate) async fn insert_all<E, A>(db: &impl ConnectionTrait, rows: Vec<A>) -> Result<()>
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E>,
{
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<A> = rows.by_ref().take(ROWS).collect();
        if some.is_empty() {
            return Ok(());
        }
        E::insert_many(some).exec_without_returning(db).await?;
    }
}
