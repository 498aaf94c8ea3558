//! Samples for quality review.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    page::Key,
    review::{AgentScores, Item, ItemKey, SampleWork, agreement},
};
use entity::review_sample;

use super::{ReviewItem, ReviewRules, User};
use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    id::GlobalId,
    loader::SampleWorkKey,
};

/// A sample of tickets.
#[derive(Clone, Debug)]
pub(crate) struct ReviewSample(pub(crate) Arc<review_sample::Model>);

impl ReviewSample {
    async fn work(&self, ctx: &Context<'_>) -> Result<Arc<SampleWork>> {
        let (asked, _) = signed_in(ctx)?;
        let found = asked.loaders.load_one(SampleWorkKey(self.0.id)).await;
        Ok(found.or_graphql()?.unwrap_or_default())
    }
}

/// How far a sample is.
#[derive(SimpleObject)]
pub(crate) struct ReviewProgress {
    /// How many tickets it has.
    items: usize,
    /// How many of them somebody scored.
    reviewed: usize,
    /// How many of them the viewer scored.
    reviewed_by_me: usize,
}

/// How far reviewers agree on the tickets that two or more of them scored. Where more than two did,
/// each pair is compared; each ticket counts the same.
#[derive(SimpleObject)]
pub(crate) struct ReviewAgreement {
    /// How many such tickets there are. If there are none, all else is null.
    items: usize,
    /// The share of pairs with the same score, 0 to 1.
    exact_share: Option<f64>,
    /// The share of pairs that lie one apart at most, 0 to 1.
    within_one_share: Option<f64>,
    /// By how much the scores of a pair differ on average.
    mean_difference: Option<f64>,
    /// Krippendorff's alpha for ordinal data: 1 is full agreement, 0 what chance would give, less is
    /// worse than chance. Null with fewer than two such tickets, and if all their scores are the same.
    alpha: Option<f64>,
}

impl From<agreement::Agreement> for ReviewAgreement {
    fn from(found: agreement::Agreement) -> Self {
        let agreement::Agreement {
            items,
            exact,
            within_one,
            difference,
            alpha,
        } = found;
        Self {
            items,
            exact_share: exact,
            within_one_share: within_one,
            mean_difference: difference,
            alpha,
        }
    }
}

/// How the work of one member of staff was scored.
pub(crate) struct ReviewAgentScore(AgentScores);

/// How the work of one member of staff was scored.
#[Object]
impl ReviewAgentScore {
    /// Who was the assignee of the tickets when the sample was drawn.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, Some(self.0.agent)).await
    }

    /// How many scores there are.
    async fn reviews(&self) -> usize {
        self.0.reviews
    }

    /// Their mean. Null if it would tell the viewer how one or two tickets were scored that they have
    /// yet to score.
    async fn average_score(&self) -> Option<f64> {
        self.0.mean
    }
}

/// A random sample of finished tickets, drawn to review how they were handled. Only supervisors see
/// samples. Reviews leave no trace on the tickets.
#[Object]
impl ReviewSample {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::ReviewSample(self.0.id).encode()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// From which tickets it was drawn.
    async fn rules(&self) -> ReviewRules {
        ReviewRules(self.0.rules.clone())
    }

    /// What the draw depended on beside the tickets: the same seed and the same tickets give the same
    /// sample.
    async fn seed(&self) -> i64 {
        self.0.seed
    }

    /// How many tickets were wanted.
    async fn wanted(&self) -> i32 {
        self.0.wanted
    }

    /// How many tickets the rules were true of.
    async fn matching(&self) -> i64 {
        self.0.matching
    }

    /// How many tickets were drawn.
    async fn found(&self) -> i32 {
        self.0.found
    }

    /// Who drew it.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, Some(self.0.created_by)).await
    }

    /// When.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// How far it is.
    async fn progress(&self, ctx: &Context<'_>) -> Result<ReviewProgress> {
        let work = self.work(ctx).await?;
        Ok(ReviewProgress {
            items: work.size(),
            reviewed: work.reviewed(),
            reviewed_by_me: work.reviewed_by_viewer(),
        })
    }

    /// How far its reviewers agree. Null if that would tell the viewer how one or two tickets were
    /// scored that they have yet to score.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<ReviewAgreement>> {
        Ok(self.work(ctx).await?.agreement().map(Into::into))
    }

    /// The mean of all scores. Null if there are none, and if it would tell the viewer how one or two
    /// tickets were scored that they have yet to score.
    async fn average_score(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        Ok(self.work(ctx).await?.average())
    }

    /// The scores by the assignees of the tickets, most scores first.
    async fn scores_by_agent(&self, ctx: &Context<'_>) -> Result<Vec<ReviewAgentScore>> {
        let scores = self.work(ctx).await?.by_agent().into_iter();
        Ok(scores.map(ReviewAgentScore).collect())
    }

    /// Its tickets, in random order.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "True: only those that the viewer has yet to score. Their own work is left out.",
            default_with = "Some(false)"
        )]
        only_open: Option<bool>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<ReviewItemConnection> {
        let args = page_args(first, after, last, before);
        let only_open = only_open.unwrap_or(false);
        let work = self.work(ctx).await?;
        let page = work.page(only_open, &args).or_graphql()?;
        let totals = ReviewItemTotals {
            total: work.total(only_open),
        };
        let cursor = |item: &Item| ItemKey::from(item).encode();
        Ok(ReviewItemConnection::new(page, totals, cursor, |item| {
            ReviewItem {
                sample: self.0.id,
                item,
                blind: work.is_blind(item.ticket),
            }
        }))
    }
}

/// What the list of a sample's tickets has beside its page.
pub(crate) struct ReviewItemTotals {
    total: usize,
}

/// What the list of a sample's tickets has beside its page.
#[Object]
impl ReviewItemTotals {
    /// How many tickets the whole list has.
    async fn total_count(&self) -> usize {
        self.total
    }
}

connection!(
    ReviewItemConnection of ReviewItemEdge, ReviewItem, ReviewItemTotals,
    "the tickets of a sample for quality review"
);
