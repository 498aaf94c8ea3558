//! How a job is set up.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use domain::{
    Error,
    db::{Db, url_or_embedded},
};
use tracing_subscriber::EnvFilter;

/// What every job can be told, by flags or environment variables.
#[derive(Args, Clone, Debug)]
pub struct Setup {
    /// `postgres://user:password@host/database`, or `sqlite://path`. Left out: SQLite in the data
    /// folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,

    /// Where the embedded parts keep their files: the database, and mails that go to a folder.
    #[arg(long, env = "DESKWIRE_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,

    /// The most connections to the database.
    #[arg(
        long,
        env = "DESKWIRE_DB_CONNECTIONS",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    db_connections: u32,

    /// Stop after this many seconds, with what is left for the next run. Left out: when all is done.
    /// As a Lambda function the invocation's time limit holds instead.
    #[arg(long, env = "DESKWIRE_JOB_MAX_SECONDS")]
    max_seconds: Option<u32>,
}

/// Why a job could not begin, in words for an operator.
#[derive(Debug)]
pub struct Problem(pub String);

impl Setup {
    /// Connects to the database. A job makes and changes no tables: that is the server's.
    ///
    /// # Errors
    /// When it cannot be reached, or its file is not there.
    pub async fn connect(&self) -> Result<Db, Problem> {
        let url = url_or_embedded(self.database_url.as_deref(), &self.data_dir);
        if let Some(file) = file(&url).filter(|file| !file.exists()) {
            return Err(Problem(format!(
                "There is no database at {}. Set DATABASE_URL, or DESKWIRE_DATA_DIR to the \
                 server's data folder.",
                file.display()
            )));
        }
        let connecting = Db::connect(&url, self.db_connections).await;
        connecting
            .map_err(|error| Problem(because("Cannot open the database (DATABASE_URL)", &error)))
    }

    /// Where the embedded parts keep their files.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The longest that a run may take.
    pub fn limit(&self) -> Option<Duration> {
        self.max_seconds
            .map(|seconds| Duration::from_secs(seconds.into()))
    }
}

/// The words for a database on which a job could not work, for the reason that it gave.
pub fn unusable(error: &Error) -> Problem {
    let what = if matches!(error, Error::Unavailable(_)) {
        "Cannot use the database (DATABASE_URL)"
    } else {
        "The database does not have the tables of this version. Make a backup, then run: deskwire \
         migrate. The cause"
    };
    Problem(because(what, error))
}

/// The file behind the URL of an SQLite database.
fn file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Some(Path::new(path))
}

/// What went wrong, with its causes.
fn because(what: &str, error: &Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Logs to the standard error output, as JSON where nobody reads it on a terminal.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_env("DESKWIRE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.init();
    } else {
        // One span at most is around a line: that of the invocation.
        let log = log.json().with_span_list(false).with_ansi(false);
        log.init();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_sqlite_database() {
        let known = [
            ("sqlite:///srv/desk.db", "/srv/desk.db"),
            ("sqlite://data/desk.db", "data/desk.db"),
            ("sqlite:desk.db?mode=rwc", "desk.db"),
        ];
        for (url, path) in known {
            assert_eq!(file(url), Some(Path::new(path)), "{url}");
        }
        assert_eq!(file("postgres://desk@localhost/desk"), None);
    }
}
