//! Secrets that all server processes on one database share, made at first use.

use entity::server_secret;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use crate::{Desk, Error, Result};

impl Desk {
    /// The secret called `name`. If there is none yet, `proposal` becomes it, unless another
    /// process was faster.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn shared_secret(&self, name: &str, proposal: String) -> Result<String> {
        let row = server_secret::ActiveModel {
            name: Set(name.to_owned()),
            value: Set(proposal),
            created_at: Set(self.clock.now()),
        };
        let keep_the_first = OnConflict::column(server_secret::Column::Name)
            .do_nothing()
            .to_owned();
        let tx = self.db.begin().await?;
        server_secret::Entity::insert(row)
            .on_conflict(keep_the_first)
            .exec_without_returning(&tx)
            .await?;
        let row = server_secret::Entity::find_by_id(name).one(&tx).await?;
        tx.commit().await?;
        self.hub.wake();
        row.map(|row| row.value)
            .ok_or_else(|| Error::internal("a secret vanished"))
    }
}
