//! Drawing a sample.

use entity::{
    ReviewSampleId, TicketId, Timestamp, UserId, review_item,
    review_sample::{self, Rules},
    ticket,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};
use serde::Serialize;

use super::{
    draw::Draw,
    rules::{check_references, clean, condition, finished, finished_tickets},
};
use crate::{
    Actor, Desk, Error, Result, Screened, UserErrorCode,
    command::{Command, Work},
    db::lock_samples,
    permission::{Action, permit},
    text::{Check, MAX_WORD},
};

/// The largest sample.
const MAX_SIZE: i32 = 500;
/// How many tickets are looked at at a time.
const BATCH: u64 = 10_000;

/// Draws a random sample of the tickets that match some rules.
#[derive(Clone, Debug, Serialize)]
pub struct DrawSample {
    /// What to call it.
    pub name: Screened,
    /// How many tickets, 1 to 500.
    pub size: i32,
    /// What the draw depends on beside the tickets; `None` for a random one.
    pub seed: Option<i32>,
    /// From which tickets.
    pub rules: Rules,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Writes down what was drawn. Only what was asked for is bound to the key: a repeated request gets the
/// sample that was drawn first.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct KeepSample {
    wanted: DrawSample,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    rules: Rules,
    #[serde(skip)]
    seed: i64,
    #[serde(skip)]
    matching: i64,
    #[serde(skip)]
    drawn: Vec<(TicketId, Option<UserId>)>,
}

impl Desk {
    /// Draws a sample and writes it down.
    ///
    /// The tickets are looked through before the transaction that writes: there may be a million of
    /// them, and it would hold up the live view, or on SQLite all who write, for as long.
    ///
    /// # Errors
    /// As [`Desk::execute`]; CONFLICT if a ticket came into another sample in the meantime.
    pub async fn draw_sample(&self, actor: Actor, wanted: DrawSample) -> Result<ReviewSampleId> {
        permit(actor, Action::ManageReviews)?;
        let mut check = Check::default();
        let name = check.line(wanted.name.get(), &["name"], MAX_WORD);
        check_size(wanted.size, &["size"], &mut check);
        if let Some(per_agent) = wanted.rules.per_agent {
            check_size(per_agent, &["rules", "perAgent"], &mut check);
        }
        let rules = clean(&wanted.rules, &mut check);
        check.finish()?;
        check_references(self.db.read(), &rules).await?;

        let seed = wanted
            .seed
            .unwrap_or_else(|| rand::random_range(0..=i32::MAX));
        let seed = i64::from(seed);
        let most = |number: i32| usize::try_from(number).unwrap_or_default();
        let mut draw = Draw::new(seed, most(wanted.size), rules.per_agent.map(most));
        self.offer_all(actor, &rules, &mut draw).await?;
        let matching = crate::query::count(draw.offered())?;
        let drawn = draw.finish();
        let command = KeepSample {
            wanted,
            name,
            rules,
            seed,
            matching,
            drawn,
        };
        self.execute(actor, command).await
    }

    /// Offers all tickets that match, as they are at one moment. Of each only what the draw needs is
    /// read, and no more than a batch of them is in memory.
    async fn offer_all(&self, actor: Actor, rules: &Rules, draw: &mut Draw) -> Result<()> {
        let moment = self.db.begin_reading().await?;
        let matches = Expr::case(condition(actor, rules), Expr::val(1)).finally(Expr::val(0));
        let matches = Expr::expr(matches);
        let mut last: Option<(Timestamp, TicketId)> = None;
        loop {
            let batch = finished_tickets(actor, rules, last)
                .select_only()
                .column(ticket::Column::Id)
                .column(ticket::Column::AssigneeId)
                .column_as(finished(), "finished")
                .column_as(matches.clone(), "matches")
                .limit(BATCH)
                .into_tuple::<(TicketId, Option<UserId>, Timestamp, i32)>()
                .all(&moment)
                .await?;
            for &(ticket, agent, finished, matches) in &batch {
                if matches == 1 {
                    draw.offer(ticket, agent);
                }
                last = Some((finished, ticket));
            }
            if batch.is_empty() {
                return Ok(moment.rollback().await?);
            }
        }
    }
}

fn check_size(size: i32, field: &[&str], check: &mut Check) {
    if !(1..=MAX_SIZE).contains(&size) {
        let name = field.last().copied().unwrap_or_default();
        let message = format!("`{name}` must be from 1 to {MAX_SIZE}.");
        check.fail(UserErrorCode::Invalid, field, message);
    }
}

impl Command for KeepSample {
    type Output = ReviewSampleId;
    const NAME: &'static str = "drawReviewSample";
    const ACTION: Action = Action::ManageReviews;

    fn idempotency_key(&self) -> Option<&str> {
        self.wanted.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<ReviewSampleId> {
        if self.drawn.is_empty() {
            let message = "No ticket matches these rules. Take a longer time, or fewer conditions; \
                           tickets of earlier samples count only with `excludeReviewed: false`.";
            return Err(Error::user(UserErrorCode::Invalid, &["rules"], message));
        }
        if self.rules.exclude_reviewed {
            self.check_overlap(work).await?;
        }
        let id = work.clock().new_id();
        let row = review_sample::Model {
            id,
            name: self.name.clone(),
            rules: self.rules.clone(),
            seed: self.seed,
            wanted: self.wanted.size,
            matching: self.matching,
            found: i32::try_from(self.drawn.len()).map_err(Error::internal)?,
            created_by: work.actor.id,
            created_at: work.now,
        };
        review_sample::Entity::insert(row.into_active_model())
            .exec_without_returning(work.tx())
            .await?;
        let items = (1..).zip(&self.drawn);
        let items = items.map(|(position, &(ticket, agent))| review_item::ActiveModel {
            sample_id: Set(id),
            ticket_id: Set(ticket),
            position: Set(position),
            assignee_id: Set(agent),
        });
        review_item::Entity::insert_many(items)
            .exec_without_returning(work.tx())
            .await?;
        Ok(id)
    }
}

impl KeepSample {
    /// Of two who draw at the same time, the second looks at what the first has written.
    async fn check_overlap(&self, work: &Work) -> Result<()> {
        lock_samples(work.tx()).await?;
        let drawn = self.drawn.iter().map(|(ticket, _)| *ticket);
        let taken = review_item::Entity::find()
            .filter(review_item::Column::TicketId.is_in(drawn))
            .count(work.tx())
            .await?;
        if taken == 0 {
            return Ok(());
        }
        let message = "Somebody else drew a sample at the same moment, and it has some of these \
                       tickets. Draw again.";
        Err(Error::user(UserErrorCode::Conflict, &[], message))
    }
}
