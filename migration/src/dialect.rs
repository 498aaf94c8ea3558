//! The words in which the two databases differ, so that a table is written down once.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Column types and others by name: what PostgreSQL calls it, what SQLite calls it.
const WORDS: [(&str, &str, &str); 10] = [
    ("{uuid}", "uuid", "blob"),
    ("{time}", "timestamptz", "text"),
    ("{json}", "jsonb", "text"),
    ("{bytes}", "bytea", "blob"),
    ("{bool}", "boolean", "boolean"),
    ("{text}", "text", "text"),
    (
        "{serial}",
        "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "integer PRIMARY KEY AUTOINCREMENT",
    ),
    // The lock of who works out statistics: nobody does while their tables change.
    (
        "{lock_stats}",
        "SELECT pg_advisory_xact_lock(7306089)",
        "SELECT 1",
    ),
    // Everything, which may be much.
    ("{clear}", "TRUNCATE", "DELETE FROM"),
    // Rows of some kilobytes stay in one piece: a value elsewhere is a search of its own.
    ("{wide}", " WITH (toast_tuple_target = 8160)", ""),
];

/// Runs each statement of `sql` (split at a line that ends in `;`) in the words of the database.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let mut sql = sql.to_owned();
    for (word, on_postgres, on_sqlite) in WORDS {
        sql = sql.replace(word, if postgres { on_postgres } else { on_sqlite });
    }
    for statement in sql.split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}
