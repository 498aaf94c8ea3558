//! The database behind the desk: PostgreSQL, or SQLite as the embedded default.

mod buckets;
mod dialect;
mod edges;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

pub(crate) use buckets::{
    BucketName, BucketRun, Columns, delete_buckets, load_buckets, read_buckets, save_buckets,
};
pub(crate) use dialect::{
    among, behind_gates, claim_deliveries, claim_due, database_now, horizon, latest_per_ticket,
    lock_endpoints, lock_follower, lock_rows, lock_rules, lock_samples, lock_stats, lock_ticket,
    lock_tickets, next_ticket_number, now_behind_gate, person_behind_gate, try_lock_stats,
    update_tickets,
};
pub(crate) use edges::read_edges;

use crate::{Error, Result};

/// The database to connect to: the one that is named, or the embedded default in the data folder.
/// An empty name counts as none: that is how templates leave things out.
pub fn url_or_embedded(named: Option<&str>, data_dir: &std::path::Path) -> String {
    let named = named.map(str::trim).filter(|url| !url.is_empty());
    let embedded = || format!("sqlite://{}", data_dir.join("deskwire.db").display());
    named.map_or_else(embedded, str::to_owned)
}

/// Connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    aside: DatabaseConnection,
    url: Arc<str>,
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Connects to `postgres://...` or `sqlite://path` (made if it is not there) with at most
    /// `connections` connections.
    ///
    /// # Errors
    /// `BadInput` for another kind of URL, `Unavailable` when nothing answers.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let count = |mut db: DatabaseConnection| {
            let statements = Arc::clone(&statements);
            db.set_metric_callback(move |_| {
                statements.fetch_add(1, Ordering::Relaxed);
            });
            db
        };
        let (read, write, aside) =
            if url.starts_with("postgres://") || url.starts_with("postgresql://") {
                let aside = Database::connect(options(url, connections)).await?;
                let both = count(aside.clone());
                (both.clone(), both, aside)
            } else if url.starts_with("sqlite:") {
                // One connection of its own writes, so that writers queue here and not in SQLite.
                let aside = Database::connect(sqlite(url, 1)).await?;
                let read = Database::connect(sqlite(url, connections)).await?;
                (count(read), count(aside.clone()), aside)
            } else {
                return Err(Error::BadInput(
                    "DATABASE_URL must begin with postgres:// or sqlite:. Leave it out for the \
                 embedded SQLite database."
                        .to_owned(),
                ));
            };
        Ok(Self {
            read,
            write,
            aside,
            url: url.into(),
            statements,
        })
    }

    /// Where queries go.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// A connection that may change the schema, for migrations and bulk loads.
    pub fn admin(&self) -> &DatabaseConnection {
        &self.write
    }

    /// The connection that writes, for what is noted in passing: [`Self::statements`], which say what
    /// was done for those who asked, leave it out.
    pub(crate) fn aside(&self) -> &DatabaseConnection {
        &self.aside
    }

    /// The URL that this was connected with. It may hold a password: never show it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    /// How many statements ran through here so far, BEGIN and COMMIT left out.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a transaction that only reads, and all of it as it was at one moment. It holds nobody up.
    /// There is nothing to commit: when it is dropped, it ends by itself, and nobody waits for that.
    ///
    /// # Errors
    /// `Unavailable` when no connection is to be had in time.
    pub async fn begin_reading(&self) -> Result<DatabaseTransaction> {
        // SQLite has no other kind.
        let postgres = self.is_postgres();
        let one_moment = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        Ok(self.read.begin_with_options(one_moment).await?)
    }

    /// Begins a transaction that writes. SQLite takes its write lock here and now.
    ///
    /// # Errors
    /// `Unavailable` when no connection is to be had in time.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(immediate).await?)
    }
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // Testing a connection at each use would add a round trip to every query.
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false)
        // A transaction whose client has vanished would hold its locks, and the horizon of all who
        // follow the log, until the operating system notices. Nothing here waits that long.
        .map_sqlx_postgres_opts(|postgres| {
            postgres.options([
                ("idle_in_transaction_session_timeout", "30s"),
                ("lock_timeout", "10s"),
                ("tcp_keepalives_idle", "30"),
                // Statements here are short: compiling one takes longer than running it.
                ("jit", "off"),
            ])
        });
    options
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = options(url, connections);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            // An acknowledged write survives the loss of power, not only of the process.
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
    });
    options
}
