//! `sla-escalation`: fires what is due on tickets.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use deskwire_jobs::{Done, Job, Problem, Setup, metric, start, unusable};
use domain::{
    Clock,
    sla::{Report, Sweeper},
};
use entity::JobOutcome;

/// Fires what is due on tickets: warnings before a deadline, escalations at its end, flags on
/// unattended tickets, follow-up questions and automatic closing after a resolution. It also flags
/// the tickets of who is away.
///
/// It catches up with everything that is due, however late it comes, and nothing fires twice, so it
/// can be run as often as you like, by as many as you like.
///
/// From cron, once a minute:
///
///   * * * * *  DATABASE_URL=postgres://... sla-escalation --max-seconds 50
///
/// It prints a JSON report: what fired by kind and level, what is left, how late the oldest timer
/// was, how long it took. The exit code is 0 if all went well (even if something is left), 1 if
/// something failed, 2 if it could not begin.
///
/// As an AWS Lambda function (where AWS_LAMBDA_RUNTIME_API is set) the same binary waits for events
/// of a schedule, does the same for each of them, and answers with the report.
///
/// Every option can be given as an environment variable too.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
struct Cli {
    #[command(flatten)]
    setup: Setup,
}

struct SlaEscalation(Sweeper);

impl Job for SlaEscalation {
    const NAME: &'static str = "sla-escalation";

    async fn run(&self, limit: Option<Duration>) -> Done {
        let report = self.0.sweep(limit, || ()).await;
        let kept = self.0.record(&report).await;
        Done::new(&report, report.outcome, metrics(&report), kept)
    }
}

fn metrics(report: &Report) -> Vec<(&'static str, &'static str, f64)> {
    let mut metrics = vec![
        metric("Fired", "Count", report.total()),
        metric("Failed", "Count", report.failed),
        metric("Duration", "Milliseconds", report.duration_ms),
    ];
    let failed = report.outcome == JobOutcome::Failed;
    // A run that broke off may not have found out what is due. Zeros would look like all is well;
    // without numbers an alarm goes off.
    if !failed || report.failed > 0 {
        let lag = u64::try_from(report.lag_seconds).unwrap_or(0);
        metrics.push(metric("LagSeconds", "Seconds", lag));
        metrics.push(metric("Left", "Count", report.left));
    }
    metrics
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    start(cli.setup.limit(), begin(&cli)).await
}

async fn begin(cli: &Cli) -> Result<SlaEscalation, Problem> {
    let sweeper = Sweeper::new(cli.setup.connect().await?, Clock::system());
    sweeper.check().await.map_err(|error| unusable(&error))?;
    Ok(SlaEscalation(sweeper))
}
