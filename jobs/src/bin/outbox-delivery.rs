//! `outbox-delivery`: tells people and systems what happened.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use delivery::{Deliverer, DeliverySettings, Report};
use deskwire_jobs::{Done, Job, Problem, Setup, metric, start, unusable};
use domain::{Clock, telling::check};

/// Tells people and systems what happened: works out what is to be told, sends mails and webhooks,
/// publishes events to Kafka, puts digests together, and deletes what is old.
///
/// It catches up with everything, however late it comes. Any number of them may run, beside servers
/// that do the same, and any may be killed: what one was sending then is taken up by another when its
/// lease is over.
///
/// From cron, once a minute:
///
///   * * * * *  DATABASE_URL=postgres://... outbox-delivery --max-seconds 50
///
/// It prints a JSON report: what was sent, tried again and given up by channel, what is left, how long
/// the oldest had been waiting. The exit code is 0 if all went well (even if something is left), 1 if
/// something failed or a service is away, 2 if it could not begin.
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

    #[command(flatten)]
    delivery: DeliverySettings,

    /// For how many days a customer may reopen a closed ticket: mails say so.
    #[arg(long, env = "DESKWIRE_REOPEN_DAYS", default_value_t = 14)]
    reopen_days: u16,
}

struct OutboxDelivery(Deliverer);

impl Job for OutboxDelivery {
    const NAME: &'static str = "outbox-delivery";

    async fn run(&self, limit: Option<Duration>) -> Done {
        let report = self.0.run(limit).await;
        let kept = self.0.record(&report).await;
        Done::new(&report, report.outcome, metrics(&report), kept)
    }
}

fn metrics(report: &Report) -> Vec<(&'static str, &'static str, f64)> {
    let mut metrics = vec![
        metric("Planned", "Count", report.events),
        metric("MailsSent", "Count", report.mail.sent),
        metric("WebhooksSent", "Count", report.webhooks.sent),
        metric("Published", "Count", report.published),
        metric(
            "Retried",
            "Count",
            report.mail.retried + report.webhooks.retried,
        ),
        metric("Failed", "Count", report.failed),
        metric("Duration", "Milliseconds", report.duration_ms),
    ];
    // A run that broke off may not have found out what waits. Zeros would look like all is well;
    // without numbers an alarm goes off.
    if report.known {
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

async fn begin(cli: &Cli) -> Result<OutboxDelivery, Problem> {
    let db = cli.setup.connect().await?;
    check(&db).await.map_err(|error| unusable(&error))?;
    let deliverer = Deliverer::open(
        db,
        Clock::system(),
        &cli.delivery,
        cli.setup.data_dir(),
        cli.reopen_days,
    );
    match deliverer.await {
        Ok(deliverer) => Ok(OutboxDelivery(deliverer)),
        Err(problem) => Err(Problem(problem.0)),
    }
}
