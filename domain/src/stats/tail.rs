//! What happened since the sums were brought up to date: worked out for each question, so that it is
//! never missing.

use std::{collections::HashMap, sync::Arc};

use entity::{TicketId, Timestamp};
use sea_orm::DatabaseTransaction;

use super::{
    fact::{Fact, Traits},
    keep,
    source::{Counted, WITHOUT_EFFECT, work_out},
    state::State,
    sum::changes,
};
use crate::{Error, Result, live::log};

/// The most tickets that are worked out for one question. If more have changed, nobody has kept the
/// sums up to date for long, and the answer says from when it is.
const MOST_TICKETS: u64 = 2_000;
/// The most events that are looked at for that.
const MOST_EVENTS: u64 = 20_000;

/// What happened since the sums were brought up to date.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// What the tickets with newer events count for now.
    after: HashMap<TicketId, Counted>,
    /// What makes the answer of the sums: each fact with how often it is added.
    pub(super) changes: Vec<(i64, Fact, Arc<Traits>)>,
    /// When the first event happened that is not in the answer, if there is one.
    pub(super) missing_since: Option<Timestamp>,
}

impl Tail {
    pub(super) async fn load(tx: &DatabaseTransaction, state: &State) -> Result<Self> {
        let tickets = log::tickets_behind(tx, state.position, &WITHOUT_EFFECT, MOST_EVENTS).await?;
        let some = tickets.filter(|tickets| {
            u64::try_from(tickets.len()).is_ok_and(|found| found <= MOST_TICKETS)
        });
        let Some(tickets) = some else {
            return Self::missing(tx, state).await;
        };
        if tickets.is_empty() {
            return Ok(Self::default());
        }
        let before = keep::load(tx, &tickets).await?;
        match work_out(tx, &tickets).await {
            Ok(after) => Ok(Self {
                changes: differences(&before, &after),
                after,
                missing_since: None,
            }),
            // A newer version wrote it. What was summed up is right, as of then.
            Err(error @ Error::Internal(_)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what happened last cannot be read; statistics are answered without it"
                );
                Self::missing(tx, state).await
            }
            Err(error) => Err(error),
        }
    }

    /// Nothing but the sums, and since when they are not all.
    async fn missing(tx: &DatabaseTransaction, state: &State) -> Result<Self> {
        Ok(Self {
            missing_since: log::earliest_behind(tx, state.position).await?,
            ..Self::default()
        })
    }

    /// The tickets that it is about.
    pub(super) fn tickets(&self) -> impl Iterator<Item = (TicketId, &Counted)> {
        self.after
            .iter()
            .map(|(ticket, counted)| (*ticket, counted))
    }
}

/// What makes `after` of `before`, ticket by ticket.
fn differences(
    before: &HashMap<TicketId, Counted>,
    after: &HashMap<TicketId, Counted>,
) -> Vec<(i64, Fact, Arc<Traits>)> {
    let mut all = Vec::new();
    for (ticket, after) in after {
        // The changes of a side, before or after, come one after the other.
        let mut last: Option<Arc<Traits>> = None;
        for change in changes(before.get(ticket), after) {
            let traits = match last.take().filter(|last| **last == *change.traits) {
                Some(same) => same,
                None => Arc::new(change.traits.clone()),
            };
            last = Some(Arc::clone(&traits));
            all.push((change.times, *change.fact, traits));
        }
    }
    all
}
