//! Enums of statistics.

use async_graphql::Enum;
use domain::stats::{self, Dimension, Mark, Marks, Promise};

use crate::enums::SlaMetric;

/// What figures are broken down by. A ticket counts under what it has now, and under the person who
/// was its assignee when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StatsDimension {
    /// What the ticket is about.
    Category,
    /// Each subject of the ticket; one with several counts under each of them.
    Subject,
    /// How urgent the ticket is.
    Priority,
    /// The way by which the ticket came in.
    Source,
    /// The team that the ticket was handed to.
    Team,
    /// The accountable assignee at the moment when it happened.
    Agent,
    /// Each merchant that the ticket is linked to; one with several counts under each of them.
    Merchant,
}

impl From<StatsDimension> for Dimension {
    fn from(dimension: StatsDimension) -> Self {
        match dimension {
            StatsDimension::Category => Self::Category,
            StatsDimension::Subject => Self::Subject,
            StatsDimension::Priority => Self::Priority,
            StatsDimension::Source => Self::Source,
            StatsDimension::Team => Self::Team,
            StatsDimension::Agent => Self::Agent,
            StatsDimension::Merchant => Self::Merchant,
        }
    }
}

impl StatsDimension {
    /// The dimension, if it is one by which figures can be broken down.
    pub(crate) const fn of(dimension: Dimension) -> Option<Self> {
        Some(match dimension {
            Dimension::All => return None,
            Dimension::Category => Self::Category,
            Dimension::Subject => Self::Subject,
            Dimension::Priority => Self::Priority,
            Dimension::Source => Self::Source,
            Dimension::Team => Self::Team,
            Dimension::Agent => Self::Agent,
            Dimension::Merchant => Self::Merchant,
        })
    }
}

/// How long the stretches of a series are. They begin on the clock and the calendar of the time
/// zone; the first and the last are cut off where the time begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stats::Interval")]
pub(crate) enum StatsInterval {
    /// From one full hour on the wall to the next, or to where a clock change jumps.
    Hour,
    /// From midnight to midnight; 23 or 25 hours long where the clocks change.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first day of a month to that of the next.
    Month,
}

/// A part of the statistics as a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StatsTable {
    /// The figures of the whole time in one row.
    Totals,
    /// A row for each stretch of a series.
    Series,
    /// A row for each group.
    Groups,
    /// A row for each age.
    BacklogByAge,
    /// A row for each hour of each weekday.
    PeakHours,
    /// A row for each category or merchant that differs from its own past.
    Spikes,
}

/// Whether a figure should be below or above its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StatsTargetDirection {
    /// The figure should be smaller than the value.
    Below,
    /// The figure should be greater than the value.
    Above,
}

/// A figure whose entries can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum StatsFigure {
    /// Openings: `created`.
    Created,
    /// Tickets that are in work now, at the time when they were opened: `backlogByAge`.
    InWork,
    /// Resolutions: `resolved`.
    Resolved,
    /// First resolutions: `firstResolved` and `firstResolutionTime`.
    FirstResolved,
    /// Last resolutions of tickets that are not in work now: `totalResolutionTime`.
    LastResolved,
    /// Resolutions on first contact: `firstContactResolved`.
    FirstContact,
    /// Times that a ticket was taken back to work: `reopened`.
    Reopened,
    /// Escalations: `escalated`.
    Escalated,
    /// First answers: `firstResponseTime`.
    FirstResponded,
    /// Later answers: `nextResponseTime`.
    NextResponded,
    /// Promises that were kept: `met`.
    Met,
    /// Promises that were not kept: `breached`.
    Breached,
    /// Times that a ticket left a status: `timeInStatus`.
    StatusLeft,
    /// Scores that were given: `rated` and `satisfaction`.
    Rated,
}

impl From<SlaMetric> for Promise {
    fn from(metric: SlaMetric) -> Self {
        match metric {
            SlaMetric::FirstResponse => Self::FirstResponse,
            SlaMetric::NextResponse => Self::NextResponse,
            SlaMetric::Resolution => Self::Resolution,
        }
    }
}

impl StatsFigure {
    /// What is counted for it; of one metric if it is about several and one is named.
    pub(crate) fn marks(self, metric: Option<SlaMetric>) -> Marks {
        let metric = metric.map(Promise::from);
        let promises = |pick: fn((Mark, Mark)) -> Mark| {
            let all = Promise::ALL.into_iter();
            let asked = all.filter(|known| metric.is_none_or(|metric| metric == *known));
            asked
                .map(|promise| pick(promise.marks()))
                .collect::<Vec<_>>()
        };
        let mark = match self {
            Self::Met => return Marks::of(&promises(|(met, _)| met)),
            Self::Breached => return Marks::of(&promises(|(_, breached)| breached)),
            Self::Created => Mark::Created,
            Self::InWork => Mark::InWork,
            Self::Resolved => Mark::Resolved,
            Self::FirstResolved => Mark::FirstResolved,
            Self::LastResolved => Mark::LastResolved,
            Self::FirstContact => Mark::FirstContact,
            Self::Reopened => Mark::Reopened,
            Self::Escalated => Mark::Escalated,
            Self::FirstResponded => Mark::FirstResponded,
            Self::NextResponded => Mark::NextResponded,
            Self::StatusLeft => Mark::StatusLeft,
            Self::Rated => Mark::Rated,
        };
        Marks::of(&[mark])
    }

    /// Whether it is about promises, so that a metric can be named.
    pub(crate) fn is_of_promises(self) -> bool {
        matches!(self, Self::Met | Self::Breached)
    }

    /// Whether it is about something that takes time.
    pub(crate) fn takes_time(self) -> bool {
        matches!(
            self,
            Self::FirstResolved
                | Self::LastResolved
                | Self::FirstResponded
                | Self::NextResponded
                | Self::StatusLeft
        )
    }
}
