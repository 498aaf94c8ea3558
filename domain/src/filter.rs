//! The queue's filter, once as SQL and once over the facets of an event. Both say the same: a
//! property test compares them.

use std::collections::HashSet;

use entity::{
    CategoryId, Priority, SlaState, SubjectId, TeamId, TicketSource, TicketStatus, Timestamp,
    UserId, ticket, ticket_co_assignee, ticket_subject, ticket_tag, timer,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use crate::Facets;

/// Which tickets of the queue. Everything that is set must hold; a list means "any of these", and
/// one that is `None` or empty restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Statuses.
    pub status: Vec<TicketStatus>,
    /// Priorities.
    pub priority: Vec<Priority>,
    /// Categories.
    pub category: Vec<CategoryId>,
    /// Subjects, primary or not.
    pub subject: Vec<SubjectId>,
    /// Teams.
    pub team: Vec<TeamId>,
    /// Tags.
    pub tag: Vec<String>,
    /// Sources.
    pub source: Vec<TicketSource>,
    /// The accountable assignee.
    pub assignee: Option<UserId>,
    /// With (`false`) or without (`true`) an assignee.
    pub unassigned: Option<bool>,
    /// Assigned or co-assigned to who asks, or not.
    pub mine: Option<bool>,
    /// Escalated, or not.
    pub escalated: Option<bool>,
    /// How tickets stand with their targets.
    pub sla_state: Vec<SlaState>,
    /// Touched by nobody for too long, or not.
    pub unattended: Option<bool>,
    /// With an assignee who is away, or not.
    pub assignee_away: Option<bool>,
    /// Opened at or after.
    pub created_after: Option<Timestamp>,
    /// Opened before.
    pub created_before: Option<Timestamp>,
}

fn any_of<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn some_of<T: PartialEq>(wanted: &[T], values: &[T]) -> bool {
    wanted.is_empty() || values.iter().any(|value| wanted.contains(value))
}

impl QueueFilter {
    /// Whether a ticket with these facets is in the queue that `viewer` looks at.
    pub fn matches(&self, facets: &Facets, viewer: UserId) -> bool {
        let team = |wanted: &[TeamId]| {
            wanted.is_empty() || facets.team.is_some_and(|team| wanted.contains(&team))
        };
        let mine = || facets.assignee == Some(viewer) || facets.co_assignees.contains(&viewer);
        any_of(&self.status, &facets.status)
            && any_of(&self.priority, &facets.priority)
            && any_of(&self.category, &facets.category)
            && any_of(&self.source, &facets.source)
            && team(&self.team)
            && some_of(&self.tag, &facets.tags)
            && some_of(&self.subject, &facets.subjects)
            && self
                .assignee
                .is_none_or(|assignee| facets.assignee == Some(assignee))
            && self
                .unassigned
                .is_none_or(|unassigned| facets.assignee.is_none() == unassigned)
            && self.mine.is_none_or(|wanted| mine() == wanted)
            && self
                .escalated
                .is_none_or(|wanted| facets.escalated == wanted)
            && (self.sla_state.is_empty()
                || facets
                    .sla_state
                    .is_some_and(|state| self.sla_state.contains(&state)))
            && self
                .unattended
                .is_none_or(|wanted| facets.unattended == wanted)
            && self
                .assignee_away
                .is_none_or(|wanted| facets.assignee_away == wanted)
            && self
                .created_after
                .is_none_or(|time| facets.created_at >= time)
            && self
                .created_before
                .is_none_or(|time| facets.created_at < time)
    }

    /// The same as a condition on the ticket table.
    pub fn condition(&self, viewer: UserId) -> Condition {
        use ticket::Column as C;
        let mut all = Condition::all();
        if !self.status.is_empty() {
            all = all.add(C::Status.is_in(distinct(&self.status)));
            if !self.status.contains(&TicketStatus::Closed) {
                // The words of the partial indexes, so that the planner can prove that they apply.
                all = all.add(Expr::cust("ticket.closed_at IS NULL"));
            }
        }
        if !self.priority.is_empty() {
            all = all.add(C::Priority.is_in(distinct(&self.priority)));
        }
        if !self.category.is_empty() {
            all = all.add(C::CategoryId.is_in(distinct(&self.category)));
        }
        if !self.team.is_empty() {
            all = all.add(C::TeamId.is_in(distinct(&self.team)));
        }
        if !self.source.is_empty() {
            all = all.add(C::Source.is_in(distinct(&self.source)));
        }
        if !self.tag.is_empty() {
            let tagged = ticket_tag::Entity::find()
                .select_only()
                .column(ticket_tag::Column::TicketId)
                .filter(ticket_tag::Column::Tag.is_in(distinct(&self.tag)));
            all = all.add(C::Id.in_subquery(tagged.into_query()));
        }
        if !self.subject.is_empty() {
            let about = ticket_subject::Entity::find()
                .select_only()
                .column(ticket_subject::Column::TicketId)
                .filter(ticket_subject::Column::SubjectId.is_in(distinct(&self.subject)));
            all = all.add(C::Id.in_subquery(about.into_query()));
        }
        if let Some(assignee) = self.assignee {
            all = all.add(C::AssigneeId.eq(assignee));
        }
        match self.unassigned {
            Some(true) => all = all.add(C::AssigneeId.is_null()),
            Some(false) => all = all.add(C::AssigneeId.is_not_null()),
            None => {}
        }
        match self.mine {
            Some(true) => all = all.add(mine(viewer)),
            Some(false) => all = all.add(mine(viewer).not()),
            None => {}
        }
        // Plain words, so that the planner can prove that the partial indexes apply.
        match self.escalated {
            Some(true) => all = all.add(Expr::cust("ticket.escalated")),
            Some(false) => all = all.add(Expr::cust("NOT ticket.escalated")),
            None => {}
        }
        match self.sla_state.as_slice() {
            [] => {}
            [SlaState::Breached] => all = all.add(Expr::cust("ticket.sla_state = 'BREACHED'")),
            some => all = all.add(C::SlaState.is_in(distinct(some))),
        }
        match self.unattended {
            Some(true) => all = all.add(unattended()),
            Some(false) => all = all.add(unattended().not()),
            None => {}
        }
        match self.assignee_away {
            Some(true) => all = all.add(Expr::cust("ticket.assignee_away")),
            Some(false) => all = all.add(Expr::cust("NOT ticket.assignee_away")),
            None => {}
        }
        if let Some(time) = self.created_after {
            all = all.add(C::CreatedAt.gte(time));
        }
        if let Some(time) = self.created_before {
            all = all.add(C::CreatedAt.lt(time));
        }
        all
    }
}

/// Tickets that nobody touched for too long.
fn unattended() -> Condition {
    let flagged = timer::Entity::find()
        .select_only()
        .column(timer::Column::TicketId)
        .filter(Expr::cust(
            "timer.kind = 'UNATTENDED' AND timer.stopped_at IS NULL AND timer.breached_at IS NOT NULL",
        ));
    Condition::all().add(ticket::Column::Id.in_subquery(flagged.into_query()))
}

/// Tickets that `viewer` is accountable for or works on (requirement T9).
pub(crate) fn mine(viewer: UserId) -> Condition {
    let shared = ticket_co_assignee::Entity::find()
        .select_only()
        .column(ticket_co_assignee::Column::TicketId)
        .filter(ticket_co_assignee::Column::UserId.eq(viewer));
    // Written so that it is never NULL: its negation must hold for tickets without an assignee.
    Condition::any()
        .add(
            ticket::Column::AssigneeId
                .is_not_null()
                .and(ticket::Column::AssigneeId.eq(viewer)),
        )
        .add(ticket::Column::Id.in_subquery(shared.into_query()))
}

fn distinct<T: Clone + Eq + std::hash::Hash>(values: &[T]) -> HashSet<T> {
    values.iter().cloned().collect()
}
