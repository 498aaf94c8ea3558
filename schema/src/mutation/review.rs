//! Quality reviews.

use std::sync::Arc;

use async_graphql::{
    Context, ID, InputObject, Object, Result, SimpleObject, dataloader::Loader as _,
};
use domain::{
    permission::{Action, permit},
    review,
};
use entity::ReviewSampleId;

use super::run::split;
use crate::{
    context::signed_in,
    error::OrGraphql,
    id::GlobalId,
    loader::SampleWorkKey,
    object::{ReviewItem, ReviewRulesInput, ReviewSample, UserError},
    prime_review::{WantedOfSamples, prime_samples},
};

#[derive(Default)]
pub(crate) struct ReviewMutation;

/// Which tickets to draw.
#[derive(InputObject)]
pub(crate) struct DrawReviewSampleInput {
    /// What to call the sample, at most 200 characters.
    name: String,
    /// How many tickets, 1 to 500. If fewer match, it is all of them.
    size: i32,
    /// From which tickets.
    rules: ReviewRulesInput,
    /// What the draw depends on beside the tickets: the same seed and the same tickets give the same
    /// sample. Left out, it is random.
    seed: Option<i32>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `drawReviewSample` answers.
#[derive(SimpleObject)]
pub(crate) struct DrawReviewSamplePayload {
    /// The sample; null if something has to be mended.
    sample: Option<ReviewSample>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// A review.
#[derive(InputObject)]
pub(crate) struct ReviewTicketInput {
    /// The sample.
    sample_id: ID,
    /// The ticket, one of the sample.
    ticket_id: ID,
    /// From 1, the worst, to 5, the best.
    score: i32,
    /// Why, at most 5,000 characters, in place of what you said before.
    notes: Option<String>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `reviewTicket` answers.
#[derive(SimpleObject)]
pub(crate) struct ReviewTicketPayload {
    /// The ticket in its sample, with what the others say; null if something has to be mended.
    item: Option<ReviewItem>,
    /// The sample; null if something has to be mended.
    sample: Option<ReviewSample>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl ReviewMutation {
    /// Draws a random sample of finished tickets, to review how they were handled. Supervisors only.
    async fn draw_review_sample(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tickets.")] input: DrawReviewSampleInput,
    ) -> Result<DrawReviewSamplePayload> {
        let (asked, actor) = signed_in(ctx)?;
        let DrawReviewSampleInput {
            name,
            size,
            rules,
            seed,
            idempotency_key,
        } = input;
        let draw = async {
            permit(actor, Action::ManageReviews)?;
            let command = review::DrawSample {
                name: asked.screen(&name),
                size,
                seed,
                rules: rules.parse(asked).await?,
                idempotency_key,
            };
            asked.desk.draw_sample(actor, command).await
        };
        let (id, user_errors) = split(draw.await)?;
        Ok(DrawReviewSamplePayload {
            sample: sample(ctx, id).await?,
            user_errors,
        })
    }

    /// Scores a ticket of a sample, or changes your score and notes. You cannot review a ticket whose
    /// assignee you are, or were when it was drawn. Nobody is told, and the ticket does not change.
    /// Supervisors only.
    async fn review_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The review.")] input: ReviewTicketInput,
    ) -> Result<ReviewTicketPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let ReviewTicketInput {
            sample_id,
            ticket_id,
            score,
            notes,
            idempotency_key,
        } = input;
        let nil = uuid::Uuid::nil();
        // An id that names nothing is not found like one of something that is not there.
        let command = review::ReviewTicket {
            sample: GlobalId::review_sample(&sample_id).unwrap_or(nil.into()),
            ticket: GlobalId::ticket(&ticket_id).unwrap_or(nil.into()),
            score,
            notes: notes.map(|notes| asked.screen(&notes)),
            idempotency_key,
        };
        let (done, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let sample = sample(ctx, done.map(|(sample, _)| sample)).await?;
        let item = match done {
            None => None,
            Some((sample, ticket)) => {
                let key = SampleWorkKey(sample);
                // Not by way of the batch, which waits for others that do not come.
                let found = asked.loaders.loader().load(&[key]).await.or_graphql()?;
                let work = found.get(&key).cloned().unwrap_or_default();
                asked.loaders.feed_many(found).await;
                work.item(ticket).map(|item| ReviewItem {
                    sample,
                    item,
                    blind: work.is_blind(ticket),
                })
            }
        };
        Ok(ReviewTicketPayload {
            item,
            sample,
            user_errors,
        })
    }
}

/// The sample that a command made or changed, with what the payload shows of it.
async fn sample(ctx: &Context<'_>, id: Option<ReviewSampleId>) -> Result<Option<ReviewSample>> {
    let Some(id) = id else { return Ok(None) };
    let (asked, actor) = signed_in(ctx)?;
    // Another mutation of the same operation may have loaded what has changed since.
    asked.forget();
    let rows = asked.desk.review_samples_by_id(actor, &[id]).await;
    let rows: Vec<_> = rows.or_graphql()?.into_iter().map(Arc::new).collect();
    let wanted = WantedOfSamples::of_sample(&ctx.look_ahead().field("sample"));
    prime_samples(asked, &rows, &wanted).await.or_graphql()?;
    Ok(rows.into_iter().next().map(ReviewSample))
}
