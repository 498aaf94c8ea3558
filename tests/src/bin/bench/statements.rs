//! How many statements the server sends, as PostgreSQL itself counts them, BEGIN and COMMIT
//! included. Counting costs time, so it is off while time is measured.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    database::{rows, run},
    load::{self, Operation},
};

/// Switches the counting on or off, for all connections.
pub(crate) async fn count(sql: &mut PgConnection, on: bool) {
    let track = if on { "top" } else { "none" };
    let set = format!("ALTER SYSTEM SET pg_stat_statements.track = '{track}'");
    run(sql, &set).await;
    run(sql, "SELECT pg_reload_conf()").await;
    // Servers of connections see it when they next wait for a statement.
    tokio::time::sleep(Duration::from_millis(300)).await;
    run(sql, "SELECT pg_stat_statements_reset()").await;
}

/// What was counted since, by statement: calls and milliseconds of execution and of planning. Most
/// calls first.
pub(crate) async fn counted(sql: &mut PgConnection) -> Vec<Value> {
    let ours = "SELECT query, sum(calls)::bigint AS calls, sum(plans)::bigint AS plans, \
        sum(total_exec_time) AS milliseconds, sum(total_plan_time) AS planning_milliseconds \
        FROM pg_stat_statements JOIN pg_database ON oid = dbid WHERE datname = current_database() \
        AND query NOT ILIKE '%pg_stat_statements%' AND query NOT ILIKE '%pg_reload_conf%' \
        GROUP BY query ORDER BY calls DESC, query";
    rows(sql, ours).await
}

/// The calls of `counted` added up.
pub(crate) fn calls(counted: &[Value]) -> f64 {
    counted.iter().filter_map(|row| row["calls"].as_f64()).sum()
}

/// Statements per request of an operation, and which.
pub(crate) async fn per_request(
    sql: &mut PgConnection,
    operation: &dyn Operation,
    address: SocketAddr,
    connections: usize,
) -> (f64, Vec<Value>) {
    count(sql, true).await;
    let time = Duration::from_secs(2);
    let turn = 1 << 40 | connections as u64;
    let done = load::run(operation, address, connections, time, turn);
    let done = done.unwrap_or_else(|error| panic!("{error}"));
    let requests = done.done;
    let counted = counted(sql).await;
    count(sql, false).await;
    (calls(&counted) / requests, share(counted, requests))
}

/// Everything per request.
fn share(mut counted: Vec<Value>, requests: f64) -> Vec<Value> {
    for row in &mut counted {
        for what in ["calls", "plans", "milliseconds", "planning_milliseconds"] {
            let all = row[what].as_f64().unwrap_or_default();
            row[what] = (all / requests).into();
        }
    }
    counted
}
