//! Deleting uploads that nobody completed or attached, where nothing else does it.

use std::time::Duration;

use domain::attachment::UploadSweeper;
use tokio::time::{Instant, MissedTickBehavior};

use super::Metrics;

/// The longest that one sweep goes on before it lets the next one take over.
const LIMIT: Duration = Duration::from_secs(60);

/// How often a run that found nothing to do is kept on record.
const HEARTBEAT: Duration = Duration::from_secs(3_600);

/// Sweeps every `interval`, until this is dropped.
pub(crate) async fn sweep_uploads(sweeper: UploadSweeper, interval: Duration, metrics: Metrics) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recorded: Option<Instant> = None;
    loop {
        ticks.tick().await;
        let report = sweeper.run(Some(LIMIT)).await;
        metrics.swept(&report);
        let due = recorded.is_none_or(|last| last.elapsed() >= HEARTBEAT);
        if due || report.did_something() {
            match sweeper.record(&report).await {
                Ok(()) => recorded = Some(Instant::now()),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the report of the sweep of uploads could not be kept"
                ),
            }
        }
    }
}
