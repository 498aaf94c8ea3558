//! How far the statistics have been worked out.

use entity::stats_state;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};

use super::zone::Zone;
use crate::{
    Error, Position, Result,
    db::{Db, lock_stats, try_lock_stats},
};

/// The version of the rules by which facts and sums are made. Whoever changes what a figure means, or
/// how it is stored, counts this up: then the next run of the job works out everything anew. A migration
/// has to write the same number, so that a new desk, of which nothing is kept yet, can be asked at once.
pub(super) const FORMAT: i32 = 3;

/// How far the statistics have been worked out, and how they are summed up.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The version of the rules that was used.
    pub(super) format: i32,
    /// Everything in the log up to here is in.
    pub position: Position,
    /// The time zone of days, weeks and months.
    pub zone: Zone,
    /// From which quarter of an hour on there are days, weeks and months.
    pub(super) rolled_from: i32,
}

impl State {
    fn of(row: &stats_state::Model) -> Result<Self> {
        Ok(Self {
            format: row.format,
            position: Position {
                xid: row.xid,
                seq: row.seq,
            },
            zone: Zone::stored(&row.time_zone)?,
            rolled_from: row.rolled_from,
        })
    }

    /// As it is stored.
    pub(super) async fn load(db: &impl ConnectionTrait) -> Result<Self> {
        let row = stats_state::Entity::find_by_id(1).one(db).await?;
        Self::of(&row.ok_or_else(|| Error::internal("no row in stats_state"))?)
    }

    /// As it is stored, if questions can be answered from it.
    ///
    /// # Errors
    /// `Unavailable` while everything is worked out anew.
    pub(super) async fn load_whole(db: &impl ConnectionTrait) -> Result<Self> {
        let state = Self::load(db).await?;
        if state.format != FORMAT {
            return Err(Error::Unavailable(
                "the statistics are being worked out anew".into(),
            ));
        }
        Ok(state)
    }

    /// Begins a transaction to whose end it is kept from all others. `None` if somebody else has it.
    pub(super) async fn take(db: &Db) -> Result<Option<(DatabaseTransaction, Self)>> {
        let tx = db.begin().await?;
        if !try_lock_stats(&tx).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        // Read when the lock is held: as the last one left it.
        let state = Self::load(&tx).await?;
        Ok(Some((tx, state)))
    }

    /// The same, when whoever has it is done with it.
    pub(super) async fn wait_for(db: &Db) -> Result<(DatabaseTransaction, Self)> {
        let tx = db.begin().await?;
        lock_stats(&tx).await?;
        let state = Self::load(&tx).await?;
        Ok((tx, state))
    }

    /// Stores it.
    pub(super) async fn save(&self, tx: &DatabaseTransaction) -> Result<()> {
        let row = stats_state::ActiveModel {
            format: Set(self.format),
            xid: Set(self.position.xid),
            seq: Set(self.position.seq),
            time_zone: Set(self.zone.name().to_owned()),
            rolled_from: Set(self.rolled_from),
            ..Default::default()
        };
        stats_state::Entity::update_many()
            .set(row)
            .filter(stats_state::Column::Id.eq(1))
            .exec(tx)
            .await?;
        Ok(())
    }
}
