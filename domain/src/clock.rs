//! Time as an argument.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use entity::Timestamp;
use uuid::{ContextV7, Uuid};

/// Where use cases get the time and new ids from. Cheap to clone; clones share a manual time.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    ids: Arc<Mutex<ContextV7>>,
}

#[derive(Clone, Debug)]
enum Source {
    /// The machine's, and by how many microseconds it is off.
    System(i64),
    /// Microseconds since 1970, set by a test.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::with(Source::System(0))
    }

    /// The machine's clock as it would be if it were wrong by `by`.
    pub fn skewed(by: TimeDelta) -> Self {
        Self::with(Source::System(by.num_microseconds().unwrap_or(0)))
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self::with(Source::Manual(Arc::new(AtomicI64::new(
            start.timestamp_micros(),
        ))))
    }

    fn with(source: Source) -> Self {
        Self {
            source,
            ids: Arc::new(Mutex::new(ContextV7::new())),
        }
    }

    /// The time now, UTC, in whole microseconds: what both databases keep.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.source {
            Source::System(off) => Utc::now().timestamp_micros().saturating_add(*off),
            Source::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Moves a manual clock; the machine's clock stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(micros) = &self.source {
            micros.fetch_add(by.num_microseconds().unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Whether it stands until it is moved.
    pub fn is_manual(&self) -> bool {
        matches!(self.source, Source::Manual(_))
    }

    /// A new UUIDv7 that sorts after every id that this process made before.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let context = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let time = uuid::Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos());
        T::from(Uuid::new_v7(time))
    }
}

/// Whether both databases can keep `time`, and compare it: RFC 3339 has no other years either.
pub fn can_be_kept(time: Timestamp) -> bool {
    (1..=9_999).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_at_one_instant_sort_in_the_order_they_were_made() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let ids: Vec<Uuid> = (0..1_000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_manual_clock_moves_when_told() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        clock.advance(TimeDelta::seconds(90));
        assert_eq!(clock.clone().now().timestamp(), 90);
    }
}
