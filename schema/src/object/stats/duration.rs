//! How long something took.

use async_graphql::SimpleObject;
use domain::stats::DurationFigures;

use super::target::StatsTarget;
use crate::enums::TicketStatus;

/// How long something took, in seconds of real time: nights, weekends and pauses count.
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsDuration {
    /// How often it happened.
    count: i64,
    /// The mean; null if it did not happen.
    average_seconds: Option<f64>,
    /// What half of them stay below, not more than one percent off; null if it did not happen.
    median_seconds: Option<f64>,
    /// What nine of ten stay below, not more than one percent off; null if it did not happen.
    p90_seconds: Option<f64>,
    /// What is aimed at for the median; null if nothing is.
    target: Option<StatsTarget>,
}

impl StatsDuration {
    /// Figures whose median should be below `target`.
    pub(super) fn of(figures: DurationFigures, target: Option<f64>) -> Self {
        let DurationFigures {
            count,
            average,
            median,
            p90,
        } = figures;
        Self {
            count,
            average_seconds: average,
            median_seconds: median,
            p90_seconds: p90,
            target: StatsTarget::below(target, median),
        }
    }
}

/// How long tickets were in a status.
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsStatusTime {
    /// The status.
    pub(super) status: TicketStatus,
    /// How often a ticket left it in this time.
    pub(super) times: i64,
    /// How long it had been in the status each time, on average; null if none left it.
    pub(super) average_seconds: Option<f64>,
}
