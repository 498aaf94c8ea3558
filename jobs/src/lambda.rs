//! Running a job as an AWS Lambda function: one run for each event of the schedule.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::{Job, metrics};

/// What of an invocation's time is left for answering.
const SPARE: Duration = Duration::from_secs(3);

/// No invocation may take as long.
const DAY: Duration = Duration::from_secs(86_400);

/// Serves events until the environment ends.
pub(crate) async fn serve<J: Job>(job: J) -> ExitCode {
    let job = Arc::new(job);
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let job = Arc::clone(&job);
        async move { handle(&*job, event).await }
    });
    match lambda_runtime::run(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "the Lambda runtime ended");
            ExitCode::FAILURE
        }
    }
}

/// One event. What it says does not matter: the work is found in the database, so an event that is
/// delivered twice finds nothing left to do.
async fn handle<J: Job>(job: &J, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let done = job.run(Some(time_left(&event))).await;
    println!("{}", metrics::embedded(J::NAME, &done.metrics, now()));
    if done.failed {
        tracing::error!(report = %done.report, "the job failed");
        return Err(Diagnostic {
            error_type: "JobFailed".to_owned(),
            error_message: format!("{} failed: {}", J::NAME, done.report),
        });
    }
    tracing::info!(report = %done.report, "the job is done");
    Ok(done.report)
}

/// How long the job may run, so that it can still answer in time.
fn time_left(event: &LambdaEvent<Value>) -> Duration {
    let deadline = event
        .context
        .deadline()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    limit(deadline, now())
}

/// The same for a deadline and a time since 1970.
fn limit(deadline: Duration, now: Duration) -> Duration {
    // Where Lambda gives the time, cargo-lambda gives the minutes that there are.
    let left = if deadline < DAY {
        deadline
    } else {
        deadline.saturating_sub(now)
    };
    // Of a very short time limit half.
    left.saturating_sub(SPARE).max(left / 2)
}

/// Since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the deadline of an invocation is in the time of the machine that runs it"
)]
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_before_its_deadline() {
        let now = Duration::from_secs(1_800_000_000);
        let seconds = Duration::from_secs;
        assert_eq!(limit(now + seconds(60), now), seconds(57));
        assert_eq!(limit(now + seconds(4), now), seconds(2));
        assert_eq!(limit(now, now), seconds(0));
        assert_eq!(limit(now - seconds(9), now), seconds(0));
        // As cargo-lambda's emulator has it.
        assert_eq!(limit(seconds(600), now), seconds(597));
    }
}
