//! The databases: one template per size, made once and kept, and a copy for each run.

use std::path::Path;

use deskwire_tests::Cluster;
use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;

use crate::{
    options::{Options, SEED},
    say,
};

/// What both sides are measured on.
const SETTINGS: [&str; 8] = [
    "max_connections=200",
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.save=off",
    "pg_stat_statements.track_planning=on",
    "synchronous_commit=on",
];

/// The cluster, and what it is set to.
pub(crate) struct Databases {
    pub(crate) cluster: Cluster,
    pub(crate) settings: Vec<String>,
}

/// A copy of a template, on which a run may write.
pub(crate) struct Copy {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) sql: PgConnection,
}

impl Databases {
    /// Starts the cluster that is kept in `folder`; `None` without PostgreSQL.
    pub(crate) fn start(folder: &Path, options: &Options) -> Option<Self> {
        let mut settings: Vec<String> = SETTINGS.map(str::to_owned).to_vec();
        if !options.durable {
            settings.push("synchronous_commit=off".to_owned());
        }
        let given: Vec<&str> = settings.iter().map(String::as_str).collect();
        let cluster = Cluster::keep(folder, &given)?;
        Some(Self { cluster, settings })
    }

    /// A fresh copy of a desk with so many tickets.
    pub(crate) async fn copy(&self, options: &Options, tickets: u64) -> Copy {
        let template = self.template(options, tickets).await;
        let name = "bench".to_owned();
        self.cluster
            .run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await;
        say(&format!("copying {template}"));
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
        self.cluster.run(&copy).await;
        let url = self.cluster.url(&name);
        let mut sql = PgConnection::connect(&url).await.unwrap();
        run(
            &mut sql,
            "CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
        )
        .await;
        // What a desk that runs for a while has: statistics, and pages known to be visible to all.
        run(&mut sql, "VACUUM ANALYZE").await;
        run(&mut sql, "CHECKPOINT").await;
        Copy { name, url, sql }
    }

    /// Makes the tables in an empty database.
    pub(crate) async fn migrate(&self, url: &str) {
        let db = sea_orm::Database::connect(url).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        db.close().await.unwrap();
    }

    async fn template(&self, options: &Options, tickets: u64) -> String {
        let newest = Migrator::migrations()
            .last()
            .map(|last| last.name().to_owned());
        let name = format!("demo_{tickets}_{SEED}_{}", newest.unwrap_or_default());
        let mut sql = PgConnection::connect(&self.cluster.url("postgres"))
            .await
            .unwrap();
        let there = "SELECT to_jsonb(count(*)) FROM pg_database WHERE datname = ";
        if value(&mut sql, &format!("{there}'{name}'")).await == 1 {
            return name;
        }
        say(&format!(
            "making {tickets} tickets; they are kept for the next run"
        ));
        self.cluster.run("DROP DATABASE IF EXISTS making").await;
        self.cluster.run("CREATE DATABASE making").await;
        let made = Command::new(&options.server)
            .env_clear()
            .env("DATABASE_URL", self.cluster.url("making"))
            .env("DESKWIRE_LOG", "warn")
            .args(["demo", "--seed", &SEED.to_string(), "--tickets"])
            .arg(tickets.to_string())
            .status()
            .await;
        assert!(made.unwrap().success(), "deskwire demo");
        // The name is given at the end: what has it is whole.
        self.cluster
            .run(&format!("ALTER DATABASE making RENAME TO {name}"))
            .await;
        name
    }
}

/// Runs a statement.
pub(crate) async fn run(sql: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The one JSON value that a statement gives.
pub(crate) async fn value(sql: &mut PgConnection, statement: &str) -> Value {
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_one(sql)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// The rows that a query gives, as JSON objects in their order.
pub(crate) async fn rows(sql: &mut PgConnection, query: &str) -> Vec<Value> {
    let query = query.trim_end().trim_end_matches(';');
    let all = format!("SELECT COALESCE(jsonb_agg(to_jsonb(rows)), '[]') FROM ({query}) rows");
    let Value::Array(rows) = value(sql, &all).await else {
        panic!("not a list: {query}");
    };
    rows
}
