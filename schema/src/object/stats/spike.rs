//! What differs from its own past.

use async_graphql::{Context, Enum, Object, Result};
use domain::stats::{Unusual, spike};

use super::group::GroupValue;
use crate::{context::signed_in, object::StatsDimension};

/// Which way a count left the ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StatsSpikeDirection {
    /// More tickets than expected.
    More,
    /// Fewer tickets than expected.
    Fewer,
}

/// A category or merchant that got far more tickets than at the same time of earlier weeks, or far
/// fewer.
#[derive(Clone, Debug)]
pub(crate) struct StatsSpike {
    pub(super) dimension: StatsDimension,
    pub(crate) value: GroupValue,
    pub(super) spike: spike::Spike<String>,
}

impl StatsSpike {
    pub(super) fn of(unusual: Unusual) -> Option<Self> {
        Some(Self {
            dimension: StatsDimension::of(unusual.dimension)?,
            value: GroupValue::of(unusual.dimension, &unusual.spike.key),
            spike: unusual.spike,
        })
    }

    /// The word for the direction.
    pub(super) fn way(&self) -> StatsSpikeDirection {
        match self.spike.direction {
            spike::Direction::More => StatsSpikeDirection::More,
            spike::Direction::Fewer => StatsSpikeDirection::Fewer,
        }
    }
}

/// A category or merchant that got far more tickets than at the same time of earlier weeks, or far
/// fewer. At most 1 % of those that are named are expected to be named by chance.
#[Object]
impl StatsSpike {
    /// CATEGORY or MERCHANT.
    async fn dimension(&self) -> StatsDimension {
        self.dimension
    }

    /// What the filter takes for it.
    async fn key(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.value.labels(signed_in(ctx)?.0).await?.0)
    }

    /// The category's name, or the merchant's id.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.value.labels(signed_in(ctx)?.0).await?.1)
    }

    /// Which way.
    async fn direction(&self) -> StatsSpikeDirection {
        self.way()
    }

    /// Tickets that were opened in the time, as far as it is over.
    async fn created(&self) -> i64 {
        i64::try_from(self.spike.now).unwrap_or(i64::MAX)
    }

    /// Tickets that were expected: the mean of the same time of earlier weeks.
    async fn expected(&self) -> f64 {
        self.spike.expected
    }

    /// `created` divided by `expected`.
    async fn ratio(&self) -> f64 {
        self.spike.ratio
    }

    /// How likely a count at least as far out is if nothing has changed.
    async fn p_value(&self) -> f64 {
        self.spike.p_value
    }
}
