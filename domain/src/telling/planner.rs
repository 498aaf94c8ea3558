//! The planner: follows the log and writes down what is to be told. One of any number works at a
//! time; what it wrote and how far it came are one transaction, so nothing is planned twice and
//! nothing is left out, whenever it is killed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::TimeDelta;
use entity::{
    Channel, DeliveryState, EventKind, NotificationKind, Role, Timestamp, UserId, delivery,
    follower, notification, user, webhook_endpoint,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
    sea_query::{ArrayType, LockType, OnConflict},
};

use super::{
    outbox::unsent,
    plan::{Directory, News, Person, Telling, To, Via, plan},
    preference::preferences_of,
    webhook::switched_on,
};
use crate::{
    Clock, Position, Result,
    db::{Db, among, database_now, lock_follower},
    live::{LiveEvent, log},
    sla::store::ROWS,
};

/// The follower that plans.
pub(crate) const PLANNER: &str = "PLANNER";

/// How many events one transaction takes at most.
const BATCH: u64 = 200;

/// What an operator says about telling.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The addresses of the admin team. If there are none, its mail goes to the supervisors.
    pub admin_team: Vec<String>,
    /// Whether customers are asked how satisfied they are.
    pub survey: bool,
    /// People are not told of what is older than this when it is planned.
    pub news_for: TimeDelta,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            admin_team: Vec::new(),
            survey: false,
            news_for: TimeDelta::days(7),
        }
    }
}

/// What a planner wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Events that it went through.
    pub events: u64,
    /// Notifications in the app.
    pub notifications: u64,
    /// Mails and requests to endpoints.
    pub deliveries: u64,
}

/// Plans on a migrated database.
#[derive(Clone, Debug)]
pub struct Planner {
    db: Db,
    clock: Clock,
    rules: Rules,
}

impl Planner {
    /// A planner. The time is the database's, or that of a `clock` that a test drives.
    pub fn new(db: Db, clock: Clock, rules: Rules) -> Self {
        Self { db, clock, rules }
    }

    /// Plans one transaction's worth of events. `None` if another planner is at work, which then does
    /// it; with no events, everything is planned.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; nothing was written then.
    pub async fn step(&self) -> Result<Option<Planned>> {
        // Without anything to do, nothing is locked.
        if super::relay::next(&self.db, PLANNER).await?.is_none() {
            return Ok(Some(Planned::default()));
        }
        let tx = self.db.begin().await?;
        let Some(row) = lock_follower(&tx, PLANNER).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let (events, end) = self.read(&tx, Position::from(&row)).await?;
        if events.is_empty() {
            tx.rollback().await?;
            return Ok(Some(Planned::default()));
        }
        let now = database_now(&tx, &self.clock).await?;
        let directory = self.directory(&tx, &events).await?;
        let mut rows = Rows::default();
        for (place, event) in events.iter().enumerate() {
            let together = together(&events, place);
            let news = News {
                event: &event.row,
                data: &event.data,
                together: &together,
            };
            let is_news = now - event.row.at <= self.rules.news_for;
            for telling in plan(news, &directory) {
                if is_news || telling.via == Via::Webhook {
                    rows.add(event, telling, now);
                }
            }
        }
        let planned = rows.write(&tx, events.len()).await?;
        let advance = follower::ActiveModel {
            xid: Set(end.xid),
            seq: Set(end.seq),
            ..Default::default()
        };
        follower::Entity::update_many()
            .set(advance)
            .filter(follower::Column::Name.eq(PLANNER))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(Some(planned))
    }

    /// The next events behind `after`, those of one command together, and where they end.
    ///
    /// One that this version cannot read is not passed over: a newer one wrote it, and that plans it.
    async fn read(
        &self,
        tx: &DatabaseTransaction,
        after: Position,
    ) -> Result<(Vec<Arc<LiveEvent>>, Position)> {
        let entries = log::read(tx, None, after, BATCH).await?;
        let is_full = u64::try_from(entries.len()).is_ok_and(|read| read == BATCH);
        let mut events: Vec<_> = entries.into_iter().map_while(|entry| entry.event).collect();
        // What a command noted stays together: the rest of it may be in the next batch.
        if is_full && let Some(last) = events.last() {
            let command = command_of(last);
            let whole = events
                .iter()
                .rposition(|event| command_of(event) != command);
            if let Some(whole) = whole {
                events.truncate(whole + 1);
            }
        }
        let end = events.last().map_or(after, |event| event.position);
        Ok((events, end))
    }

    /// Everybody and everything that could be told of `events`.
    async fn directory(
        &self,
        tx: &DatabaseTransaction,
        events: &[Arc<LiveEvent>],
    ) -> Result<Directory> {
        let mut ids = HashSet::new();
        let mut supervisors = false;
        for event in events {
            let after = &event.data.after;
            ids.insert(after.requester);
            ids.extend(after.assignee);
            ids.extend(&after.co_assignees);
            supervisors |= event.row.kind == EventKind::TicketCreated || event.data.sla.is_some();
        }
        let wanted = ids.iter().map(|id| Value::from(id.0));
        let mut wanted = sea_orm::Condition::any().add(among(
            tx.get_database_backend(),
            user::Column::Id,
            ArrayType::Uuid,
            wanted,
        ));
        if supervisors {
            wanted = wanted.add(user::Column::Role.eq(Role::Supervisor));
        }
        let rows = user::Entity::find().filter(wanted).all(tx).await?;
        let staff: Vec<UserId> = rows.iter().map(|row| row.id).collect();
        let mut preferences = preferences_of(tx, &staff).await?;
        let of_desk = rows.iter().filter(|row| row.role == Role::Supervisor);
        let supervisors = of_desk.map(|row| row.id).collect();
        let people: HashMap<_, _> = rows
            .into_iter()
            .map(|row| {
                let person = Person {
                    role: row.role,
                    has_address: row.email.is_some_and(|email| !email.is_empty()),
                    preferences: preferences.remove(&row.id).unwrap_or_default(),
                };
                (row.id, person)
            })
            .collect();
        // Held to the end: who deletes one skips what is written for it here.
        let endpoints = switched_on()
            .order_by_asc(webhook_endpoint::Column::Id)
            .lock(LockType::KeyShare)
            .all(tx)
            .await?;
        Ok(Directory {
            people,
            supervisors,
            admin_team: self.rules.admin_team.clone(),
            endpoints: endpoints
                .into_iter()
                .map(|row| (row.id, row.kinds.0))
                .collect(),
            survey: self.rules.survey,
        })
    }

    /// For how many seconds the oldest event that is not planned has been waiting; 0 if there is none.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn lag(&self, now: Timestamp) -> Result<i64> {
        super::relay::lag(&self.db, PLANNER, now).await
    }
}

/// What tells the command that noted an event from all others.
fn command_of(event: &LiveEvent) -> (i64, entity::TicketId, Timestamp, Option<UserId>) {
    let row = &event.row;
    (row.xid, row.ticket_id, row.at, row.actor_id)
}

/// The kinds of the events that one command noted, that at `place` among them.
fn together(events: &[Arc<LiveEvent>], place: usize) -> Vec<EventKind> {
    let Some(event) = events.get(place) else {
        return Vec::new();
    };
    let command = command_of(event);
    let same = |event: &&Arc<LiveEvent>| command_of(event) == command;
    let before = events[..place].iter().rev().take_while(same);
    let after = events[place..].iter().take_while(same);
    before.chain(after).map(|event| event.row.kind).collect()
}

/// What a transaction of the planner writes.
#[derive(Default)]
struct Rows {
    notifications: Vec<notification::ActiveModel>,
    deliveries: Vec<delivery::ActiveModel>,
}

impl Rows {
    fn add(&mut self, event: &LiveEvent, telling: Telling, now: Timestamp) {
        let row = &event.row;
        let Telling { kind, to, via } = telling;
        if let (Via::App, To::Person(person), Some(kind)) = (via, &to, kind) {
            self.notifications.push(notification::ActiveModel {
                user_id: Set(*person),
                event_seq: Set(row.seq),
                ticket_id: Set(row.ticket_id),
                kind: Set(kind),
                actor_id: Set(row.actor_id),
                message_id: Set(row.message_id),
                created_at: Set(row.at),
                read_at: Set(None),
                ..Default::default()
            });
            return;
        }
        let recipient = match &to {
            To::Person(id) => format!("user:{id}"),
            To::Address(address) => format!("address:{address}"),
            To::Endpoint(id) => format!("endpoint:{id}"),
        };
        let (channel, state, next_at) = match via {
            Via::Webhook => (Channel::Webhook, DeliveryState::Pending, now),
            Via::Digest(minutes) => (Channel::Mail, DeliveryState::Held, digest_at(now, minutes)),
            Via::Mail | Via::App => (Channel::Mail, DeliveryState::Pending, now),
        };
        let told = kind.map_or("EVENT", NotificationKind::as_str);
        let dedupe_key = format!("{}:{}:{recipient}:{told}", row.seq, channel.as_str());
        let (user_id, address, endpoint_id) = match to {
            To::Person(id) => (Some(id), None, None),
            To::Address(address) => (None, Some(address), None),
            To::Endpoint(id) => (None, None, Some(id)),
        };
        self.deliveries.push(delivery::ActiveModel {
            dedupe_key: Set(dedupe_key),
            channel: Set(channel),
            state: Set(state),
            kind: Set(kind),
            event_seq: Set(Some(row.seq)),
            ticket_id: Set(Some(row.ticket_id)),
            user_id: Set(user_id),
            address: Set(address),
            endpoint_id: Set(endpoint_id),
            lane: Set(format!("{recipient}:{}", row.ticket_id)),
            next_at: Set(next_at),
            ..unsent(now)
        });
    }

    async fn write(self, tx: &DatabaseTransaction, events: usize) -> Result<Planned> {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let planned = Planned {
            events: count(events),
            notifications: count(self.notifications.len()),
            deliveries: count(self.deliveries.len()),
        };
        // That something is there already is possible only where the log was set back, as after a
        // restored backup: then it was told already.
        for some in self.notifications.chunks(ROWS) {
            notification::Entity::insert_many(some.to_vec())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
        for some in self.deliveries.chunks(ROWS) {
            delivery::Entity::insert_many(some.to_vec())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
        Ok(planned)
    }
}

/// When the digest goes that is being collected at `now`: at the next whole multiple of its time.
fn digest_at(now: Timestamp, minutes: i32) -> Timestamp {
    let length = i64::from(minutes.max(1)) * 60;
    let next = (now.timestamp().div_euclid(length) + 1) * length;
    Timestamp::from_timestamp(next, 0).unwrap_or(now)
}
