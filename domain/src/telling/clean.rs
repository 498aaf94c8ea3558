//! Clean-up of what was delivered. The event log itself stays: it is the tickets' history, and what
//! live subscriptions resume from.

use chrono::TimeDelta;
use entity::{DeliveryState, delivery, follower, notification, rating, webhook_endpoint};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, Query},
};

use super::outbox::Outbox;
use crate::{Result, db::Db};

/// How many rows one statement deletes at most.
const ROWS: u64 = 1_000;

/// For how long what is done stays on record.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// What was sent, or skipped.
    pub sent: TimeDelta,
    /// What failed for good.
    pub dead: TimeDelta,
    /// Notifications in the app, read or not.
    pub notifications: TimeDelta,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            sent: TimeDelta::days(30),
            dead: TimeDelta::days(90),
            notifications: TimeDelta::days(90),
        }
    }
}

impl Outbox {
    /// Deletes some of what is older than `keep`, and says how many rows that were: 0 when nothing is
    /// left to delete.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn clean(&self, keep: &Retention) -> Result<u64> {
        let now = self.now().await?;
        let settled = |state: &[DeliveryState], age| {
            delivery::Entity::find()
                .filter(delivery::Column::SettledAt.lt(now - age))
                .filter(delivery::Column::State.is_in(state.iter().copied()))
                // That somebody was asked for their opinion is not forgotten, or they would be
                // asked twice.
                .filter(Expr::cust(
                    "(delivery.kind IS NULL OR delivery.kind <> 'SURVEY' OR delivery.state <> 'SENT')",
                ))
        };
        let done = [DeliveryState::Sent, DeliveryState::Skipped];
        // What a digest is made of stays for as long as the digest may still be sent.
        let bundled = settled(&[DeliveryState::Bundled], keep.sent).filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM delivery AS digest WHERE digest.id = delivery.bundle_id \
             AND digest.state IN ('PENDING', 'DEAD'))",
        ));
        let old = notification::Entity::find()
            .filter(notification::Column::CreatedAt.lt(now - keep.notifications));
        let mut deleted = 0;
        deleted += self
            .delete(settled(&done, keep.sent), delivery::Column::Id)
            .await?;
        deleted += self.delete(bundled, delivery::Column::Id).await?;
        deleted += self
            .delete(
                settled(&[DeliveryState::Dead], keep.dead),
                delivery::Column::Id,
            )
            .await?;
        deleted += self.delete(old, notification::Column::Id).await?;
        Ok(deleted)
    }

    async fn delete<E: EntityTrait>(&self, rows: Select<E>, id: E::Column) -> Result<u64> {
        let mut some = rows.select_only().column(id).limit(ROWS);
        let some = std::mem::replace(QuerySelect::query(&mut some), Query::select());
        let deleted = E::delete_many()
            .filter(Condition::all().add(id.in_subquery(some)))
            .exec(self.db.admin())
            .await?;
        Ok(deleted.rows_affected)
    }
}

/// Makes sure that the tables of the outbox are there, as this version knows them.
///
/// # Errors
/// `Unavailable` when the database does not answer, `Internal` when it lacks something.
pub async fn check(db: &Db) -> Result<()> {
    let db = db.read();
    follower::Entity::find().limit(1).all(db).await?;
    delivery::Entity::find().limit(1).all(db).await?;
    notification::Entity::find().limit(1).all(db).await?;
    webhook_endpoint::Entity::find().limit(1).all(db).await?;
    rating::Entity::find().limit(1).all(db).await?;
    Ok(())
}
