//! What is to be sent: taking it up, and noting what became of it. Any number of workers may do so;
//! a claim runs out, so that what a killed one held is taken up by the next.

use chrono::TimeDelta;
use entity::{
    Channel, DeliveryState, NotificationKind, Timestamp, WebhookId, delivery, webhook_endpoint,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::backoff::{MOST_ATTEMPTS, pause};
use crate::{
    Clock, Result,
    db::{Db, claim_deliveries, database_now},
};

/// How often a mail is sent again of which nobody knows whether it arrived.
const MOST_UNANSWERED: i32 = 3;

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The other side took it.
    Sent,
    /// It is not sent: its recipient may not, or does not want to, have it any more.
    Skipped(String),
    /// It was not taken, and is tried again unless that was often enough. `after`: not before so
    /// long, if the other side said so.
    Failed {
        /// Why, for staff.
        error: String,
        /// Whether it may have arrived all the same.
        ambiguous: bool,
        /// How long the other side asked to wait.
        after: Option<TimeDelta>,
    },
    /// It will never be taken.
    Refused(String),
}

/// A delivery that nobody holds.
pub(super) fn unclaimed() -> delivery::ActiveModel {
    delivery::ActiveModel {
        claimed_by: Set(None),
        claimed_until: Set(None),
        sending: Set(false),
        ..Default::default()
    }
}

/// A new delivery, made at `now` and due at once. Who gets what, by which way, is still to be said.
pub(super) fn unsent(now: Timestamp) -> delivery::ActiveModel {
    delivery::ActiveModel {
        state: Set(DeliveryState::Pending),
        event_seq: Set(None),
        ticket_id: Set(None),
        user_id: Set(None),
        address: Set(None),
        endpoint_id: Set(None),
        attempts: Set(0),
        next_at: Set(now),
        ambiguous: Set(false),
        last_error: Set(None),
        bundle_id: Set(None),
        created_at: Set(now),
        settled_at: Set(None),
        ..unclaimed()
    }
}

/// The outbox, as one worker sees it.
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(super) db: Db,
    clock: Clock,
    me: Uuid,
    lease: TimeDelta,
}

impl Outbox {
    /// The outbox for a worker of its own. What it claims and does not settle within `lease` is
    /// anybody's again.
    pub fn new(db: Db, clock: Clock, lease: TimeDelta) -> Self {
        let me = Uuid::new_v4();
        Self {
            db,
            clock,
            me,
            lease,
        }
    }

    /// The time, as all workers see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn now(&self) -> Result<Timestamp> {
        database_now(self.db.read(), &self.clock).await
    }

    /// Takes up to `limit` mails that are due, the oldest first: of each lane only the first that is
    /// open, so that a recipient gets what a ticket's mails tell in their order.
    pub async fn claim_mails(&self, limit: u64) -> Result<Vec<delivery::Model>> {
        let mails = Expr::cust("delivery.channel = 'MAIL'");
        self.claim(Condition::all().add(mails), limit).await
    }

    /// The same for the requests to one endpoint.
    pub async fn claim_requests(
        &self,
        endpoint: WebhookId,
        limit: u64,
    ) -> Result<Vec<delivery::Model>> {
        let requests = Condition::all()
            .add(Expr::cust("delivery.channel = 'WEBHOOK'"))
            .add(delivery::Column::EndpointId.eq(endpoint));
        self.claim(requests, limit).await
    }

    async fn claim(&self, which: Condition, limit: u64) -> Result<Vec<delivery::Model>> {
        let now = self.now().await?;
        // Looking costs no lock.
        let due = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .filter(which.clone())
            .filter(open_at(now))
            .limit(1)
            .into_tuple::<i64>();
        if due.one(self.db.read()).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .filter(which)
            .filter(open_at(now))
            .filter(Expr::cust(FIRST_OF_ITS_LANE))
            .order_by_asc(delivery::Column::NextAt)
            .order_by_asc(delivery::Column::Id)
            .limit(limit);
        let until = now + self.lease;
        let mut rows = claim_deliveries(self.db.admin(), rows, self.me, until).await?;
        rows.sort_unstable_by_key(|row| (row.next_at, row.id));
        Ok(rows)
    }

    /// Notes that sending begins now. `false` if the claim has run out: then somebody else has it.
    ///
    /// From here to [`Self::settle`] nobody knows whether it was sent. Who takes up what was left
    /// here marks it as ambiguous.
    pub async fn begin(&self, id: i64) -> Result<bool> {
        let now = self.now().await?;
        let row = delivery::ActiveModel {
            sending: Set(true),
            claimed_until: Set(Some(now + self.lease)),
            ..Default::default()
        };
        let begun = delivery::Entity::update_many()
            .set(row)
            .filter(self.mine(id))
            .filter(delivery::Column::ClaimedUntil.gt(now))
            .exec(self.db.admin())
            .await?;
        Ok(begun.rows_affected == 1)
    }

    /// Notes what became of a delivery, and says the state that it is in then.
    pub async fn settle(
        &self,
        row: &delivery::Model,
        settled: Settled,
        jitter: f64,
    ) -> Result<DeliveryState> {
        let now = self.now().await?;
        let free = unclaimed();
        let attempts = row.attempts + 1;
        let (change, state) = match settled {
            Settled::Sent => (free, DeliveryState::Sent),
            Settled::Skipped(why) => (
                delivery::ActiveModel {
                    last_error: Set(Some(why)),
                    ..free
                },
                DeliveryState::Skipped,
            ),
            Settled::Refused(error) => (
                delivery::ActiveModel {
                    attempts: Set(attempts),
                    last_error: Set(Some(error)),
                    ..free
                },
                DeliveryState::Dead,
            ),
            Settled::Failed {
                error,
                ambiguous,
                after,
            } => {
                let wait = pause(attempts, jitter).max(after.unwrap_or_default());
                // A mail that may have arrived again and again is for a person to look at.
                let too_often = row.channel == Channel::Mail
                    && row.ambiguous
                    && ambiguous
                    && attempts >= MOST_UNANSWERED;
                let state = if attempts < MOST_ATTEMPTS && !too_often {
                    DeliveryState::Pending
                } else {
                    DeliveryState::Dead
                };
                let change = delivery::ActiveModel {
                    attempts: Set(attempts),
                    next_at: Set(now + wait),
                    ambiguous: Set(row.ambiguous || ambiguous),
                    last_error: Set(Some(error)),
                    ..free
                };
                (change, state)
            }
        };
        let change = delivery::ActiveModel {
            state: Set(state),
            settled_at: Set((state != DeliveryState::Pending).then_some(now)),
            ..change
        };
        let done = delivery::Entity::update_many()
            .set(change)
            .filter(self.mine(row.id))
            .exec(self.db.admin())
            .await?;
        if done.rows_affected == 0 {
            // The claim ran out while it was being sent: whoever has it now may send it once more.
            self.mark_ambiguous(row.id).await?;
        }
        Ok(state)
    }

    /// Gives back what was claimed and not begun, as it was.
    pub async fn release(&self, rows: &[delivery::Model]) -> Result<()> {
        let claimed = delivery::Column::Id.is_in(rows.iter().map(|row| row.id));
        let untouched = delivery::Column::Sending.eq(false);
        self.free(Condition::all().add(claimed).add(untouched), false)
            .await
    }

    /// Gives back what was begun: the service is away, and that is not counted against this.
    /// `ambiguous`: it may have been sent all the same.
    pub async fn give_back(&self, row: &delivery::Model, ambiguous: bool) -> Result<()> {
        let this = Condition::all().add(delivery::Column::Id.eq(row.id));
        self.free(this, ambiguous).await
    }

    async fn free(&self, which: Condition, ambiguous: bool) -> Result<()> {
        let free = delivery::ActiveModel {
            // A mark that is there stays.
            ambiguous: if ambiguous { Set(true) } else { NotSet },
            ..unclaimed()
        };
        delivery::Entity::update_many()
            .set(free)
            .filter(which)
            .filter(delivery::Column::ClaimedBy.eq(self.me))
            .exec(self.db.admin())
            .await?;
        Ok(())
    }

    async fn mark_ambiguous(&self, id: i64) -> Result<()> {
        tracing::warn!(
            delivery.id = id,
            "a delivery took longer than its claim; it may arrive twice"
        );
        delivery::Entity::update_many()
            .set(delivery::ActiveModel {
                ambiguous: Set(true),
                ..Default::default()
            })
            .filter(delivery::Column::Id.eq(id))
            .exec(self.db.admin())
            .await?;
        Ok(())
    }

    fn mine(&self, id: i64) -> Condition {
        Condition::all()
            .add(delivery::Column::Id.eq(id))
            .add(delivery::Column::ClaimedBy.eq(self.me))
            .add(delivery::Column::State.eq(DeliveryState::Pending))
    }

    /// How many deliveries are due and not settled, those to endpoints that are switched off or
    /// deleted left out.
    pub async fn due(&self) -> Result<u64> {
        let now = self.now().await?;
        let due = delivery::Entity::find()
            .filter(delivery::Column::State.eq(DeliveryState::Pending))
            .filter(delivery::Column::NextAt.lte(now))
            .filter(Expr::cust(SWITCHED_ON));
        Ok(due.count(self.db.read()).await?)
    }

    /// For how many seconds the delivery by `channel` has been due that could be sent now and was not,
    /// the longest of them; 0 if there is none. What failed by itself and waits for its next attempt,
    /// what waits behind it, and what is for an endpoint that is left alone, is nobody's delay.
    pub async fn lag(&self, channel: Channel, now: Timestamp) -> Result<i64> {
        let which = match channel {
            Channel::Mail => "delivery.channel = 'MAIL'",
            Channel::Webhook => "delivery.channel = 'WEBHOOK'",
        };
        let mut paused = webhook_endpoint::Entity::find()
            .select_only()
            .column(webhook_endpoint::Column::Id)
            .filter(webhook_endpoint::Column::PausedUntil.gt(now));
        let paused = std::mem::replace(QuerySelect::query(&mut paused), Query::select());
        let waiting = Condition::any()
            .add(delivery::Column::EndpointId.is_null())
            .add(delivery::Column::EndpointId.not_in_subquery(paused));
        let oldest = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::NextAt)
            .filter(Expr::cust("delivery.state = 'PENDING'"))
            .filter(Expr::cust(which))
            .filter(delivery::Column::NextAt.lte(now))
            .filter(waiting)
            .filter(Expr::cust(SWITCHED_ON))
            .filter(Expr::cust(FIRST_OF_ITS_LANE))
            .order_by_asc(delivery::Column::NextAt)
            .limit(1)
            .into_tuple::<Timestamp>()
            .one(self.db.read())
            .await?;
        Ok(oldest.map_or(0, |at| (now - at).num_seconds().max(0)))
    }
}

/// That nothing earlier is open of what the same recipient gets about the same ticket.
const FIRST_OF_ITS_LANE: &str = "NOT EXISTS (SELECT 1 FROM delivery AS earlier \
    WHERE earlier.lane = delivery.lane AND earlier.id < delivery.id AND earlier.state = 'PENDING')";

/// That a delivery is a mail, or goes to an endpoint that is there and switched on.
const SWITCHED_ON: &str = "(delivery.endpoint_id IS NULL OR delivery.endpoint_id IN \
    (SELECT id FROM webhook_endpoint WHERE enabled AND deleted_at IS NULL))";

/// What can be taken up at `now`.
fn open_at(now: Timestamp) -> Condition {
    let free = Condition::any()
        .add(delivery::Column::ClaimedUntil.is_null())
        .add(delivery::Column::ClaimedUntil.lte(now));
    // A kind that this version does not know is for a newer one.
    let known = Condition::any()
        .add(delivery::Column::Kind.is_null())
        .add(delivery::Column::Kind.is_in(NotificationKind::ALL.iter().copied()));
    // Spelt out, since the indexes are: with a parameter they could not be used.
    Condition::all()
        .add(Expr::cust("delivery.state = 'PENDING'"))
        .add(delivery::Column::NextAt.lte(now))
        .add(free)
        .add(known)
}
