//! Following the log for others: what is published, in the log's order, by one process at a time.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use entity::{TicketId, Timestamp, Visibility, event, follower, message, ticket};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect, Value, sea_query::ArrayType,
};
use uuid::Uuid;

use crate::{
    Clock, Error, EventData, Position, Result,
    db::{Db, among, database_now},
    live::{LiveEvent, log},
    query::format_number,
};

/// The follower that publishes to Kafka.
pub const KAFKA: &str = "KAFKA";

/// Makes everything that is in the log now history, of which nobody is told. In the transaction that
/// wrote it, it never was anything else.
pub const PASS_OVER: &str = "UPDATE follower SET \
    xid = COALESCE((SELECT event.xid FROM event ORDER BY event.xid DESC, event.seq DESC LIMIT 1), 0), \
    seq = COALESCE((SELECT event.seq FROM event ORDER BY event.xid DESC, event.seq DESC LIMIT 1), 0)";

/// An event with all that is published of it.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its place in the log.
    pub position: Position,
    /// The row.
    pub event: event::Model,
    /// Its data.
    pub data: EventData,
    /// The ticket's number.
    pub number: String,
    /// The ticket's subject as it is now.
    pub subject: String,
    /// The public reply that it wrote. Internal notes are not even loaded.
    pub message: Option<message::Model>,
}

/// Follows the log under a lease, so that what is published keeps its order. Who holds it and dies
/// is followed by the next one when the lease is over, from where the work was done.
#[derive(Clone, Debug)]
pub struct Relay {
    db: Db,
    clock: Clock,
    name: &'static str,
    me: Uuid,
    lease: TimeDelta,
}

impl Relay {
    /// A relay of this process.
    pub fn new(db: Db, clock: Clock, name: &'static str, lease: TimeDelta) -> Self {
        let me = Uuid::new_v4();
        Self {
            db,
            clock,
            name,
            me,
            lease,
        }
    }

    /// Takes the lease, or keeps it, and says up to where everything is published. `None` while
    /// another process has it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn acquire(&self) -> Result<Option<Position>> {
        if !self.hold(follower::ActiveModel::default(), true).await? {
            return Ok(None);
        }
        Ok(Some(reached(self.db.admin(), self.name).await?))
    }

    /// Whether everything is published that can be.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn is_done(&self) -> Result<bool> {
        Ok(next(&self.db, self.name).await?.is_none())
    }

    /// Notes that everything up to `position` is published, and keeps the lease. `false` if another
    /// process has it by now: that goes on from where the work was last noted.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn advance(&self, position: Position) -> Result<bool> {
        let row = follower::ActiveModel {
            xid: Set(position.xid),
            seq: Set(position.seq),
            ..Default::default()
        };
        self.hold(row, false).await
    }

    /// Keeps the lease. `false` if another process has it by now.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn renew(&self) -> Result<bool> {
        self.hold(follower::ActiveModel::default(), false).await
    }

    /// Keeps the lease, and takes it if it is free and `may_take` says so. Who went on past the end of
    /// the lease must not take back what others have done since.
    async fn hold(&self, row: follower::ActiveModel, may_take: bool) -> Result<bool> {
        let now = database_now(self.db.read(), &self.clock).await?;
        let row = follower::ActiveModel {
            holder: Set(Some(self.me)),
            held_until: Set(Some(now + self.lease)),
            ..row
        };
        let mut free = Condition::any().add(follower::Column::Holder.eq(self.me));
        if may_take {
            free = free
                .add(follower::Column::Holder.is_null())
                .add(follower::Column::HeldUntil.lte(now));
        }
        let held = follower::Entity::update_many()
            .set(row)
            .filter(follower::Column::Name.eq(self.name))
            .filter(free)
            .exec(self.db.admin())
            .await?;
        Ok(held.rows_affected == 1)
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer: then it runs out by itself.
    pub async fn release(&self) -> Result<()> {
        let nobody = follower::ActiveModel {
            holder: Set(None),
            held_until: Set(None),
            ..Default::default()
        };
        follower::Entity::update_many()
            .set(nobody)
            .filter(follower::Column::Name.eq(self.name))
            .filter(follower::Column::Holder.eq(self.me))
            .exec(self.db.admin())
            .await?;
        Ok(())
    }

    /// Up to `limit` events behind `after`, in order. One that this version cannot read ends the
    /// list: a newer one wrote it, and that publishes it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn read(&self, after: Position, limit: u64) -> Result<Vec<Published>> {
        let entries = log::read(self.db.read(), None, after, limit).await?;
        let events: Vec<_> = entries.into_iter().map_while(|entry| entry.event).collect();
        publish(&self.db, &events).await
    }

    /// For how many seconds the oldest event that is not published has been waiting; 0 if there is
    /// none.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn lag(&self, now: Timestamp) -> Result<i64> {
        lag(&self.db, self.name, now).await
    }
}

/// What is published of `events`, in their order.
async fn publish(db: &Db, events: &[Arc<LiveEvent>]) -> Result<Vec<Published>> {
    let mut tickets: Vec<TicketId> = events.iter().map(|event| event.row.ticket_id).collect();
    tickets.sort_unstable();
    tickets.dedup();
    let ids = tickets.iter().map(|id| Value::from(id.0));
    let wanted = among(db.backend(), ticket::Column::Id, ArrayType::Uuid, ids);
    let known: HashMap<TicketId, (i64, String)> = ticket::Entity::find()
        .select_only()
        .columns([
            ticket::Column::Id,
            ticket::Column::Number,
            ticket::Column::Subject,
        ])
        .filter(wanted)
        .into_tuple::<(TicketId, i64, String)>()
        .all(db.read())
        .await?
        .into_iter()
        .map(|(id, number, subject)| (id, (number, subject)))
        .collect();
    let public = events
        .iter()
        .filter(|event| event.row.visibility == Visibility::Public);
    let ids: Vec<_> = public.filter_map(|event| event.row.message_id).collect();
    let mut messages = HashMap::new();
    if !ids.is_empty() {
        let ids = ids.into_iter().map(|id| Value::from(id.0));
        let wanted = among(db.backend(), message::Column::Id, ArrayType::Uuid, ids);
        let rows = message::Entity::find()
            .filter(wanted)
            .filter(message::Column::Internal.eq(false));
        for row in rows.all(db.read()).await? {
            messages.insert(row.id, row);
        }
    }
    let published = events.iter().map(|event| {
        let row = event.row.clone();
        let (number, subject) = known.get(&row.ticket_id).cloned().unwrap_or_default();
        Published {
            position: event.position,
            data: event.data.clone(),
            number: format_number(number),
            subject,
            message: row.message_id.and_then(|id| messages.get(&id).cloned()),
            event: row,
        }
    });
    Ok(published.collect())
}

/// Events by their number, as they are published. Those that are not there are left out.
pub(crate) async fn some(db: &Db, numbers: &[i64]) -> Result<HashMap<i64, Published>> {
    let ids = numbers.iter().map(|number| Value::from(*number));
    let wanted = among(db.backend(), event::Column::Seq, ArrayType::BigInt, ids);
    let rows = event::Entity::find().filter(wanted).all(db.read()).await?;
    let events = rows.into_iter().map(LiveEvent::new);
    let events: Vec<_> = events
        .map(|event| event.map(Arc::new))
        .collect::<Result<_>>()?;
    let published = publish(db, &events).await?;
    Ok(published
        .into_iter()
        .map(|published| (published.event.seq, published))
        .collect())
}

/// When the first event happened that the follower called `name` has not done, if there is one.
pub(crate) async fn next(db: &Db, name: &str) -> Result<Option<Timestamp>> {
    let after = reached(db.read(), name).await?;
    log::first_behind(db.read(), after).await
}

/// Up to where the follower called `name` has done everything.
async fn reached(db: &impl ConnectionTrait, name: &str) -> Result<Position> {
    let row = follower::Entity::find_by_id(name).one(db).await?;
    let row = row.ok_or_else(|| Error::internal("a follower has no row"))?;
    Ok(Position::from(&row))
}

/// For how many seconds the first event that the follower called `name` has not done has been
/// waiting.
pub(crate) async fn lag(db: &Db, name: &str, now: Timestamp) -> Result<i64> {
    let first = next(db, name).await?;
    Ok(first.map_or(0, |at| (now - at).num_seconds().max(0)))
}
