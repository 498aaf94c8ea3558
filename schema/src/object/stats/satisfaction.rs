//! How satisfied customers are.

use async_graphql::SimpleObject;
use domain::stats::{Figures, Targets};

use super::target::StatsTarget;

/// What customers say of how satisfied they are, from 1 (not at all) to 5 (very).
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsSatisfaction {
    /// The mean of all scores that were given in this time; null if there is none.
    average: Option<f64>,
    /// How many scores were given in this time.
    count: i64,
    /// How often each score was given, 1 first.
    scores: Vec<StatsScore>,
    /// What is aimed at for the mean; null if nothing is.
    target: Option<StatsTarget>,
}

/// How often a score was given.
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsScore {
    /// The score, 1 to 5.
    score: i32,
    /// How often it was given in this time.
    count: i64,
}

impl StatsSatisfaction {
    pub(super) fn of(figures: &Figures, targets: &Targets) -> Self {
        let scores = figures.tally.scores();
        let average = figures.satisfaction();
        let score = |(score, count)| StatsScore { score, count };
        Self {
            average,
            count: scores.iter().sum(),
            scores: (1..).zip(scores).map(score).collect(),
            target: StatsTarget::above(targets.satisfaction, average),
        }
    }
}
