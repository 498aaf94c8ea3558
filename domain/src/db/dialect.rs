//! All SQL in which PostgreSQL and SQLite differ.

use entity::{TicketId, message, ticket, ticket_number};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Statement, Value,
    sea_query::{
        ArrayType, Expr, ExprTrait, JoinType, LockType, Query, extension::postgres::PgFunc,
    },
};

use crate::{Error, Result};

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
        // The random part of the id.
        let key = i64::from_be_bytes(id.0.as_u64_pair().1.to_be_bytes());
        let mut gate = Query::select();
        gate.expr(Expr::cust_with_values("pg_advisory_xact_lock($1)", [key]));
        let always = Condition::all().add(Expr::cust("TRUE"));
        let query = QuerySelect::query(&mut rows);
        query.join_subquery(JoinType::InnerJoin, gate, "gate", always);
        query.lock_with_tables(LockType::Update, [ticket::Entity]);
    }
    Ok(rows.one(tx).await?)
}

/// The next ticket number, unique whatever runs at the same time.
pub(crate) async fn next_ticket_number<C: ConnectionTrait>(tx: &C) -> Result<i64> {
    let sql = if tx.get_database_backend() == DbBackend::Postgres {
        "SELECT nextval('ticket_number_seq') AS number"
    } else {
        "UPDATE ticket_number SET last = last + 1 WHERE id = 1 RETURNING last AS number"
    };
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| {
        Error::internal(format!(
            "no row in {}",
            sea_orm::EntityName::table_name(&ticket_number::Entity)
        ))
    })?;
    Ok(row.try_get("", "number")?)
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
