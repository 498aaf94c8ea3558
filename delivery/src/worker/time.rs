//! Until when something may go on.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Until when a run, or a server, may begin something new.
#[derive(Clone, Debug)]
pub(super) struct Time {
    begun: Instant,
    limit: Option<Duration>,
    run: bool,
    stop: CancellationToken,
}

impl Time {
    /// Until `limit` is over; without one, for ever.
    pub(super) fn limited(limit: Option<Duration>) -> Self {
        Self {
            begun: Instant::now(),
            limit,
            run: true,
            stop: CancellationToken::new(),
        }
    }

    /// Until `stop`.
    pub(super) fn until(stop: CancellationToken) -> Self {
        Self {
            stop,
            run: false,
            ..Self::limited(None)
        }
    }

    /// Whether something new may begin.
    pub(super) fn is_left(&self) -> bool {
        let in_time = self.limit.is_none_or(|limit| self.begun.elapsed() < limit);
        in_time && !self.stop.is_cancelled()
    }

    /// How much is left; `None` if there is no limit.
    pub(super) fn left(&self) -> Option<Duration> {
        self.limit
            .map(|limit| limit.saturating_sub(self.begun.elapsed()))
    }

    /// Whether somebody waits for the end: a run that is done once, as against a server.
    pub(super) fn is_run(&self) -> bool {
        self.run
    }

    /// How long it has been.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Waits for so long, or until the end.
    pub(super) async fn rest(&self, time: Duration) {
        // That the time is over is what was waited for.
        drop(tokio::time::timeout(time, self.stop.cancelled()).await);
    }
}
