//! The figures of a stretch of time.

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::stats::{Duration, Figures, Mark, SeriesEntry, Targets};
use entity::TicketStatus;

use super::{
    duration::{StatsDuration, StatsStatusTime},
    rate::StatsRate,
    satisfaction::StatsSatisfaction,
};
use crate::enums::SlaMetric;

/// The figures of a stretch of time, and what is aimed at.
#[derive(Clone, Debug)]
pub(crate) struct StatsFigures {
    pub(super) figures: Figures,
    pub(super) targets: Targets,
}

/// The figures of a stretch of time.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StatsPeriod {
    /// What happened at this time or later is in the figures.
    pub(super) from: DateTime<Utc>,
    /// What happened before this time is in the figures.
    pub(super) to: DateTime<Utc>,
    /// The figures.
    pub(super) figures: StatsFigures,
}

impl StatsPeriod {
    pub(super) fn of(entry: SeriesEntry, targets: Targets) -> Self {
        let SeriesEntry { from, to, figures } = entry;
        Self {
            from,
            to,
            figures: StatsFigures { figures, targets },
        }
    }
}

impl StatsFigures {
    fn count(&self, mark: Mark) -> i64 {
        self.figures.count(mark)
    }

    fn duration(&self, duration: Duration, target: Option<f64>) -> StatsDuration {
        StatsDuration::of(self.figures.duration(duration), target)
    }
}

/// The figures of a stretch of time: what happened in it. Each counts when it happened, whenever the
/// ticket was opened.
#[Object]
impl StatsFigures {
    /// How many tickets were opened.
    async fn created(&self) -> i64 {
        self.count(Mark::Created)
    }

    /// How often a ticket was resolved: one that is resolved twice counts twice.
    async fn resolved(&self) -> i64 {
        self.count(Mark::Resolved)
    }

    /// How often a ticket that was resolved or closed was taken back to work.
    async fn reopened(&self) -> i64 {
        self.count(Mark::Reopened)
    }

    /// How often a ticket was escalated that was not escalated already.
    async fn escalated(&self) -> i64 {
        self.count(Mark::Escalated)
    }

    /// How many tickets were in work, that is neither resolved nor closed, at the end of the time;
    /// null for the time before of a group.
    async fn backlog(&self) -> Option<i64> {
        self.figures.backlog
    }

    /// How many tickets were resolved for the first time.
    async fn first_resolved(&self) -> i64 {
        self.count(Mark::FirstResolved)
    }

    /// How many tickets were resolved for the first time, after at most one public message of the
    /// team, and have never been reopened until now.
    async fn first_contact_resolved(&self) -> i64 {
        self.count(Mark::FirstContact)
    }

    /// How often a customer said how satisfied they are.
    async fn rated(&self) -> i64 {
        self.count(Mark::Rated)
    }

    /// How many promises were kept: counted when what was promised was done, each cycle for itself.
    async fn met(
        &self,
        #[graphql(desc = "What was promised; all metrics together if it is left out.")]
        metric: Option<SlaMetric>,
    ) -> i64 {
        self.figures.promises(metric.map(Into::into)).0
    }

    /// How many promises were broken: counted at the due time, whether it was done later or not.
    async fn breached(
        &self,
        #[graphql(desc = "What was promised; all metrics together if it is left out.")]
        metric: Option<SlaMetric>,
    ) -> i64 {
        self.figures.promises(metric.map(Into::into)).1
    }

    /// The share of promises that were kept among those that were kept or broken.
    async fn compliance(
        &self,
        #[graphql(desc = "What was promised; all metrics together if it is left out.")]
        metric: Option<SlaMetric>,
    ) -> StatsRate {
        let kept = self.figures.compliance(metric.map(Into::into));
        StatsRate::above(kept, self.targets.compliance)
    }

    /// How long it took from opening a ticket to the team's first public message, of tickets that
    /// were answered for the first time; a ticket that the team opened for somebody has none.
    async fn first_response_time(&self) -> StatsDuration {
        let target = self.targets.first_response_median_seconds;
        self.duration(Duration::FirstResponse, target)
    }

    /// How long the oldest unanswered message of a ticket's customer had waited when the team
    /// answered, first answers not counted.
    async fn next_response_time(&self) -> StatsDuration {
        self.duration(Duration::NextResponse, None)
    }

    /// How long it took from opening a ticket to resolving it, of tickets that were resolved for the
    /// first time.
    async fn first_resolution_time(&self) -> StatsDuration {
        let target = self.targets.resolution_median_seconds;
        self.duration(Duration::FirstResolution, target)
    }

    /// How long it took from opening a ticket to resolving it for the last time so far, of tickets
    /// whose last resolution it was and that are not in work now.
    async fn total_resolution_time(&self) -> StatsDuration {
        self.duration(Duration::TotalResolution, None)
    }

    /// How long tickets had been in each status when they left it.
    async fn time_in_status(&self) -> Vec<StatsStatusTime> {
        let of = |status: &TicketStatus| {
            let (times, average_seconds) = self.figures.status(*status);
            StatsStatusTime {
                status: (*status).into(),
                times,
                average_seconds,
            }
        };
        TicketStatus::ALL.iter().map(of).collect()
    }

    /// `reopened` for each of `resolved`.
    async fn reopened_rate(&self) -> StatsRate {
        StatsRate::below(self.figures.reopened_rate(), self.targets.reopened)
    }

    /// `escalated` for each of `created`.
    async fn escalated_rate(&self) -> StatsRate {
        StatsRate::below(self.figures.escalated_rate(), self.targets.escalated)
    }

    /// `firstContactResolved` for each of `firstResolved`.
    async fn first_contact_rate(&self) -> StatsRate {
        StatsRate::free(self.figures.first_contact_rate())
    }

    /// The scores that were given.
    async fn satisfaction(&self) -> StatsSatisfaction {
        StatsSatisfaction::of(&self.figures, &self.targets)
    }

    /// Tickets opened for each 100 active users of the host product, over the days of which their
    /// number is known; no share but a number, and null if it is known of none.
    async fn tickets_per_100_active_users(&self) -> StatsRate {
        let tickets = self.figures.tickets_per_100_active_users();
        StatsRate::below(tickets, self.targets.tickets_per_100_active_users)
    }
}
