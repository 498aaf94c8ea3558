//! Deadlines, and how they are worked out.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{query, sla::state};
use entity::timer;

use super::{Activity, Calendar, SlaPolicy};
use crate::{
    context::signed_in,
    enums::{SlaMetric, SlaSegmentKind, SlaState},
    error::OrGraphql,
    loader::SlaPolicyKey,
};

/// One cycle of a metric that has a target, or missed one.
#[derive(Clone, Debug)]
pub(crate) struct SlaStatus {
    metric: SlaMetric,
    state: SlaState,
    row: timer::Model,
}

impl SlaStatus {
    /// A timer as clients see it; none for the desk's housekeeping, and for best effort.
    pub(crate) fn of(row: &timer::Model) -> Option<Self> {
        Some(Self {
            metric: SlaMetric::of(row.kind)?,
            state: state(row)?.into(),
            row: row.clone(),
        })
    }
}

/// How a ticket stands with one of its targets.
#[Object]
impl SlaStatus {
    /// What is measured.
    async fn metric(&self) -> SlaMetric {
        self.metric
    }

    /// How it stands.
    async fn state(&self) -> SlaState {
        self.state
    }

    /// When the target is used up; null while that is open because the clock is paused, and without a
    /// target.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// The counted time that is left, negative if it is overdue: at the moment of this answer, or
    /// when the clock stopped. For a clock that ticks, count down to `dueAt`. Null without a target.
    async fn remaining_seconds(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let Some(target) = self.row.target_seconds else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let counted = asked.desk.counted(&self.row).await.or_graphql()?;
        Ok(Some(seconds(target - counted)))
    }

    /// The counted time that is allowed. Null for best effort: then a target was missed before the
    /// ticket came to be without one, and that stays on record.
    async fn target_seconds(&self) -> Option<i32> {
        self.row.target_seconds.map(seconds)
    }

    /// Which run of this metric it is, from 1: a new one begins when the ticket is reopened
    /// (RESOLUTION), and with each new unanswered message of the customer (NEXT_RESPONSE).
    async fn cycle(&self) -> i32 {
        self.row.cycle
    }

    /// From when time counts.
    async fn started_at(&self) -> DateTime<Utc> {
        self.row.started_at
    }

    /// When it was done; null while it is not.
    async fn stopped_at(&self) -> Option<DateTime<Utc>> {
        self.row.stopped_at
    }

    /// The due time that was missed; null if none was.
    async fn breached_at(&self) -> Option<DateTime<Utc>> {
        self.row.breached_at
    }

    /// The policy that applies, or applied when the clock stopped.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Option<SlaPolicy>> {
        let Some(id) = self.row.policy_id else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let row = asked
            .loaders
            .load_one(SlaPolicyKey(id))
            .await
            .or_graphql()?;
        Ok(row.map(SlaPolicy))
    }
}

/// Seconds as clients get them: no time here is longer than 68 years.
pub(crate) fn seconds(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX })
}

/// Why a deadline is when it is: every stretch of time from the start to the due time, or to where
/// the clock stopped or has come to. The COUNTED seconds up to the due time add up to the target.
#[derive(SimpleObject)]
pub(crate) struct SlaExplanation {
    /// What is measured.
    metric: SlaMetric,
    /// Which run of this metric it is.
    cycle: i32,
    /// How it stands.
    state: SlaState,
    /// The policy that applied.
    policy: Option<SlaPolicy>,
    /// The calendar that applied, as it was then; null if time counted around the clock.
    calendar: Option<Calendar>,
    /// The counted time that is allowed.
    target_seconds: i32,
    /// The time counted in the segments.
    counted_seconds: i32,
    /// From when time counts.
    started_at: DateTime<Utc>,
    /// When the target is used up; null while that is open because the clock is paused.
    due_at: Option<DateTime<Utc>>,
    /// When it was done; null while it is not.
    stopped_at: Option<DateTime<Utc>>,
    /// The stretches of time, the first one first, without a gap; at most 2,000.
    segments: Vec<SlaSegment>,
    /// Whether there are more segments than these.
    truncated: bool,
}

/// A stretch of a clock's time.
#[derive(SimpleObject)]
pub(crate) struct SlaSegment {
    /// When it begins.
    from: DateTime<Utc>,
    /// When it ends.
    to: DateTime<Utc>,
    /// What it is.
    kind: SlaSegmentKind,
    /// How long it is.
    seconds: i32,
    /// What began it; null if it was the calendar.
    event: Option<Activity>,
}

impl SlaExplanation {
    pub(crate) fn of(found: query::Explanation) -> Option<Self> {
        let query::Explanation {
            timer,
            policy,
            calendar,
            segments,
            counted,
            truncated,
        } = found;
        let segment = |segment: query::Segment| SlaSegment {
            from: segment.from,
            to: segment.to,
            kind: segment.kind.into(),
            seconds: seconds((segment.to - segment.from).num_seconds()),
            event: segment.event.map(Activity),
        };
        Some(Self {
            metric: SlaMetric::of(timer.kind)?,
            cycle: timer.cycle,
            state: state(&timer)?.into(),
            policy: policy.map(|row| SlaPolicy(Arc::new(row))),
            calendar: calendar.map(|row| Calendar(Arc::new(row))),
            target_seconds: seconds(timer.target_seconds?),
            counted_seconds: seconds(counted),
            started_at: timer.started_at,
            due_at: timer.due_at,
            stopped_at: timer.stopped_at,
            segments: segments.into_iter().map(segment).collect(),
            truncated,
        })
    }
}
