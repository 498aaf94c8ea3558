//! Whether S3 can be reached, as far as calls have shown.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{S3, fail::Failure};

/// How often it is looked whether S3 is there again.
const LOOKS: Duration = Duration::from_secs(5);

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    away_since: Option<Instant>,
    looked: Option<Instant>,
}

impl Reach {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long S3 could not be reached; `None` once a call got through.
    pub(super) fn away(&self) -> Option<Duration> {
        self.known().away_since.map(|since| since.elapsed())
    }

    /// Takes note of how a call ended.
    pub(super) fn remember(&self, failure: Option<&Failure>) {
        let mut known = self.known();
        if failure.is_some_and(|failure| failure.unreachable) {
            known.away_since.get_or_insert_with(Instant::now);
        } else {
            known.away_since = None;
        }
    }

    /// Whether somebody has to look again; who asks and hears yes, does.
    fn is_to_be_looked(&self) -> bool {
        let mut known = self.known();
        let due = known.looked.is_none_or(|looked| looked.elapsed() >= LOOKS);
        if due {
            known.looked = Some(Instant::now());
        }
        due
    }
}

impl S3 {
    /// Fails while S3 is known to be away: a link would lead nowhere. Whether it is there again is looked
    /// at from time to time, and nobody waits for that.
    pub(super) fn is_reachable(&self) -> Result<(), Failure> {
        let Some(away) = self.reach.away() else {
            return Ok(());
        };
        if self.reach.is_to_be_looked() {
            let head = self.client.head_bucket().bucket(&self.bucket);
            let reach = Arc::clone(&self.reach);
            tokio::spawn(async move {
                let answer = head.send().await;
                let failure = answer.err().map(|error| Failure::of("answer", &error));
                reach.remember(failure.as_ref());
            });
        }
        Err(Failure::saying(format!(
            "S3 has not been reached for {} seconds",
            away.as_secs()
        )))
    }
}
