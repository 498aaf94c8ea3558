//! Keeping statistics up to date, where nothing else does it.

use std::time::Duration;

use domain::Desk;
use tokio::time::{Instant, MissedTickBehavior};

use super::Metrics;

/// The longest that one run goes on before it lets the next one take over.
const LIMIT: Duration = Duration::from_secs(60);

/// How often a run that found nothing to do is kept on record.
const HEARTBEAT: Duration = Duration::from_secs(3_600);

/// Runs every `interval`, until this is dropped.
pub(crate) async fn aggregate(desk: Desk, interval: Duration, metrics: Metrics) {
    let aggregator = desk.aggregator();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recorded: Option<Instant> = None;
    loop {
        ticks.tick().await;
        let report = aggregator.run(Some(LIMIT)).await;
        metrics.aggregated(&report);
        if report.did_something() {
            // Its transactions may have held up who follows the log.
            desk.hub().wake();
        }
        let due = recorded.is_none_or(|last| last.elapsed() >= HEARTBEAT);
        if due || report.did_something() {
            match aggregator.record(&report).await {
                Ok(()) => recorded = Some(Instant::now()),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the report of the statistics job could not be kept"
                ),
            }
        }
    }
}
