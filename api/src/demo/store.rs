//! The database that is filled: what is there before, and how rows get in.

use std::sync::Arc;

use domain::{Error, Result, db::Db, sla::Rulebook, telling::PASS_OVER};
use entity::{category, subject, team, team_member, ticket, ticket_number, user};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement, sea_query::Expr,
};

use super::{
    copy, insert,
    people::{DEV_ISSUER, ISSUER, Known},
    rows::Rows,
};

/// A database to be filled.
#[derive(Clone, Debug)]
pub(super) struct Store(Db);

/// Rows in the form in which they are written.
#[derive(Debug)]
pub(super) enum Batch {
    /// For COPY.
    Postgres(Vec<copy::Table>),
    /// As they are.
    Sqlite(Box<Rows>),
}

impl Store {
    pub(super) fn new(db: &Db) -> Self {
        Self(db.clone())
    }

    /// Passes if there is no ticket and none of the people that are about to be made up.
    pub(super) async fn check_empty(&self) -> Result<()> {
        let db = self.0.admin();
        let ticket = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::Id)
            .limit(1);
        if ticket.into_tuple::<uuid::Uuid>().one(db).await?.is_some() {
            return Err(Error::BadInput(
                "The database holds tickets already, so no demo data was written: they are for an \
                 empty database. Use a new one (another DATABASE_URL, or another data folder), or \
                 empty this one first. If an earlier `demo` was interrupted, do the same."
                    .to_owned(),
            ));
        }
        let people = user::Entity::find()
            .filter(user::Column::Issuer.eq(ISSUER))
            .limit(1);
        if people.one(db).await?.is_some() {
            return Err(Error::BadInput(
                "The database holds no tickets, but the people of an earlier demo, so no demo data \
                 was written. Use a new database, or empty this one in full."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) async fn categories(&self) -> Result<Vec<category::Model>> {
        Ok(category::Entity::find().all(self.0.admin()).await?)
    }

    pub(super) async fn subjects(&self) -> Result<Vec<subject::Model>> {
        Ok(subject::Entity::find().all(self.0.admin()).await?)
    }

    /// The development identities and the teams that are there.
    pub(super) async fn known(&self) -> Result<Known> {
        let db = self.0.admin();
        let dev = user::Entity::find().filter(user::Column::Issuer.eq(DEV_ISSUER));
        Ok(Known {
            people: dev.all(db).await?,
            teams: team::Entity::find().all(db).await?,
            members: team_member::Entity::find().all(db).await?,
        })
    }

    /// The rules by which timers run: those of now, for the whole year.
    pub(super) async fn rules(&self) -> Result<Arc<Rulebook>> {
        Ok(Arc::new(Rulebook::current(&self.0).await?))
    }

    /// The number that the next ticket would get. It is not taken.
    pub(super) async fn next_number(&self) -> Result<i64> {
        let db = self.0.admin();
        let sql = if self.0.is_postgres() {
            "SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END AS number \
             FROM ticket_number_seq"
        } else {
            "SELECT last + 1 AS number FROM ticket_number WHERE id = 1"
        };
        let row = db
            .query_one_raw(Statement::from_string(self.0.backend(), sql))
            .await?;
        let row = row.ok_or_else(|| Error::internal("there is no ticket number to begin with"))?;
        Ok(row.try_get("", "number")?)
    }

    /// Brings rows into the form in which they are written here.
    ///
    /// # Errors
    /// As [`copy::encode`].
    pub(super) fn prepare(&self, rows: Rows) -> Result<Batch> {
        Ok(if self.0.is_postgres() {
            Batch::Postgres(copy::encode(&rows)?)
        } else {
            Batch::Sqlite(Box::new(rows))
        })
    }

    /// Writes a batch in one transaction. Nobody is told of it: it belongs to the past. `last_number`: the last ticket number that is used up by
    /// this and all later batches.
    ///
    /// # Errors
    /// As everything that writes; nothing of the batch was written then.
    pub(super) async fn write(&self, batch: Batch, last_number: Option<i64>) -> Result<()> {
        match batch {
            Batch::Postgres(tables) => {
                let pool = self.0.admin().get_postgres_connection_pool();
                let mut tx = pool.begin().await.map_err(copy::failed)?;
                if let Some(last) = last_number {
                    let set = sqlx::query("SELECT setval('ticket_number_seq', $1)").bind(last);
                    set.execute(&mut *tx).await.map_err(copy::failed)?;
                }
                copy::send(&mut tx, &tables).await?;
                let pass_over = sqlx::query(PASS_OVER);
                pass_over.execute(&mut *tx).await.map_err(copy::failed)?;
                tx.commit().await.map_err(copy::failed)
            }
            Batch::Sqlite(rows) => {
                let tx = self.0.begin().await?;
                if let Some(last) = last_number {
                    let set = ticket_number::Entity::update_many()
                        .col_expr(ticket_number::Column::Last, Expr::val(last))
                        .filter(ticket_number::Column::Id.eq(1));
                    set.exec(&tx).await?;
                }
                insert::write(&tx, *rows).await?;
                tx.execute_unprepared(PASS_OVER).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// Tells the planner what is there now, so that the first queries are planned well.
    ///
    /// # Errors
    /// As everything that writes.
    pub(super) async fn tidy(&self) -> Result<()> {
        let db = self.0.admin();
        if self.0.is_postgres() {
            db.execute_unprepared(
                "VACUUM (ANALYZE) user_account, team, team_member, ticket, ticket_tag, \
                 ticket_subject, ticket_co_assignee, context_link, message, rating, event, timer, timer_firing",
            )
            .await?;
        } else {
            db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                .await?;
        }
        Ok(())
    }
}
