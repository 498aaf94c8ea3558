//! Telling people and systems, where nothing else does it (requirements N1 to N7).

use std::{sync::Arc, time::Duration};

use delivery::{Deliverer, Duty};
use domain::Desk;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::Metrics;

/// How often a time in which nothing was to be told is kept on record.
const HEARTBEAT: Duration = Duration::from_secs(600);

/// Plans, and sends if that is this server's `duty`, until `stop`; what is under way then is finished,
/// and `tasks` waits for it.
pub(crate) fn deliver(
    desk: Desk,
    deliverer: Arc<Deliverer>,
    duty: Duty,
    metrics: Metrics,
    stop: CancellationToken,
    tasks: &TaskTracker,
) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let keeper = Arc::clone(&deliverer);
    tasks.spawn(async move {
        let mut recorded: Option<Instant> = None;
        while let Some(report) = told.recv().await {
            metrics.delivered(&report);
            let due = recorded.is_none_or(|last| last.elapsed() >= HEARTBEAT);
            if due || report.did_something() {
                match keeper.record(&report).await {
                    Ok(()) => recorded = Some(Instant::now()),
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the report of the delivery could not be kept"
                    ),
                }
            }
        }
    });
    tasks.spawn(deliverer.serve(desk, duty, stop, tell));
}
