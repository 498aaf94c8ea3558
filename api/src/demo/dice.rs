//! Chance that repeats itself: the same seed gives the same throws.

use chrono::TimeDelta;
use entity::Timestamp;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use uuid::{Builder, Uuid};

/// What a series of throws is for; each has its own, so that none depends on how many another used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Series {
    /// How busy the desk is from hour to hour.
    Rhythm,
    /// Staff and teams.
    Staff,
    /// Customers.
    Customers,
    /// The ticket with this index, from 0.
    Ticket(u64),
    /// The subjects of the ticket with this index.
    Subjects(u64),
    /// What the customer of the ticket with this index says of it in the end.
    Rating(u64),
}

/// A repeatable source of chance.
#[derive(Clone, Debug)]
pub(super) struct Dice(ChaCha8Rng);

/// Factors on a median, in equal steps of probability: most things take about their usual time,
/// a few take ages.
const SPREAD: [f64; 9] = [0.1, 0.25, 0.45, 0.7, 1.0, 1.4, 2.1, 3.4, 6.5];

impl Dice {
    /// The throws of one series under `seed`.
    pub(super) fn new(seed: u64, series: Series) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(match series {
            Series::Rhythm => 1,
            Series::Staff => 2,
            Series::Customers => 3,
            Series::Ticket(index) => 1_000 + index,
            Series::Subjects(index) => u64::MAX - index,
            Series::Rating(index) => (1 << 63) + index,
        });
        Self(rng)
    }

    /// A whole number below `end`, 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        // The high half of a product: as even as 64 bits are. It is less than `end`.
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn within(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A number from 0 to below 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&mut self, percent: f64) -> bool {
        self.fraction() * 100.0 < percent
    }

    /// One of `from`, if there is any.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// One of `from`, empty if there is none.
    pub(super) fn word<'a>(&mut self, from: &'a [String]) -> &'a str {
        self.pick(from).map_or("", String::as_str)
    }

    /// One of `from`, as often as its weight says; `otherwise` if all weights are 0.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(T, f64)], otherwise: T) -> T {
        let mut rest = self.fraction() * from.iter().map(|(_, weight)| weight).sum::<f64>();
        for &(item, weight) in from {
            if rest < weight {
                return item;
            }
            rest -= weight;
        }
        otherwise
    }

    /// Brings `items` into any order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// A time around `median` seconds, at least a second.
    pub(super) fn about(&mut self, median: f64) -> TimeDelta {
        let place = self.fraction() * (SPREAD.len() - 1) as f64;
        let (low, part) = (place as usize, place.fract());
        let (from, to) = (SPREAD[low], SPREAD[(low + 1).min(SPREAD.len() - 1)]);
        let seconds = (median * (from + (to - from) * part)).max(1.0);
        TimeDelta::microseconds((seconds * 1e6) as i64)
    }

    /// A UUIDv7 of the moment `at`.
    pub(super) fn id<T: From<Uuid>>(&mut self, at: Timestamp) -> T {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        T::from(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}
