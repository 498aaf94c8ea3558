//! Opening and migrating the database.

use domain::db::Db;
use migration::Migrator;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use sea_orm_migration::MigratorTrait;

use crate::config::{Config, StartError, given};

/// The advisory lock under which PostgreSQL is migrated: several processes may start at once.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7306085)";

/// Waiting for one's turn, and for a large table, may take long.
const PATIENCE: &str = "SET LOCAL lock_timeout = 0";

/// Connects, and makes sure that the tables are those that this version knows. The embedded
/// default and a database that is still empty are migrated; any other that is behind is left
/// alone, since the operator decides when.
///
/// # Errors
/// When it cannot be reached, or is behind.
pub async fn open(config: &Config) -> Result<Db, StartError> {
    let db = connect(config).await?;
    bring_up(&db, false).await?;
    check_log(&db).await?;
    adopt(&db).await?;
    Ok(db)
}

/// Connects.
///
/// # Errors
/// When it cannot be reached.
pub async fn connect(config: &Config) -> Result<Db, StartError> {
    if given(&config.database_url).is_none() {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            let folder = config.data_dir.display();
            StartError::because(&format!("Cannot make {folder} (DESKWIRE_DATA_DIR)"), &error)
        })?;
    }
    let connecting = Db::connect(&config.database_url(), config.db_connections).await;
    connecting.map_err(|e| StartError::because("Cannot open the database (DATABASE_URL)", &e))
}

/// Brings the tables up to this version.
///
/// # Errors
/// When a migration fails; on PostgreSQL none of them is kept then.
pub async fn migrate(db: &Db) -> Result<(), StartError> {
    bring_up(db, true).await?;
    adopt(db).await
}

/// Tickets from before there were deadlines get theirs.
async fn adopt(db: &Db) -> Result<(), StartError> {
    let adopted = domain::sla::adopt(db).await;
    let adopted = adopted.map_err(|e| StartError::because("Cannot work out deadlines", &e))?;
    if adopted > 0 {
        tracing::info!("{adopted} tickets from before there were deadlines have theirs now");
    }
    Ok(())
}

/// All of it happens in one transaction, so that processes which start together take turns.
async fn bring_up(db: &Db, wanted: bool) -> Result<(), StartError> {
    let tx = db.begin().await;
    let tx = tx.map_err(|e| StartError::because("Cannot use the database", &e))?;
    if db.is_postgres() {
        tx.execute_unprepared(PATIENCE).await.map_err(failed)?;
        tx.execute_unprepared(LOCK).await.map_err(failed)?;
    }
    let pending = Migrator::get_pending_migrations(&tx)
        .await
        .map_err(failed)?
        .len();
    let applied = Migrator::get_applied_migrations(&tx)
        .await
        .map_err(failed)?
        .len();
    if pending > 0 && applied > 0 && db.is_postgres() && !wanted {
        return Err(StartError(format!(
            "The database lacks {pending} migration(s) of this version. Make a backup, then run: \
             deskwire migrate"
        )));
    }
    if pending > 0 {
        Migrator::up(&tx, None).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)
}

/// Makes the event log whole after a dump was loaded into another PostgreSQL server, and says how
/// many events it touched.
///
/// Positions hold transaction ids, and another server has given out other ones: new events could
/// sort before old ones. The old events move to transaction 0, before everything new; their order
/// stays, since running numbers are given out in the order of each ticket's changes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn after_restore(db: &Db) -> Result<u64, StartError> {
    if !db.is_postgres() {
        return Ok(0);
    }
    let failed = |error: sea_orm::DbErr| StartError::because("Cannot mend the event log", &error);
    let tx = db
        .begin()
        .await
        .map_err(|e| StartError::because("Cannot use the database", &e))?;
    let trigger = "TRIGGER event_append_only";
    tx.execute_unprepared(&format!("ALTER TABLE event DISABLE {trigger}"))
        .await
        .map_err(failed)?;
    // Who tells goes on with the first event that it has not told. Some behind that may have been told;
    // they are the same ones to whoever hears of them.
    tx.execute_unprepared(
        "UPDATE follower SET xid = 0, seq = COALESCE(\
         (SELECT min(event.seq) - 1 FROM event \
         WHERE (event.xid, event.seq) > (follower.xid, follower.seq)), \
         (SELECT max(event.seq) FROM event), 0)",
    )
    .await
    .map_err(failed)?;
    let moved = tx
        .execute_unprepared("UPDATE event SET xid = 0 WHERE xid <> 0")
        .await;
    let moved = moved.map_err(failed)?.rows_affected();
    // Statistics are worked out again from the beginning, which changes nothing that is right.
    tx.execute_unprepared("UPDATE stats_state SET xid = 0, seq = 0")
        .await
        .map_err(failed)?;
    tx.execute_unprepared(&format!("ALTER TABLE event ENABLE {trigger}"))
        .await
        .map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(moved)
}

/// Refuses a log whose events come from another PostgreSQL server.
async fn check_log(db: &Db) -> Result<(), StartError> {
    if !db.is_postgres() {
        return Ok(());
    }
    let foreign = "SELECT 1 FROM event \
        WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint LIMIT 1";
    let statement = Statement::from_string(db.backend(), foreign);
    match db.read().query_one_raw(statement).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(StartError(
            "The event log was loaded from another PostgreSQL server, and new events would sort \
             before old ones. Stop all servers, then run: deskwire after-restore"
                .to_owned(),
        )),
        Err(error) => Err(StartError::because("Cannot read the event log", &error)),
    }
}

/// Whether there is no ticket yet.
///
/// # Errors
/// When the database does not answer.
pub async fn is_empty(db: &Db) -> Result<bool, StartError> {
    let any = entity::ticket::Entity::find().one(db.read()).await;
    any.map(|ticket| ticket.is_none())
        .map_err(|e| StartError::because("Cannot read tickets", &e))
}

fn failed(error: sea_orm::DbErr) -> StartError {
    StartError::because("Cannot migrate the database", &error)
}
