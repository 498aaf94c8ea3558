//! The jobs, where nothing else runs them: the same code that the Lambda functions run, on an interval
//! or all the time.

mod delivery;
mod metrics;
mod statistics;
mod uploads;

use std::time::Duration;

use domain::{Desk, sla::Report};
use entity::JobOutcome;
use tokio::time::{Instant, MissedTickBehavior};

pub(crate) use delivery::deliver;
pub(crate) use metrics::{Metrics, serve};
pub(crate) use statistics::aggregate;
pub(crate) use uploads::sweep_uploads;

/// The longest that one sweep goes on before it lets the next one take over.
const LIMIT: Duration = Duration::from_secs(60);

/// How often a run that found nothing to do is kept on record.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Fires what is due, every `interval`, until this is dropped.
pub(crate) async fn sweep(desk: Desk, interval: Duration, metrics: Metrics) {
    let sweeper = desk.sweeper();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recorded: Option<Instant> = None;
    loop {
        ticks.tick().await;
        let report = desk.sweep(&sweeper, Some(LIMIT)).await;
        metrics.count(&report);
        let due = recorded.is_none_or(|last| last.elapsed() >= HEARTBEAT);
        if due || is_worth_keeping(&report) {
            match sweeper.record(&report).await {
                Ok(()) => recorded = Some(Instant::now()),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the report of the SLA job could not be kept"
                ),
            }
        }
    }
}

fn is_worth_keeping(report: &Report) -> bool {
    report.total() + report.away > 0 || report.outcome != JobOutcome::Done
}
