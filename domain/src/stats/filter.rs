//! Which tickets figures are about.

use entity::{
    CategoryId, Priority, SubjectId, TeamId, TicketSource, UserId, context_link, stats_fact,
    stats_ticket,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};

use super::{
    dimension::{Dimension, MERCHANT, id_key, priority_key},
    fact::{Fact, Traits},
};

/// Which tickets figures are about. Everything that is given must hold; a list means "any of these",
/// and an empty one restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsFilter {
    /// Categories.
    pub category: Vec<CategoryId>,
    /// Subjects; a ticket can have several.
    pub subject: Vec<SubjectId>,
    /// Priorities.
    pub priority: Vec<Priority>,
    /// Sources.
    pub source: Vec<TicketSource>,
    /// Teams.
    pub team: Vec<TeamId>,
    /// Accountable assignees, when it happened.
    pub agent: Vec<UserId>,
    /// Merchants, by the host product's ids; a ticket can have several.
    pub merchant: Vec<String>,
}

impl StatsFilter {
    /// What is restricted, and to which values.
    pub fn restrictions(&self) -> Vec<(Dimension, Vec<String>)> {
        let all = [
            (
                Dimension::Category,
                self.category.iter().map(|id| id_key(id.0)).collect(),
            ),
            (
                Dimension::Subject,
                self.subject.iter().map(|id| id_key(id.0)).collect(),
            ),
            (
                Dimension::Priority,
                self.priority
                    .iter()
                    .map(|priority| priority_key(*priority).to_owned())
                    .collect(),
            ),
            (
                Dimension::Source,
                self.source
                    .iter()
                    .map(|source| source.as_str().to_owned())
                    .collect(),
            ),
            (
                Dimension::Team,
                self.team.iter().map(|id| id_key(id.0)).collect(),
            ),
            (
                Dimension::Agent,
                self.agent.iter().map(|id| id_key(id.0)).collect(),
            ),
            (Dimension::Merchant, self.merchant.clone()),
        ];
        let mut all: Vec<(Dimension, Vec<String>)> = all.into();
        all.retain(|(_, keys)| !keys.is_empty());
        for (_, keys) in &mut all {
            keys.sort_unstable();
            keys.dedup();
        }
        all
    }

    /// The same as a condition on `stats_fact` and `stats_ticket`.
    pub(super) fn condition(&self) -> Condition {
        use stats_ticket::Column as C;
        let mut all = Condition::all();
        if !self.category.is_empty() {
            all = all.add(C::CategoryId.is_in(self.category.clone()));
        }
        if !self.priority.is_empty() {
            all = all.add(C::Priority.is_in(self.priority.clone()));
        }
        if !self.source.is_empty() {
            all = all.add(C::Source.is_in(self.source.clone()));
        }
        if !self.team.is_empty() {
            all = all.add(C::TeamId.is_in(self.team.clone()));
        }
        if !self.subject.is_empty() {
            // No id is part of another one's text.
            let subjects = "CAST(stats_ticket.subjects AS text)";
            let any = self.subject.iter().fold(Condition::any(), |any, id| {
                any.add(Expr::cust(format!("{subjects} LIKE '%{}%'", id.0)))
            });
            all = all.add(any);
        }
        if !self.merchant.is_empty() {
            let named = context_link::Entity::find()
                .select_only()
                .column(context_link::Column::TicketId)
                .filter(context_link::Column::Kind.eq(MERCHANT))
                .filter(context_link::Column::ExternalId.is_in(self.merchant.clone()));
            all = all.add(C::TicketId.in_subquery(named.into_query()));
        }
        if !self.agent.is_empty() {
            all = all.add(stats_fact::Column::AgentId.is_in(self.agent.clone()));
        }
        all
    }
}

/// Whether a fact is one of those that restrictions leave.
pub(super) fn matches(
    restrictions: &[(Dimension, Vec<String>)],
    fact: &Fact,
    traits: &Traits,
) -> bool {
    restrictions.iter().all(|(dimension, wanted)| {
        let keys = dimension.keys(fact, traits);
        keys.iter().any(|key| wanted.contains(key))
    })
}
