//! `stats-aggregation`: works out what the statistics say.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::Parser;
use deskwire_jobs::{Done, Job, Problem, Setup, metric, start, unusable};
use domain::{
    Clock,
    stats::{Aggregator, Progress, StatsReport},
};
use entity::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};

/// Works out what the statistics say: goes through what happened since it did so last, and sums it up
/// by time, category, subject, priority, source, team, agent and merchant.
///
/// It catches up with everything, however late it comes. Any number of them may run, beside servers
/// that do the same, and any may be killed: one works at a time, and nothing is counted twice.
///
/// From cron, every minute:
///
///   * * * * *  DATABASE_URL=postgres://... stats-aggregation --max-seconds 50
///
/// It prints a JSON report: how many events it went through, how many tickets and sums changed, how
/// many events are left, how long the oldest had been waiting. The exit code is 0 if all went well
/// (even if something is left), 1 if something failed, 2 if it could not begin.
///
/// To work out a stretch of time anew, beside everything else that runs:
///
///   stats-aggregation --rebuild 2026-01-01 2026-02-01
///
/// What comes of it is what was there before, unless that was damaged.
///
/// As an AWS Lambda function (where AWS_LAMBDA_RUNTIME_API is set) the same binary waits for events
/// of a schedule, does the same for each of them, and answers with the report.
///
/// Every option but --rebuild can be given as an environment variable too.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
struct Cli {
    #[command(flatten)]
    setup: Setup,

    /// Work out anew what happened from FROM to before TO: days (2026-01-31) of the desk's time zone,
    /// or times (2026-01-31T12:00:00Z), which are widened to whole days.
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    rebuild: Option<Vec<String>>,
}

struct StatsAggregation {
    aggregator: Aggregator,
    rebuild: Option<(Timestamp, Timestamp)>,
}

impl Job for StatsAggregation {
    const NAME: &'static str = "stats-aggregation";

    async fn run(&self, limit: Option<Duration>) -> Done {
        let report = match self.rebuild {
            None => self.aggregator.run(limit).await,
            Some((from, to)) => {
                let bar = progress_bar();
                let show = |progress: Progress| {
                    bar.set_length(progress.of);
                    bar.set_position(progress.done);
                };
                let report = self.aggregator.rebuild(from, to, show).await;
                bar.finish_and_clear();
                report
            }
        };
        let kept = self.aggregator.record(&report).await;
        Done::new(&report, report.outcome, metrics(&report), kept)
    }
}

/// A bar for who watches; nothing where nobody does.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {percent} %  {pos} of {len} tickets and days  {eta} left";
    let style = ProgressStyle::with_template(style);
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn metrics(report: &StatsReport) -> Vec<(&'static str, &'static str, f64)> {
    let mut metrics = vec![
        metric("Events", "Count", report.events),
        metric("Tickets", "Count", report.tickets),
        metric("Duration", "Milliseconds", report.duration_ms),
    ];
    // A run that broke off has not found out how far behind it is. A zero would look like all is well;
    // without the number an alarm goes off.
    if report.error.is_none() {
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

async fn begin(cli: &Cli) -> Result<StatsAggregation, Problem> {
    let db = cli.setup.connect().await?;
    let aggregator = Aggregator::new(db, Clock::system());
    aggregator.check().await.map_err(|error| unusable(&error))?;
    let rebuild = match cli.rebuild.as_deref() {
        Some([from, to]) => Some((time(&aggregator, from).await?, time(&aggregator, to).await?)),
        Some(_) | None => None,
    };
    if rebuild.is_some_and(|(from, to)| from >= to) {
        return Err(Problem(
            "--rebuild FROM TO: TO must be after FROM. The day TO itself is not worked out anew."
                .to_owned(),
        ));
    }
    Ok(StatsAggregation {
        aggregator,
        rebuild,
    })
}

async fn time(aggregator: &Aggregator, text: &str) -> Result<Timestamp, Problem> {
    let found = aggregator.time_called(text).await;
    let found = found.map_err(|error| unusable(&error))?;
    found.ok_or_else(|| {
        Problem(format!(
            "--rebuild FROM TO: {text} is neither a day, such as 2026-01-31, nor a time, such as \
             2026-01-31T12:00:00Z."
        ))
    })
}
