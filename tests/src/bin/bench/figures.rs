//! Statistics: how long a dashboard takes, against the same figures by plain SQL, and how fast the job
//! works out what happened.

use std::time::{Duration, Instant};

use domain::{Clock, db::Db, stats::Aggregator};
use serde_json::{Value, json};

use crate::{
    database::{Copy, rows, value},
    options::Options,
    say,
    server::{Server, token},
};

/// How often a dashboard is asked for.
const ASKED: usize = 40;
/// How often SQL is: it takes long.
const BY_SQL: usize = 3;

/// A dashboard of a year: what a supervisor's page shows at once.
const DASHBOARD: &str = include_str!("figures.graphql");

/// The same figures by plain SQL, as one would write it.
const SQL: &str = include_str!("sql/figures.sql");

/// What came out on a desk of one size.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub(crate) tickets: u64,
    pub(crate) events: u64,
    /// How long it took to work out everything from the beginning of the log.
    pub(crate) worked_out: Duration,
    /// How long each dashboard took, ascending.
    pub(crate) dashboards: Vec<Duration>,
    /// How long SQL took, ascending.
    pub(crate) by_sql: Vec<Duration>,
    /// The largest difference of a median or a 90th percentile, as a share of what SQL says.
    pub(crate) error: f64,
    pub(crate) buckets: u64,
}

impl Figures {
    pub(crate) fn dashboard_ms(&self) -> f64 {
        middle(&self.dashboards) * 1e3
    }

    pub(crate) fn sql_ms(&self) -> f64 {
        middle(&self.by_sql) * 1e3
    }

    pub(crate) fn events_per_second(&self) -> f64 {
        self.events as f64 / self.worked_out.as_secs_f64()
    }

    /// For the JSON report.
    pub(crate) fn json(&self) -> Value {
        let seconds = |all: &[Duration]| all.iter().map(Duration::as_secs_f64).collect::<Vec<_>>();
        json!({ "tickets": self.tickets, "events": self.events, "buckets": self.buckets,
            "worked_out_seconds": self.worked_out.as_secs_f64(),
            "events_per_second": self.events_per_second(),
            "dashboard_seconds": seconds(&self.dashboards), "sql_seconds": seconds(&self.by_sql),
            "quantile_error": self.error })
    }
}

fn middle(sorted: &[Duration]) -> f64 {
    sorted[sorted.len() / 2].as_secs_f64()
}

/// Works out the statistics of a copy, and takes turns between dashboards and SQL.
pub(crate) async fn measure(copy: &mut Copy, tickets: u64, options: &Options) -> Figures {
    say(&format!("8: working out statistics of {tickets} tickets"));
    let db = Db::connect(&copy.url, 2).await.unwrap();
    let aggregator = Aggregator::new(db, Clock::system());
    let begun = Instant::now();
    let report = aggregator.run(None).await;
    let worked_out = begun.elapsed();
    assert_eq!((report.error, report.left), (None, 0));
    crate::database::run(&mut copy.sql, "VACUUM ANALYZE").await;
    let buckets = "SELECT to_jsonb(count(*)) FROM stats_bucket";
    let buckets = value(&mut copy.sql, buckets).await.as_u64().unwrap();
    // As a dashboard asks: up to now.
    let now = value(&mut copy.sql, "SELECT to_jsonb(now())").await;
    let now: chrono::DateTime<chrono::Utc> = serde_json::from_value(now).unwrap();
    let from = now - chrono::TimeDelta::days(365);
    let asked = json!({ "from": from, "to": now });
    let server = Server::start(&options.server, &copy.url).await;
    let supervisor = token("bench-supervisor", "supervisor");
    let sql = SQL
        .replace(":from", &format!("'{}'", from.to_rfc3339()))
        .replace(":to", &format!("'{}'", now.to_rfc3339()));
    let mut figures = Figures {
        tickets,
        events: report.events,
        worked_out,
        dashboards: Vec::new(),
        by_sql: Vec::new(),
        error: 0.0,
        buckets,
    };
    for round in 0..=BY_SQL {
        let mut answer = Value::Null;
        for _ in 0..ASKED / BY_SQL {
            let begun = Instant::now();
            answer = server.ask(&supervisor, DASHBOARD, &asked);
            // The first ones warm up.
            if round > 0 {
                figures.dashboards.push(begun.elapsed());
            }
        }
        let begun = Instant::now();
        let by_sql = rows(&mut copy.sql, &sql).await;
        if round > 0 {
            figures.by_sql.push(begun.elapsed());
        }
        figures.error = figures
            .error
            .max(compare(&answer["stats"], &by_sql[0]["figures"]));
    }
    server.stop().await;
    figures.dashboards.sort_unstable();
    figures.by_sql.sort_unstable();
    figures
}

/// Fails unless counts are the same; says how far quantiles are off.
fn compare(ours: &Value, sql: &Value) -> f64 {
    let number = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_f64);
        found.unwrap_or_else(|| panic!("no number at {pointer}: {value:#}"))
    };
    for name in [
        "created",
        "resolved",
        "reopened",
        "met",
        "breached",
        "satisfaction/count",
    ] {
        let pointer = format!("/totals/{name}");
        assert_eq!(number(ours, &pointer), number(sql, &pointer), "{name}");
    }
    let average = "/totals/satisfaction/average";
    if !sql.pointer(average).is_some_and(Value::is_null) {
        let apart = number(ours, average) - number(sql, average);
        assert!(apart.abs() < 1e-9, "satisfaction is off by {apart}");
    }
    let list = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    let (weeks, their_weeks) = (list(ours, "series"), list(sql, "series"));
    let created: Vec<f64> = weeks
        .iter()
        .map(|week| number(week, "/figures/created"))
        .collect();
    let theirs: Vec<f64> = their_weeks
        .iter()
        .map(|week| number(week, "/created"))
        .collect();
    assert_eq!(created, theirs);
    let groups = list(ours, "groups");
    for theirs in list(sql, "groups") {
        let name = &theirs["name"];
        let ours = groups.iter().find(|group| group["name"] == *name).unwrap();
        let created = number(ours, "/figures/created");
        assert_eq!(created, number(&theirs, "/created"), "{name}");
    }
    let mut error = 0.0_f64;
    for pointer in [
        "/totals/firstResponseTime/medianSeconds",
        "/totals/firstResponseTime/p90Seconds",
        "/totals/firstResolutionTime/medianSeconds",
        "/totals/firstResolutionTime/p90Seconds",
    ] {
        let (ours, theirs) = (number(ours, pointer), number(sql, pointer));
        error = error.max((ours - theirs).abs() / theirs);
    }
    error
}
