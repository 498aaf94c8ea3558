//! What the scheduled jobs share: how they are set up, how they run (as a Lambda function, or once),
//! and how they tell what they did. They do not link the GraphQL engine.

mod lambda;
mod metrics;
mod once;
mod setup;

pub use metrics::metric;
pub use setup::{Problem, Setup, unusable};

use std::{future::Future, process::ExitCode, time::Duration};

use entity::JobOutcome;
use serde::Serialize;
use serde_json::{Value, json};

/// A scheduled job.
pub trait Job: Send + Sync {
    /// Its name in logs and metrics.
    const NAME: &'static str;

    /// Runs until all is done or `limit` is over, and says what it did.
    fn run(&self, limit: Option<Duration>) -> impl Future<Output = Done> + Send;
}

/// What a run of a job did.
#[derive(Clone, Debug)]
pub struct Done {
    /// The report, a JSON object.
    pub report: Value,
    /// Numbers to watch: name, unit of CloudWatch, value.
    pub metrics: Vec<(&'static str, &'static str, f64)>,
    /// Whether it failed.
    pub failed: bool,
}

impl Done {
    /// What a run says of itself; `kept` is whether that is on record.
    pub fn new(
        report: &impl Serialize,
        outcome: JobOutcome,
        metrics: Vec<(&'static str, &'static str, f64)>,
        kept: domain::Result<()>,
    ) -> Self {
        if let Err(error) = kept {
            tracing::error!(error = %error, "the report could not be kept");
        }
        Self {
            report: serde_json::to_value(report).unwrap_or_else(|error| json!(error.to_string())),
            metrics,
            failed: outcome == JobOutcome::Failed,
        }
    }
}

/// Begins a job and runs it. The exit code is 2 if it could not begin.
pub async fn start<J: Job>(
    limit: Option<Duration>,
    begin: impl Future<Output = Result<J, Problem>>,
) -> ExitCode {
    setup::start_log();
    match begin.await {
        Ok(job) => run(job, limit).await,
        Err(Problem(text)) => {
            tracing::error!("{text}");
            ExitCode::from(2)
        }
    }
}

/// Runs `job` as the environment says: for ever, one event after the other, where AWS Lambda's
/// runtime calls it; else once.
async fn run<J: Job>(job: J, limit: Option<Duration>) -> ExitCode {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        lambda::serve(job).await
    } else {
        once::run(job, limit).await
    }
}
