//! Digests: what was held for somebody goes out as one mail (requirement N4).

use entity::{Channel, DeliveryState, NotificationKind, UserId, delivery};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::outbox::{Outbox, unsent};
use crate::{Result, db::lock_rows};

/// For how many people one step makes digests.
const PEOPLE: u64 = 100;

/// How many news one digest takes; the next one takes the rest.
const MOST: u64 = 1_000;

impl Outbox {
    /// Makes the digests that are due, and says how many there were. What is in one is settled with
    /// it; the digest itself is a mail like others.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; digests that were made stay made.
    pub async fn bundle(&self) -> Result<u64> {
        let now = self.now().await?;
        let due = Condition::all()
            .add(delivery::Column::State.eq(DeliveryState::Held))
            .add(delivery::Column::NextAt.lte(now));
        let people: Vec<UserId> = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::UserId)
            .distinct()
            .filter(due.clone())
            .filter(delivery::Column::UserId.is_not_null())
            .limit(PEOPLE)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let mut made = 0;
        for person in people {
            let tx = self.db.begin().await?;
            let held = delivery::Entity::find()
                .filter(due.clone())
                .filter(delivery::Column::UserId.eq(person))
                .order_by_asc(delivery::Column::Id)
                .limit(MOST);
            let held = lock_rows(held, self.db.backend()).all(&tx).await?;
            // Another worker may have been faster.
            let Some(first) = held.first() else {
                tx.rollback().await?;
                continue;
            };
            let digest = delivery::ActiveModel {
                dedupe_key: Set(format!("digest:{}", first.id)),
                channel: Set(Channel::Mail),
                kind: Set(Some(NotificationKind::Digest)),
                user_id: Set(Some(person)),
                lane: Set(format!("digest:{person}")),
                ..unsent(now)
            };
            let digest = delivery::Entity::insert(digest).exec(&tx).await?;
            let bundled = delivery::ActiveModel {
                state: Set(DeliveryState::Bundled),
                bundle_id: Set(Some(digest.last_insert_id)),
                settled_at: Set(Some(now)),
                ..Default::default()
            };
            delivery::Entity::update_many()
                .set(bundled)
                .filter(delivery::Column::Id.is_in(held.iter().map(|row| row.id)))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            made += 1;
        }
        Ok(made)
    }
}
