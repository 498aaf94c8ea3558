//! The limit: pgbench with the best equivalent SQL, prepared, on as many connections.

use std::{fs, path::PathBuf, time::Duration};

use deskwire_tests::Cluster;
use tempfile::TempDir;

/// Scripts for one operation. Several stand for requests that differ in more than numbers: each is
/// chosen as often as the others.
pub(crate) struct Scripts {
    _folder: TempDir,
    files: Vec<PathBuf>,
}

impl Scripts {
    pub(crate) fn new(scripts: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |(place, script): (usize, &String)| {
            let file = folder.path().join(format!("{place}.sql"));
            fs::write(&file, script).unwrap();
            file
        };
        let files = scripts.iter().enumerate().map(write).collect();
        Self {
            _folder: folder,
            files,
        }
    }

    /// Transactions, and transactions per second.
    pub(crate) fn run(
        &self,
        cluster: &Cluster,
        database: &str,
        connections: usize,
        time: Duration,
    ) -> Result<(f64, f64), String> {
        let mut command = cluster.program("pgbench");
        command.args(["-n", "-M", "prepared", "-j", "2"]);
        command.args(["-c", &connections.to_string()]);
        command.args(["-T", &time.as_secs().max(1).to_string()]);
        for file in &self.files {
            command.arg("-f").arg(file);
        }
        let output = command.arg(database).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let after = |start: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(start));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        };
        let failed = after("number of failed transactions: ");
        let done = after("number of transactions actually processed: ");
        match done.zip(after("tps = ")) {
            Some(rates) if output.status.success() && failed == Some(0.0) => Ok(rates),
            _ => Err(format!(
                "pgbench: {text}\n{}",
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}
