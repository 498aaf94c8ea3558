//! A dry run of a policy.

use std::{collections::HashMap, sync::Arc};

use async_graphql::SimpleObject;
use domain::query;
use entity::{TicketId, ticket};

use super::Ticket;
use crate::enums::{Priority, SlaMetric};

/// What a policy would have done to past tickets. Nothing was changed.
#[derive(SimpleObject)]
pub(crate) struct SlaSimulation {
    /// How many tickets were looked at: the newest ones, if there are too many.
    tickets: i64,
    /// How many tickets were opened in that time.
    tickets_in_range: i64,
    /// What came of it, by metric and priority.
    results: Vec<SlaSimulationResult>,
}

/// What came of one metric at one priority. Cycles are counted, so a ticket may count more than once.
#[derive(SimpleObject)]
pub(crate) struct SlaSimulationResult {
    /// What is measured.
    metric: SlaMetric,
    /// How urgent the tickets are.
    priority: Priority,
    /// As it was.
    before: SlaTally,
    /// As it would have been.
    after: SlaTally,
    /// Some tickets that were in time and would not have been, newest first.
    newly_breached: Vec<Ticket>,
    /// Some tickets that were late and would not have been, newest first.
    newly_met: Vec<Ticket>,
}

/// How many cycles went how.
#[derive(SimpleObject)]
pub(crate) struct SlaTally {
    /// Done in time.
    met: i64,
    /// Late, whether done by now or not.
    breached: i64,
    /// Not done yet, and not late.
    open: i64,
    /// Without a target.
    best_effort: i64,
}

impl From<query::Tally> for SlaTally {
    fn from(tally: query::Tally) -> Self {
        let query::Tally {
            met,
            breached,
            open,
            best_effort,
        } = tally;
        Self {
            met,
            breached,
            open,
            best_effort,
        }
    }
}

impl SlaSimulation {
    /// The tickets that serve as examples.
    pub(crate) fn examples(found: &query::Simulation) -> Vec<TicketId> {
        let both = |result: &query::SimulatedResult| {
            let examples = result.newly_breached.iter().chain(&result.newly_met);
            examples.copied().collect::<Vec<_>>()
        };
        found.results.iter().flat_map(both).collect()
    }

    pub(crate) fn of(
        found: query::Simulation,
        tickets: &HashMap<TicketId, Arc<ticket::Model>>,
    ) -> Self {
        let examples = |ids: Vec<TicketId>| {
            let found = ids.iter().filter_map(|id| tickets.get(id));
            found.cloned().map(Ticket).collect()
        };
        let result = |result: query::SimulatedResult| {
            Some(SlaSimulationResult {
                metric: SlaMetric::of(result.metric)?,
                priority: result.priority.into(),
                before: result.before.into(),
                after: result.after.into(),
                newly_breached: examples(result.newly_breached),
                newly_met: examples(result.newly_met),
            })
        };
        Self {
            tickets: found.tickets,
            tickets_in_range: found.of,
            results: found.results.into_iter().filter_map(result).collect(),
        }
    }
}
