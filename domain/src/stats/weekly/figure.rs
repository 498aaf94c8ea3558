//! The figures of a weekly report.

use serde::{Deserialize, Serialize};

use crate::stats::{fact::Mark, figures::Figures, tally::Duration, targets::Targets};

/// What a figure of a report is about (docs/stats.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeeklyFigureName {
    /// Tickets opened.
    Created,
    /// How often tickets became RESOLVED.
    Resolved,
    /// How often tickets went back to work.
    Reopened,
    /// Tickets escalated.
    Escalated,
    /// Tickets in work at the end of the week.
    Backlog,
    /// The share of promises that were kept.
    Compliance,
    /// The median time to the first response, in seconds.
    FirstResponseMedian,
    /// The mean of the same.
    FirstResponseAverage,
    /// What nine of ten of the same stay below.
    #[serde(rename = "FIRST_RESPONSE_P90")]
    FirstResponseP90,
    /// The median time to the first resolution, in seconds.
    FirstResolutionMedian,
    /// The mean of the same.
    FirstResolutionAverage,
    /// What nine of ten of the same stay below.
    #[serde(rename = "FIRST_RESOLUTION_P90")]
    FirstResolutionP90,
    /// The mean of the scores that customers gave, 1 to 5.
    Satisfaction,
    /// How many scores there were.
    Rated,
    /// The share of first resolutions that were on first contact.
    FirstContactRate,
    /// Reopenings for each resolution.
    ReopenedRate,
    /// Escalations for each ticket opened.
    EscalatedRate,
    /// Tickets opened for each 100 active users.
    #[serde(rename = "TICKETS_PER_100_ACTIVE_USERS")]
    TicketsPer100ActiveUsers,
}

/// On which side of its target a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeeklyDirection {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// A figure, with what it was in the week before and what was aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyFigure {
    /// What it is about.
    pub name: WeeklyFigureName,
    /// What it is. Durations are in seconds, shares from 0 to 1. `None`: there was nothing of it.
    pub value: Option<f64>,
    /// What it was in the week before.
    pub previous: Option<f64>,
    /// What was aimed at when the report was made; `None` if it has no target.
    pub target: Option<f64>,
    /// On which side of the target it is to be; `None` if it has none.
    pub direction: Option<WeeklyDirection>,
    /// Whether the target is met; `None` if there is none, or no value.
    pub is_met: Option<bool>,
}

impl WeeklyFigureName {
    /// Every figure, in the order in which reports have them.
    pub const ALL: [Self; 18] = [
        Self::Created,
        Self::Resolved,
        Self::Reopened,
        Self::Escalated,
        Self::Backlog,
        Self::Compliance,
        Self::FirstResponseMedian,
        Self::FirstResponseAverage,
        Self::FirstResponseP90,
        Self::FirstResolutionMedian,
        Self::FirstResolutionAverage,
        Self::FirstResolutionP90,
        Self::Satisfaction,
        Self::Rated,
        Self::FirstContactRate,
        Self::ReopenedRate,
        Self::EscalatedRate,
        Self::TicketsPer100ActiveUsers,
    ];

    fn of(self, figures: &Figures) -> Option<f64> {
        let count = |mark| Some(number(figures.count(mark)));
        let response = || figures.duration(Duration::FirstResponse);
        let resolution = || figures.duration(Duration::FirstResolution);
        match self {
            Self::Created => count(Mark::Created),
            Self::Resolved => count(Mark::Resolved),
            Self::Reopened => count(Mark::Reopened),
            Self::Escalated => count(Mark::Escalated),
            Self::Backlog => figures.backlog.map(number),
            Self::Compliance => figures.compliance(None),
            Self::FirstResponseMedian => response().median,
            Self::FirstResponseAverage => response().average,
            Self::FirstResponseP90 => response().p90,
            Self::FirstResolutionMedian => resolution().median,
            Self::FirstResolutionAverage => resolution().average,
            Self::FirstResolutionP90 => resolution().p90,
            Self::Satisfaction => figures.satisfaction(),
            Self::Rated => Some(number(figures.tally.scores().iter().sum())),
            Self::FirstContactRate => figures.first_contact_rate(),
            Self::ReopenedRate => figures.reopened_rate(),
            Self::EscalatedRate => figures.escalated_rate(),
            Self::TicketsPer100ActiveUsers => figures.tickets_per_100_active_users(),
        }
    }

    fn target(self, targets: &Targets) -> Option<(WeeklyDirection, f64)> {
        use WeeklyDirection::{Above, Below};
        let (direction, target) = match self {
            Self::Compliance => (Above, targets.compliance),
            Self::FirstResponseMedian => (Below, targets.first_response_median_seconds),
            Self::FirstResolutionMedian => (Below, targets.resolution_median_seconds),
            Self::Satisfaction => (Above, targets.satisfaction),
            Self::ReopenedRate => (Below, targets.reopened),
            Self::EscalatedRate => (Below, targets.escalated),
            Self::TicketsPer100ActiveUsers => (Below, targets.tickets_per_100_active_users),
            Self::Created
            | Self::Resolved
            | Self::Reopened
            | Self::Escalated
            | Self::Backlog
            | Self::FirstResponseAverage
            | Self::FirstResponseP90
            | Self::FirstResolutionAverage
            | Self::FirstResolutionP90
            | Self::Rated
            | Self::FirstContactRate => return None,
        };
        target.map(|target| (direction, target))
    }
}

impl WeeklyFigure {
    /// All figures of a week, and of the week before.
    pub(super) fn all(now: &Figures, before: Option<&Figures>, targets: &Targets) -> Vec<Self> {
        let figure = |name: WeeklyFigureName| {
            let value = name.of(now);
            let target = name.target(targets);
            Self {
                name,
                value,
                previous: before.and_then(|before| name.of(before)),
                target: target.map(|(_, target)| target),
                direction: target.map(|(direction, _)| direction),
                is_met: value
                    .zip(target)
                    .map(|(value, (direction, target))| direction.is_met(value, target)),
            }
        };
        WeeklyFigureName::ALL.into_iter().map(figure).collect()
    }
}

impl WeeklyDirection {
    /// Whether a value is where it is to be. One that hits the target itself is not (requirement M2).
    fn is_met(self, value: f64, target: f64) -> bool {
        match self {
            Self::Above => value > target,
            Self::Below => value < target,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of far less than 2^52")]
fn number(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_once() {
        let mut all = WeeklyFigureName::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, WeeklyFigureName::ALL);
    }

    #[test]
    fn what_hits_its_target_has_not_met_it() {
        assert!(WeeklyDirection::Above.is_met(0.901, 0.9));
        assert!(!WeeklyDirection::Above.is_met(0.9, 0.9));
        assert!(WeeklyDirection::Below.is_met(43_199.0, 43_200.0));
        assert!(!WeeklyDirection::Below.is_met(43_200.0, 43_200.0));
    }

    #[test]
    fn without_tickets_there_are_counts_and_no_shares() {
        let all = WeeklyFigure::all(&Figures::default(), None, &Targets::default());
        for figure in all {
            let is_count = [
                WeeklyFigureName::Created,
                WeeklyFigureName::Resolved,
                WeeklyFigureName::Reopened,
                WeeklyFigureName::Escalated,
                WeeklyFigureName::Rated,
            ]
            .contains(&figure.name);
            assert_eq!(figure.value, is_count.then_some(0.0), "{:?}", figure.name);
            assert_eq!((figure.previous, figure.is_met), (None, None));
            assert_eq!(figure.target.is_some(), figure.direction.is_some());
        }
    }
}
