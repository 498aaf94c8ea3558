//! All SQL in which PostgreSQL and SQLite differ.

use entity::{
    TicketId, Timestamp, UserId, delivery, follower, message, ticket, ticket_number, timer, user,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Statement, Value,
    sea_query::{
        ArrayType, Expr, ExprTrait, JoinType, LockBehavior, LockType, Query,
        extension::postgres::PgFunc,
    },
};

use crate::{Clock, Error, Result};

/// A condition on `event` that leaves out what a transaction still running could yet precede.
///
/// On PostgreSQL a sequence value is taken before commit, so a later number can become visible
/// first. Rows carry their transaction's id; below the oldest transaction still running nothing can
/// appear any more. SQLite has one writer, so numbers appear in order.
pub(crate) fn horizon(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "event.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    } else {
        "1 = 1"
    }
}

/// Finds and locks one ticket among `rows`, so that its writers follow one another.
///
/// On PostgreSQL they pass a gate first, an advisory lock per ticket, and only then the row's lock.
/// The row's lock alone would not do: a writer can get its transaction id while it still waits for
/// the row, and be overtaken. Ids would then not be in the order of the writes, and the log, which
/// is read by transaction id, would tell a ticket's story in the wrong order.
pub(crate) async fn lock_ticket<C: ConnectionTrait>(
    tx: &C,
    rows: Select<ticket::Entity>,
    id: TicketId,
) -> Result<Option<ticket::Model>> {
    let mut rows = rows.filter(ticket::Column::Id.eq(id));
    if tx.get_database_backend() == DbBackend::Postgres {
        let mut gate = Query::select();
        let key = gate_key(id);
        gate.expr(Expr::cust_with_values("pg_advisory_xact_lock($1)", [key]));
        gate.expr(Expr::cust(SHARED_RULES));
        let query = QuerySelect::query(&mut rows);
        query.join_subquery(JoinType::InnerJoin, gate, "gate", always());
        query.lock_with_tables(LockType::Update, [ticket::Entity]);
    }
    Ok(rows.one(tx).await?)
}

/// The key of a ticket's gate: the random part of its id.
pub(crate) fn gate_key(id: TicketId) -> i64 {
    i64::from_be_bytes(id.0.as_u64_pair().1.to_be_bytes())
}

/// Who works on tickets holds this lock together with all others who do, so that policies and
/// calendars stay as they are meanwhile.
pub(crate) const SHARED_RULES: &str = "pg_advisory_xact_lock_shared(7306086)";

/// Waits until nobody works on tickets, and keeps it so until the transaction ends. SQLite has one
/// writer anyway.
pub(crate) async fn lock_rules<C: ConnectionTrait>(tx: &C) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7306086)")
            .await?;
    }
    Ok(())
}

/// Waits until nobody else makes an endpoint, and keeps it so until the transaction ends.
pub(crate) async fn lock_endpoints<C: ConnectionTrait>(tx: &C) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7306087)")
            .await?;
    }
    Ok(())
}

/// Waits until nobody else draws a sample for quality review, and keeps it so until the transaction
/// ends.
pub(crate) async fn lock_samples<C: ConnectionTrait>(tx: &C) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7306088)")
            .await?;
    }
    Ok(())
}

fn always() -> Condition {
    Condition::all().add(Expr::cust("TRUE"))
}

/// A person by id; policies and calendars stay as they are from here on.
pub(crate) async fn person_behind_gate<C: ConnectionTrait>(
    tx: &C,
    id: UserId,
) -> Result<Option<user::Model>> {
    let mut rows = user::Entity::find_by_id(id);
    if tx.get_database_backend() == DbBackend::Postgres {
        let mut gate = Query::select();
        gate.expr(Expr::cust(SHARED_RULES));
        QuerySelect::query(&mut rows).join_subquery(JoinType::InnerJoin, gate, "gate", always());
    }
    Ok(rows.one(tx).await?)
}

/// The next ticket number, unique whatever runs at the same time, and the revision of the rules.
pub(crate) async fn next_ticket_number<C: ConnectionTrait>(tx: &C) -> Result<(i64, i64)> {
    let sql = if tx.get_database_backend() == DbBackend::Postgres {
        "SELECT nextval('ticket_number_seq') AS number, revision FROM sla_revision"
    } else {
        "UPDATE ticket_number SET last = last + 1 WHERE id = 1 \
         RETURNING last AS number, (SELECT revision FROM sla_revision) AS revision"
    };
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| {
        Error::internal(format!(
            "no row in {}",
            sea_orm::EntityName::table_name(&ticket_number::Entity)
        ))
    })?;
    Ok((row.try_get("", "number")?, row.try_get("", "revision")?))
}

/// For each of `tickets` the first `limit` messages that pass `condition`, newest first or oldest
/// first, in one statement whose cost follows the messages returned.
pub(crate) async fn latest_per_ticket<C: ConnectionTrait>(
    db: &C,
    tickets: &[TicketId],
    condition: Condition,
    newest_first: bool,
    limit: u64,
) -> Result<Vec<message::Model>> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.get_database_backend();
    let order = if newest_first {
        sea_orm::Order::Desc
    } else {
        sea_orm::Order::Asc
    };
    let of_one = message::Entity::find()
        .filter(Expr::cust("message.ticket_id = wanted.id"))
        .filter(condition)
        .order_by(message::Column::CreatedAt, order.clone())
        .order_by(message::Column::Id, order)
        .limit(limit);
    let ids = tickets.iter().map(|id| Value::from(id.0));
    let (sql, values) = if backend == DbBackend::Postgres {
        let inner = of_one.build(backend);
        let mut values = inner.values.map_or_else(Vec::new, |values| values.0);
        values.push(Value::Array(ArrayType::Uuid, Some(Box::new(ids.collect()))));
        let (at, inner) = (values.len(), inner.sql);
        let sql = format!(
            "SELECT page.* FROM unnest(${at}::uuid[]) AS wanted(id) \
             CROSS JOIN LATERAL ({inner}) AS page"
        );
        (sql, values)
    } else {
        let only_ids = of_one.select_only().column(message::Column::Id);
        let inner = only_ids.build(backend);
        let mut values: Vec<Value> = ids.collect();
        values.extend(inner.values.map_or_else(Vec::new, |values| values.0));
        let (wanted, inner) = (vec!["(?)"; tickets.len()].join(", "), inner.sql);
        let sql = format!(
            "WITH wanted(id) AS (VALUES {wanted}) SELECT page.* FROM wanted \
             JOIN message AS page ON page.id IN ({inner})"
        );
        (sql, values)
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut rows = message::Entity::find()
        .from_raw_sql(statement)
        .all(db)
        .await?;
    rows.sort_unstable_by_key(|row| (row.ticket_id, row.created_at, row.id));
    if newest_first {
        rows.reverse();
    }
    Ok(rows)
}

/// `column = ANY(ids)` on PostgreSQL, so that the statement's text does not vary with the number of
/// ids; `IN (...)` on SQLite.
pub(crate) fn among<V: Into<Value>>(
    backend: DbBackend,
    column: impl ColumnTrait,
    array: ArrayType,
    values: impl IntoIterator<Item = V>,
) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    if backend == DbBackend::Postgres {
        let array = Value::Array(array, Some(Box::new(values)));
        column.into_expr().eq(PgFunc::any(Expr::val(array)))
    } else {
        column.is_in(values)
    }
}

/// The tickets with a timer that is due at `now`, the oldest due first, at most `limit`, without
/// those of `skip`. On PostgreSQL their gates are taken: those that somebody else works on are
/// passed over, and the transaction has no id yet (see [`lock_ticket`]).
pub(crate) async fn claim_due<C: ConnectionTrait>(
    tx: &C,
    now: Timestamp,
    limit: u64,
    skip: &[TicketId],
) -> Result<Vec<TicketId>> {
    let skip = skip.iter().map(|id| Value::from(id.0));
    let due = timer::Entity::find()
        .select_only()
        .column(timer::Column::TicketId)
        .filter(timer::Column::FireAt.lte(now))
        .filter(
            among(
                tx.get_database_backend(),
                timer::Column::TicketId,
                ArrayType::Uuid,
                skip,
            )
            .not(),
        )
        .order_by_asc(timer::Column::FireAt)
        .order_by_asc(timer::Column::TicketId);
    behind_gates(tx, due, "ticket_id", limit).await
}

/// Those of `rows` (which select a ticket's id as `column`) that nobody works on, at most `limit`,
/// each once. On PostgreSQL their gates are taken.
pub(crate) async fn behind_gates<C: ConnectionTrait, E: EntityTrait>(
    tx: &C,
    rows: Select<E>,
    column: &str,
    limit: u64,
) -> Result<Vec<TicketId>> {
    let backend = tx.get_database_backend();
    let statement = if backend == DbBackend::Postgres {
        // As many as others could hold at the same time are looked at, and no more: the list is
        // made first, in order, and gates are taken along it until there are enough.
        let inner = rows.limit(limit * 20).build(backend);
        let sql = format!(
            "WITH due AS MATERIALIZED ({}) SELECT {column} AS id FROM due \
             WHERE pg_try_advisory_xact_lock(\
             ('x' || right(replace({column}::text, '-', ''), 16))::bit(64)::bigint) LIMIT {limit}",
            inner.sql
        );
        let values = inner.values.map_or_else(Vec::new, |values| values.0);
        Statement::from_sql_and_values(backend, sql, values)
    } else {
        let inner = rows.limit(limit).build(backend);
        let sql = format!("SELECT {column} AS id FROM ({})", inner.sql);
        let values = inner.values.map_or_else(Vec::new, |values| values.0);
        Statement::from_sql_and_values(backend, sql, values)
    };
    let found = tx.query_all_raw(statement).await?;
    let ids = found.iter().map(|row| row.try_get::<uuid::Uuid>("", "id"));
    let mut ids: Vec<TicketId> = ids.map(|id| Ok(TicketId(id?))).collect::<Result<_>>()?;
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

/// Locks the row of a follower of the log; `None` if somebody else holds it.
pub(crate) async fn lock_follower<C: ConnectionTrait>(
    tx: &C,
    name: &str,
) -> Result<Option<follower::Model>> {
    let mut row = follower::Entity::find_by_id(name);
    if tx.get_database_backend() == DbBackend::Postgres {
        let query = QuerySelect::query(&mut row);
        query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    Ok(row.one(tx).await?)
}

/// Keeps all others from working out statistics until the transaction ends, when they are done. On
/// PostgreSQL that gives the transaction no id yet: those who follow the log do not wait for what is
/// only read and computed. SQLite has one writer anyway.
pub(crate) async fn lock_stats<C: ConnectionTrait>(tx: &C) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7306089)")
            .await?;
    }
    Ok(())
}

/// The same, if nobody else is at it; says whether it could.
pub(crate) async fn try_lock_stats<C: ConnectionTrait>(tx: &C) -> Result<bool> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let sql = "SELECT pg_try_advisory_xact_lock(7306089) AS locked";
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a lock was not answered"))?;
    Ok(row.try_get("", "locked")?)
}

/// `rows`, which nobody else changes until the transaction ends.
pub(crate) fn lock_rows<E: EntityTrait>(mut rows: Select<E>, backend: DbBackend) -> Select<E> {
    if backend == DbBackend::Postgres {
        QuerySelect::query(&mut rows).lock(LockType::Update);
    }
    rows
}

/// Claims the deliveries whose ids `rows` selects, for `who` and `until`, passing over those that
/// somebody else is just claiming. What somebody had begun to send and left is ambiguous.
pub(crate) async fn claim_deliveries<C: ConnectionTrait>(
    db: &C,
    mut rows: Select<delivery::Entity>,
    who: uuid::Uuid,
    until: Timestamp,
) -> Result<Vec<delivery::Model>> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Postgres {
        let query = QuerySelect::query(&mut rows);
        query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let wanted = rows.build(backend);
    let mut values = wanted.values.map_or_else(Vec::new, |values| values.0);
    let (by, at) = if backend == DbBackend::Postgres {
        values.extend([Value::from(who), Value::from(until)]);
        (
            format!("${}", values.len() - 1),
            format!("${}", values.len()),
        )
    } else {
        values.extend([Value::from(who), Value::from(until)]);
        ("?".to_owned(), "?".to_owned())
    };
    // The list is made once: looked at again, it would lock others.
    let sql = format!(
        "WITH due AS MATERIALIZED ({}) UPDATE delivery SET claimed_by = {by}, claimed_until = {at}, \
         ambiguous = (ambiguous OR sending), sending = FALSE WHERE id IN (SELECT id FROM due) \
         RETURNING *",
        wanted.sql
    );
    let claimed = Statement::from_sql_and_values(backend, sql, values);
    let claimed = delivery::Entity::find().from_raw_sql(claimed);
    Ok(claimed.all(db).await?)
}

/// Locks the rows of tickets whose gates are taken.
pub(crate) async fn lock_tickets<C: ConnectionTrait>(
    tx: &C,
    ids: &[TicketId],
) -> Result<Vec<ticket::Model>> {
    let backend = tx.get_database_backend();
    let wanted = ids.iter().map(|id| Value::from(id.0));
    let mut rows =
        ticket::Entity::find().filter(among(backend, ticket::Column::Id, ArrayType::Uuid, wanted));
    if backend == DbBackend::Postgres {
        QuerySelect::query(&mut rows).lock(LockType::Update);
    }
    Ok(rows.all(tx).await?)
}

/// The time of the database. A clock that a test drives goes before it, and SQLite has no other than
/// the machine's.
pub(crate) async fn database_now<C: ConnectionTrait>(tx: &C, clock: &Clock) -> Result<Timestamp> {
    now_of(tx, clock, "SELECT clock_timestamp() AS now").await
}

/// The same, and from here on policies and calendars stay as they are.
pub(crate) async fn now_behind_gate<C: ConnectionTrait>(
    tx: &C,
    clock: &Clock,
) -> Result<Timestamp> {
    // The time is read when the gate is open.
    let sql =
        format!("SELECT clock_timestamp() AS now FROM (SELECT {SHARED_RULES} OFFSET 0) AS gate");
    now_of(tx, clock, &sql).await
}

async fn now_of<C: ConnectionTrait>(tx: &C, clock: &Clock, sql: &str) -> Result<Timestamp> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(clock.now());
    }
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("the database has no time"))?;
    let now = row.try_get("", "now")?;
    Ok(if clock.is_manual() { clock.now() } else { now })
}

/// Writes the columns that timers change, and those that flags change, in the rows of `tickets`.
pub(crate) async fn update_tickets<C: ConnectionTrait>(
    tx: &C,
    tickets: &[ticket::Model],
) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let rows: Vec<_> = tickets
            .iter()
            .map(|row| {
                serde_json::json!({
                    "id": row.id, "version": row.version, "updated_at": row.updated_at,
                    "priority": row.priority.rank(), "status": row.status, "team_id": row.team_id,
                    "closed_at": row.closed_at, "escalated": row.escalated,
                    "escalated_at": row.escalated_at, "escalation_tier": row.escalation_tier,
                    "escalation_target": row.escalation_target, "sla_state": row.sla_state,
                    "sla_due_at": row.sla_due_at, "assignee_away": row.assignee_away,
                })
            })
            .collect();
        let sql = "UPDATE ticket SET version = v.version, updated_at = v.updated_at, \
            priority = v.priority, status = v.status, team_id = v.team_id, closed_at = v.closed_at, \
            escalated = v.escalated, escalated_at = v.escalated_at, \
            escalation_tier = v.escalation_tier, escalation_target = v.escalation_target, \
            sla_state = v.sla_state, sla_due_at = v.sla_due_at, assignee_away = v.assignee_away \
            FROM jsonb_to_recordset($1) AS v(id uuid, version int, updated_at timestamptz, \
            priority smallint, status text, team_id uuid, closed_at timestamptz, escalated boolean, \
            escalated_at timestamptz, escalation_tier smallint, escalation_target text, \
            sla_state text, sla_due_at timestamptz, assignee_away boolean) WHERE ticket.id = v.id";
        let values = [Value::from(serde_json::Value::Array(rows))];
        tx.execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            sql,
            values,
        ))
        .await?;
        return Ok(());
    }
    for row in tickets {
        let change = ticket::ActiveModel {
            version: Set(row.version),
            updated_at: Set(row.updated_at),
            priority: Set(row.priority),
            status: Set(row.status),
            team_id: Set(row.team_id),
            closed_at: Set(row.closed_at),
            escalated: Set(row.escalated),
            escalated_at: Set(row.escalated_at),
            escalation_tier: Set(row.escalation_tier),
            escalation_target: Set(row.escalation_target),
            sla_state: Set(row.sla_state),
            sla_due_at: Set(row.sla_due_at),
            assignee_away: Set(row.assignee_away),
            ..Default::default()
        };
        ticket::Entity::update_many()
            .set(change)
            .filter(ticket::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
