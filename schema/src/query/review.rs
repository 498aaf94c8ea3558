//! Samples for quality review.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::{page::Key, review::SampleKey};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    object::ReviewSample,
    prime_review::{WantedOfSamples, prime_samples},
};

#[derive(Default)]
pub(crate) struct ReviewQuery;

#[Object]
impl ReviewQuery {
    /// The samples of tickets for quality review, newest first. Supervisors only.
    async fn review_samples(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<ReviewSampleConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = WantedOfSamples::of_connection(&ctx.look_ahead());
        let args = page_args(first, after, last, before);
        let page = asked.desk.review_samples(actor, &args).await;
        let page = page.or_graphql()?.map(Arc::new);
        prime_samples(asked, &page.items, &wanted)
            .await
            .or_graphql()?;
        let cursor = |row: &Arc<entity::review_sample::Model>| SampleKey::from(&**row).encode();
        Ok(ReviewSampleConnection::new(
            page,
            ReviewSampleTotals,
            cursor,
            ReviewSample,
        ))
    }
}

/// What the list of samples has beside its page.
pub(crate) struct ReviewSampleTotals;

/// What the list of samples has beside its page.
#[Object]
impl ReviewSampleTotals {
    /// How many samples there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.review_samples_total(actor).await.or_graphql()
    }
}

connection!(
    ReviewSampleConnection of ReviewSampleEdge, ReviewSample, ReviewSampleTotals,
    "samples for quality review"
);
