//! Scoring a ticket of a sample.

use entity::{ReviewSampleId, TicketId, review, review_item, review_sample, ticket};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::Serialize;

use super::agreement::{HIGHEST, LOWEST};
use crate::{
    Error, Result, Screened, UserErrorCode,
    command::{Command, Work},
    permission::Action,
    query::visible_to,
    text::Check,
};

/// The longest notes, in characters.
const MAX_NOTES: usize = 5_000;

/// Scores a ticket of a sample, or changes one's own score and notes. Writes no event: a review is
/// about the ticket, not on it.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewTicket {
    /// The sample.
    pub sample: ReviewSampleId,
    /// The ticket.
    pub ticket: TicketId,
    /// From 1, the worst, to 5, the best.
    pub score: i32,
    /// Why, in place of what was said before.
    pub notes: Option<Screened>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for ReviewTicket {
    type Output = (ReviewSampleId, TicketId);
    const NAME: &'static str = "reviewTicket";
    const ACTION: Action = Action::ManageReviews;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<Self::Output> {
        let mut check = Check::default();
        let score = i16::try_from(self.score).unwrap_or(0);
        if !(LOWEST..=HIGHEST).contains(&score) {
            let message =
                format!("`score` must be from {LOWEST}, the worst, to {HIGHEST}, the best.");
            check.fail(UserErrorCode::Invalid, &["score"], message);
        }
        let notes = self.notes.as_ref().map(|notes| notes.get().as_str());
        let notes = check.optional_text(notes, &["notes"], MAX_NOTES);
        check.finish()?;
        self.check_own(work).await?;
        let row = review::ActiveModel {
            sample_id: Set(self.sample),
            ticket_id: Set(self.ticket),
            reviewer_id: Set(work.actor.id),
            score: Set(score),
            notes: Set(notes),
            created_at: Set(work.now),
            updated_at: Set(work.now),
        };
        use review::Column::{Notes, ReviewerId, SampleId, Score, TicketId, UpdatedAt};
        let in_place = OnConflict::columns([SampleId, TicketId, ReviewerId])
            .update_columns([Score, Notes, UpdatedAt])
            .to_owned();
        review::Entity::insert(row)
            .on_conflict(in_place)
            .exec_without_returning(work.tx())
            .await?;
        Ok((self.sample, self.ticket))
    }
}

impl ReviewTicket {
    /// Passes for a ticket of the sample that is not the reviewer's own work: neither when it was drawn
    /// nor now.
    async fn check_own(&self, work: &Work) -> Result<()> {
        let item = review_item::Entity::find_by_id((self.sample, self.ticket));
        let Some(item) = item.one(work.tx()).await? else {
            let sample = review_sample::Entity::find_by_id(self.sample);
            return Err(match sample.one(work.tx()).await? {
                Some(_) => Error::not_found("ticket in this sample", &["ticketId"]),
                None => Error::not_found("sample", &["sampleId"]),
            });
        };
        let ticket = visible_to(work.actor).filter(ticket::Column::Id.eq(self.ticket));
        let ticket = ticket.one(work.tx()).await?;
        let ticket =
            ticket.ok_or_else(|| Error::not_found("ticket in this sample", &["ticketId"]))?;
        let own = Some(work.actor.id);
        if item.assignee_id == own || ticket.assignee_id == own {
            let message = "You are the assignee of this ticket, or were when it was drawn, and nobody \
                           reviews their own work. Leave it to another reviewer.";
            return Err(Error::user(UserErrorCode::Invalid, &["ticketId"], message));
        }
        Ok(())
    }
}
