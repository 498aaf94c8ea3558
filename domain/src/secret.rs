//! Secrets that all processes on one database share, made at first use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::server_secret;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use crate::{Clock, Desk, Error, Result, db::Db};

/// The secret called `name`: 256 random bits in letters and digits. If there is none yet it is made,
/// unless another process was faster.
///
/// # Errors
/// `Unavailable` when the database does not answer.
pub(crate) async fn shared(db: &Db, clock: &Clock, name: &str) -> Result<String> {
    let known = server_secret::Entity::find_by_id(name);
    if let Some(row) = known.one(db.read()).await? {
        return Ok(row.value);
    }
    let mut random = [0_u8; 32];
    rand::fill(&mut random);
    let row = server_secret::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(URL_SAFE_NO_PAD.encode(random)),
        created_at: Set(clock.now()),
    };
    let keep_the_first = OnConflict::column(server_secret::Column::Name)
        .do_nothing()
        .to_owned();
    let tx = db.begin().await?;
    server_secret::Entity::insert(row)
        .on_conflict(keep_the_first)
        .exec_without_returning(&tx)
        .await?;
    let row = server_secret::Entity::find_by_id(name).one(&tx).await?;
    tx.commit().await?;
    row.map(|row| row.value)
        .ok_or_else(|| Error::internal("a secret vanished"))
}

impl Desk {
    /// The secret called `name`: 256 random bits in letters and digits. If there is none yet it is
    /// made, unless another process was faster.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn shared_secret(&self, name: &str) -> Result<String> {
        let secret = shared(&self.db, &self.clock, name).await;
        self.hub.wake();
        secret
    }
}
