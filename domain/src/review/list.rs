//! Samples and reviews as supervisors read them.

use std::collections::HashSet;

use entity::{ReviewSampleId, TicketId, review, review_sample};
use sea_orm::{
    EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value,
    sea_query::{ArrayType, Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    query::count,
};

/// The sort key of samples: their ids grow with time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleKey(Uuid);

impl Key for SampleKey {
    const TAG: &'static str = "review-sample";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&review_sample::Model> for SampleKey {
    fn from(row: &review_sample::Model) -> Self {
        Self(row.id.0)
    }
}

impl Desk {
    /// A page of the samples, newest first.
    ///
    /// # Errors
    /// `Forbidden` for whom it is not, `BadInput` for bad page arguments, `Unavailable` when the
    /// database does not answer; so for everything below.
    pub async fn review_samples(
        &self,
        actor: Actor,
        page: &PageArgs,
    ) -> Result<Page<review_sample::Model>> {
        permit(actor, Action::ManageReviews)?;
        let window = page.window::<SampleKey>()?;
        let (rows, columns) = (review_sample::Entity::find(), [review_sample::Column::Id]);
        window.fetch(self.db.read(), rows, &columns, false).await
    }

    /// How many samples there are.
    pub async fn review_samples_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ManageReviews)?;
        count(review_sample::Entity::find().count(self.db.read()).await?)
    }

    /// Samples by id, in no order.
    pub async fn review_samples_by_id(
        &self,
        actor: Actor,
        ids: &[ReviewSampleId],
    ) -> Result<Vec<review_sample::Model>> {
        permit(actor, Action::ManageReviews)?;
        let ids = ids.iter().map(|id| Value::from(id.0));
        let column = review_sample::Column::Id;
        let wanted = among(self.db.backend(), column, ArrayType::Uuid, ids);
        let rows = review_sample::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }

    /// The reviews of tickets of samples that `actor` has scored themselves, oldest first. Of others
    /// there are none for them.
    pub async fn reviews(
        &self,
        actor: Actor,
        of: &[(ReviewSampleId, TicketId)],
    ) -> Result<Vec<review::Model>> {
        permit(actor, Action::ManageReviews)?;
        let backend = self.db.backend();
        let mut samples: Vec<_> = of.iter().map(|(sample, _)| sample.0).collect();
        let mut tickets: Vec<_> = of.iter().map(|(_, ticket)| ticket.0).collect();
        for ids in [&mut samples, &mut tickets] {
            ids.sort_unstable();
            ids.dedup();
        }
        // Of several samples this can find a little too much: a ticket may be in more than one.
        let in_samples = among(backend, review::Column::SampleId, ArrayType::Uuid, samples);
        let of_tickets = among(backend, review::Column::TicketId, ArrayType::Uuid, tickets);
        let mine = Query::select()
            .expr(Expr::val(1))
            .from_as(review::Entity, "mine")
            .and_where(Expr::cust("mine.sample_id = review.sample_id"))
            .and_where(Expr::cust("mine.ticket_id = review.ticket_id"))
            .and_where(Expr::col(("mine", review::Column::ReviewerId)).eq(actor.id))
            .to_owned();
        let mut rows = review::Entity::find()
            .filter(in_samples)
            .filter(of_tickets)
            .filter(Expr::exists(mine))
            .order_by_asc(review::Column::CreatedAt)
            .order_by_asc(review::Column::ReviewerId)
            .all(self.db.read())
            .await?;
        let of: HashSet<_> = of.iter().copied().collect();
        rows.retain(|row| of.contains(&(row.sample_id, row.ticket_id)));
        Ok(rows)
    }
}
