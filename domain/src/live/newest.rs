//! The tickets of recent events, as new as this process has seen them.
//!
//! A follower who catches up and one who is live are told of the same event at different times. Each
//! shows the ticket as it is now, so without this a ticket could be seen to go back: newer with an
//! early event that was read late, older with the next one that somebody else had read before.

use std::sync::Arc;

use entity::{TicketId, ticket};
use moka::{ops::compute::Op, policy::EvictionPolicy, sync::Cache};

/// Tickets that are kept. Most take a kilobyte or two, the longest 100.
const KEPT: u64 = 4_096;

/// The newest rows by ticket. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Newest(Cache<TicketId, Arc<ticket::Model>>);

impl Default for Newest {
    fn default() -> Self {
        // What is new must not be refused because others are asked for more often.
        let lru = EvictionPolicy::lru();
        Self(
            Cache::builder()
                .max_capacity(KEPT)
                .eviction_policy(lru)
                .build(),
        )
    }
}

/// What grows with each change of a row. A note of staff leaves the version as it is, but can have
/// masked something.
fn age(row: &ticket::Model) -> (i32, usize) {
    (row.version, row.sensitive.0.len())
}

impl Newest {
    pub(super) fn get(&self, id: TicketId) -> Option<Arc<ticket::Model>> {
        self.0.get(&id)
    }

    /// Keeps `row` if it is newer than the one that is kept, and gives back the newer one.
    pub(super) fn put(&self, row: Arc<ticket::Model>) -> Arc<ticket::Model> {
        let newer = Arc::clone(&row);
        let kept = self.0.entry(row.id).and_compute_with(|kept| match kept {
            Some(kept) if age(kept.value()) >= age(&newer) => Op::Nop,
            Some(_) | None => Op::Put(newer),
        });
        kept.into_entry().map_or(row, |kept| kept.into_value())
    }
}
