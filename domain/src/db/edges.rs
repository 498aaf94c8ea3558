//! Single facts of statistics, of many short stretches of time, in the words of each database.

use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, Statement, Value, sea_query::ArrayType,
};

use super::buckets::array;
use crate::Result;

/// Facts with what their tickets are counted under, of `spans`, none of which overlap: from and to
/// before, in microseconds since 1970, and of which marks they must have one. At most `most`.
///
/// For stretches that are short: what happened in them is searched for one by one.
pub(crate) async fn read_edges<C: ConnectionTrait, M: FromQueryResult>(
    db: &C,
    spans: &[(i64, i64, i64)],
    most: u64,
) -> Result<Vec<M>> {
    let backend = db.get_database_backend();
    let columns = "f.ticket_id, f.ordinal, f.at, f.marks, f.agent_id, f.elapsed, f.waited, \
        f.stay_status, f.stay, f.score, t.category_id, t.priority, t.source, t.team_id, t.subjects, \
        t.merchants";
    // OFFSET keeps each of it a search in an index: the planner takes any stretch for a large part of
    // all time, and would go through all tickets.
    let (sql, mut values) = if backend == DbBackend::Postgres {
        let numbers = |number: fn(&(i64, i64, i64)) -> i64| {
            array(
                ArrayType::BigInt,
                spans.iter().map(|span| number(span).into()),
            )
        };
        let sql = format!(
            "SELECT {columns} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r(f, t, m) \
             CROSS JOIN LATERAL (SELECT * FROM stats_fact \
             WHERE at >= r.f AND at < r.t AND marks & r.m <> 0 OFFSET 0) AS f \
             CROSS JOIN LATERAL (SELECT * FROM stats_ticket \
             WHERE ticket_id = f.ticket_id OFFSET 0) AS t LIMIT $4"
        );
        let values = vec![
            numbers(|span| span.0),
            numbers(|span| span.1),
            numbers(|span| span.2),
        ];
        (sql, values)
    } else {
        let sql = format!(
            "SELECT {columns} FROM json_each(?1) AS r \
             CROSS JOIN stats_fact f CROSS JOIN stats_ticket t \
             WHERE f.at >= json_extract(r.value, '$[0]') AND f.at < json_extract(r.value, '$[1]') \
             AND f.marks & json_extract(r.value, '$[2]') <> 0 AND t.ticket_id = f.ticket_id LIMIT ?2"
        );
        (sql, vec![serde_json::json!(spans).to_string().into()])
    };
    values.push(Value::from(i64::try_from(most).unwrap_or(i64::MAX)));
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(M::find_by_statement(statement).all(db).await?)
}
