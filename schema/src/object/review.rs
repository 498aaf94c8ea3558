//! Tickets of samples, and what reviewers say of them.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use domain::review::Item;
use entity::{ReviewSampleId, review};

use super::{Ticket, User};
use crate::{
    context::signed_in,
    error::OrGraphql,
    loader::{ReviewsKey, TicketKey},
};

/// A ticket of a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReviewItem {
    pub(crate) sample: ReviewSampleId,
    pub(crate) item: Item,
    pub(crate) blind: bool,
}

/// A ticket of a sample for quality review.
#[Object]
impl ReviewItem {
    /// Its place in the sample, from 1. The order is random, so the first ones are a sample too.
    async fn position(&self) -> i32 {
        self.item.position
    }

    /// The ticket as it is now; null if it is not there any more.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        let (asked, _) = signed_in(ctx)?;
        let found = asked.loaders.load_one(TicketKey(self.item.ticket)).await;
        Ok(found.or_graphql()?.map(Ticket))
    }

    /// Who was the ticket's assignee when the sample was drawn: whose work is reviewed. Null if it had
    /// none.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.item.agent).await
    }

    /// Whether the viewer is or was the ticket's assignee, and so cannot review it.
    async fn own_work(&self) -> bool {
        self.item.own
    }

    /// True as long as the viewer has not scored the ticket: then `reviews` is empty, whether there
    /// are any or not.
    async fn blind(&self) -> bool {
        self.blind
    }

    /// What the reviewers say, the first one first; the viewer sees it once they have scored the ticket
    /// themselves.
    async fn reviews(&self, ctx: &Context<'_>) -> Result<Vec<TicketReview>> {
        if self.blind {
            return Ok(Vec::new());
        }
        let (asked, _) = signed_in(ctx)?;
        let key = ReviewsKey {
            sample: self.sample,
            ticket: self.item.ticket,
        };
        let rows = asked.loaders.load_one(key).await.or_graphql()?;
        let rows = rows.unwrap_or_default();
        Ok(rows.iter().cloned().map(TicketReview).collect())
    }
}

/// What a reviewer says of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct TicketReview(pub(crate) review::Model);

/// What a reviewer says of how a ticket was handled.
#[Object]
impl TicketReview {
    /// Who.
    async fn reviewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, Some(self.0.reviewer_id)).await
    }

    /// From 1, the worst, to 5, the best.
    async fn score(&self) -> i32 {
        self.0.score.into()
    }

    /// Why; null if the reviewer did not say.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }

    /// When it was first scored.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When score and notes were last written.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
