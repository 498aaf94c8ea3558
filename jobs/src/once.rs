//! Running a job once, as cron does.

use std::{process::ExitCode, time::Duration};

use crate::Job;

/// Runs `job` and prints its report. The exit code is 0 if it did not fail, 1 if it did.
pub(crate) async fn run<J: Job>(job: J, limit: Option<Duration>) -> ExitCode {
    let done = job.run(limit).await;
    println!("{}", done.report);
    if done.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
