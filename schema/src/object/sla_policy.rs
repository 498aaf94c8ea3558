//! What is promised to whom, and what happens when time runs out.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    TimerKind,
    sla_policy::{self, At, Step},
};

use super::{Calendar, Category, Team, sla::seconds};
use crate::{
    context::signed_in,
    enums::{EscalationAction, EscalationTarget, Priority, SlaMetric, TicketSource},
    error::OrGraphql,
    id::GlobalId,
    loader::{CalendarKey, CategoryKey, TeamKey},
};

/// What is promised to whom.
#[derive(Clone, Debug)]
pub(crate) struct SlaPolicy(pub(crate) Arc<sla_policy::Model>);

/// Which tickets a policy is for.
#[derive(Clone, Debug)]
pub(crate) struct SlaConditions(Arc<sla_policy::Model>);

/// The targets at one priority; null is best effort.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SlaTarget {
    /// The priority.
    priority: Priority,
    /// How long the first response may take, in counted seconds.
    first_response_seconds: Option<i32>,
    /// How long every later response may take, in counted seconds.
    next_response_seconds: Option<i32>,
    /// How long the resolution may take, in counted seconds.
    resolution_seconds: Option<i32>,
}

/// Something that happens by itself as time goes by.
#[derive(Clone, Debug)]
pub(crate) struct EscalationStep(Step);

/// What is promised to whom, by which calendar, and what happens as time goes by. Policies are tried
/// in order; the first one whose conditions hold applies. Only staff see policies.
#[Object]
impl SlaPolicy {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::SlaPolicy(self.0.id).encode()
    }

    /// Its name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it is for every ticket that no other policy is for. There is one, it is tried last,
    /// and it cannot be deleted.
    async fn catch_all(&self) -> bool {
        self.0.catch_all
    }

    /// Which tickets it is for.
    async fn conditions(&self) -> SlaConditions {
        SlaConditions(Arc::clone(&self.0))
    }

    /// When time counts.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<Option<Calendar>> {
        let (asked, _) = signed_in(ctx)?;
        let key = CalendarKey(self.0.calendar_id);
        let row = asked.loaders.load_one(key).await.or_graphql()?;
        Ok(row.map(Calendar))
    }

    /// The targets by priority, most urgent first.
    async fn targets(&self) -> Vec<SlaTarget> {
        let of = |&priority: &entity::Priority| {
            let target = |kind| domain::sla::target(&self.0, kind, priority).map(seconds);
            SlaTarget {
                priority: priority.into(),
                first_response_seconds: target(TimerKind::FirstResponse),
                next_response_seconds: target(TimerKind::NextResponse),
                resolution_seconds: target(TimerKind::Resolution),
            }
        };
        entity::Priority::ALL.iter().map(of).collect()
    }

    /// What happens as time goes by.
    async fn steps(&self) -> Vec<EscalationStep> {
        self.0.steps.0.iter().cloned().map(EscalationStep).collect()
    }

    /// How long nobody may touch a ticket before it is flagged, in counted seconds; null for never.
    async fn unattended_after_seconds(&self) -> Option<i32> {
        self.0.unattended_seconds.map(seconds)
    }

    /// How long after it is resolved a ticket's customer is asked again; null for never.
    async fn follow_up_after_seconds(&self) -> Option<i32> {
        self.0.follow_up_seconds.map(seconds)
    }

    /// How long after it is resolved a ticket closes itself; null for never.
    async fn close_after_seconds(&self) -> Option<i32> {
        self.0.close_seconds.map(seconds)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Which tickets a policy is for. All of it must hold; an empty list is any.
#[Object]
impl SlaConditions {
    /// What the ticket is about.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let (asked, _) = signed_in(ctx)?;
        let ids = &self.0.conditions.categories;
        let keys = ids.iter().copied().map(CategoryKey);
        let found = asked.loaders.load_many(keys).await.or_graphql()?;
        let in_order = ids.iter().filter_map(|id| found.get(&CategoryKey(*id)));
        Ok(in_order.cloned().map(Category).collect())
    }

    /// The customer's account tier when the ticket was opened.
    async fn tiers(&self) -> &[String] {
        &self.0.conditions.tiers
    }

    /// The team that has the ticket.
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let (asked, _) = signed_in(ctx)?;
        let ids = &self.0.conditions.teams;
        let keys = ids.iter().copied().map(TeamKey);
        let found = asked.loaders.load_many(keys).await.or_graphql()?;
        let in_order = ids.iter().filter_map(|id| found.get(&TeamKey(*id)));
        Ok(in_order.cloned().map(Team).collect())
    }

    /// How the ticket came in.
    async fn sources(&self) -> Vec<TicketSource> {
        let sources = self.0.conditions.sources.iter().copied();
        sources.map(Into::into).collect()
    }

    /// How urgent the ticket is.
    async fn priorities(&self) -> Vec<Priority> {
        let priorities = self.0.conditions.priorities.iter().copied();
        priorities.map(Into::into).collect()
    }
}

/// Something that happens by itself as time goes by: once for each cycle of the metric.
#[Object]
impl EscalationStep {
    /// The clock that it belongs to.
    async fn metric(&self) -> Option<SlaMetric> {
        SlaMetric::of(self.0.kind)
    }

    /// At this share of the target; null if it is at an offset.
    async fn at_percent(&self) -> Option<i32> {
        match self.0.at {
            At::Percent(percent) => Some(percent.into()),
            At::Offset(_) => None,
        }
    }

    /// This many counted seconds after the due time, before it if negative; null if it is at a
    /// share of the target.
    async fn offset_seconds(&self) -> Option<i32> {
        match self.0.at {
            At::Percent(_) => None,
            At::Offset(seconds) => Some(seconds),
        }
    }

    /// Only for tickets of these priorities; empty is any.
    async fn priorities(&self) -> Vec<Priority> {
        self.0.priorities.iter().copied().map(Into::into).collect()
    }

    /// What happens.
    async fn action(&self) -> EscalationAction {
        self.0.action.into()
    }

    /// The support tier to escalate to.
    async fn tier(&self) -> Option<i32> {
        self.0.tier.map(Into::into)
    }

    /// Whom to escalate to.
    async fn target(&self) -> Option<EscalationTarget> {
        self.0.target.map(Into::into)
    }

    /// The team to hand to.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        let Some(id) = self.0.team else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let row = asked.loaders.load_one(TeamKey(id)).await.or_graphql()?;
        Ok(row.map(Team))
    }
}
