//! `upload-sweep`: deletes uploads that nobody completed or attached.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use deskwire_jobs::{Done, Job, Problem, Setup, metric, start, unusable};
use domain::{
    Clock,
    attachment::{SweepReport, UploadSweeper, check},
};
use storage::StorageSettings;

/// Deletes uploads that nobody completed or attached: a file first, then what is known of it.
///
/// It catches up with everything, however late it comes. Any number of them may run, beside servers
/// that do the same, and any may be killed.
///
/// From cron, every quarter of an hour:
///
///   */15 * * * *  DATABASE_URL=postgres://... DESKWIRE_ATTACHMENTS=s3://bucket upload-sweep
///
/// It needs the same DESKWIRE_ATTACHMENTS as the server. It prints a JSON report: how many uploads ran
/// out of time, how many were deleted, how many files were cleared out of quarantine, how many are
/// left. The exit code is 0 if all went well (even if something is left), 1 if something failed or the
/// storage is away, 2 if it could not begin.
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
    storage: StorageSettings,
}

struct UploadSweep(UploadSweeper);

impl Job for UploadSweep {
    const NAME: &'static str = "upload-sweep";

    async fn run(&self, limit: Option<Duration>) -> Done {
        let report = self.0.run(limit).await;
        let kept = self.0.record(&report).await;
        Done::new(&report, report.outcome, metrics(&report), kept)
    }
}

fn metrics(report: &SweepReport) -> Vec<(&'static str, &'static str, f64)> {
    let mut metrics = vec![
        metric("Expired", "Count", report.expired),
        metric("Deleted", "Count", report.deleted),
        metric("Cleared", "Count", report.cleared),
        metric("Failed", "Count", report.failed),
        metric("Duration", "Milliseconds", report.duration_ms),
    ];
    // A run that broke off has not found out what is left. A zero would look like all is well;
    // without the number an alarm goes off.
    if report.known {
        metrics.push(metric("Left", "Count", report.left));
    }
    metrics
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    start(cli.setup.limit(), begin(&cli)).await
}

async fn begin(cli: &Cli) -> Result<UploadSweep, Problem> {
    let db = cli.setup.connect().await?;
    check(&db).await.map_err(|error| unusable(&error))?;
    // A new folder would be an empty one: the rows would be forgotten, and the files stay elsewhere.
    let folder = cli.storage.folder(cli.setup.data_dir());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        return Err(Problem(format!(
            "There is no folder of attachments at {}. Run this where the server runs, with its \
             DESKWIRE_ATTACHMENTS and DESKWIRE_DATA_DIR.",
            folder.display()
        )));
    }
    // It makes no links, so neither address nor secret matter.
    let opening = cli
        .storage
        .open(cli.setup.data_dir(), "http://localhost", "");
    let storage = match opening.await {
        Ok(backend) => backend.storage(),
        Err(storage::Problem(text)) => return Err(Problem(text)),
    };
    let rules = match cli.storage.rules() {
        Ok(rules) => rules,
        Err(storage::Problem(text)) => return Err(Problem(text)),
    };
    let storage: Arc<_> = storage.ok_or_else(|| {
        Problem(
            "Attachments are switched off (DESKWIRE_ATTACHMENTS=off), so there is nothing to sweep. \
             Give the setting of the server."
                .to_owned(),
        )
    })?;
    Ok(UploadSweep(UploadSweeper::new(
        db,
        Clock::system(),
        storage,
        rules,
    )))
}
