//! Shares.

use async_graphql::SimpleObject;

use super::target::StatsTarget;

/// How often something was so, in relation to something else.
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsRate {
    /// The share: 1 is all, 0.5 is half; null if there is nothing that it could be a share of.
    value: Option<f64>,
    /// What is aimed at; null if nothing is.
    target: Option<StatsTarget>,
}

impl StatsRate {
    /// A share that nothing is aimed at for.
    pub(super) fn free(value: Option<f64>) -> Self {
        Self {
            value,
            target: None,
        }
    }

    /// A share that should be below its target.
    pub(super) fn below(value: Option<f64>, target: Option<f64>) -> Self {
        Self {
            value,
            target: StatsTarget::below(target, value),
        }
    }

    /// A share that should be above its target.
    pub(super) fn above(value: Option<f64>, target: Option<f64>) -> Self {
        Self {
            value,
            target: StatsTarget::above(target, value),
        }
    }
}
