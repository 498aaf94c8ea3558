//! A clamd that knows one signature: that of the test file.

use std::{fmt::Write, process::Stdio, time::Duration};

use clamav_client::{
    PONG,
    tokio::{Socket, ping},
};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::EICAR;

/// Where it may be, beside the folders of `PATH`, which those of users lack.
const PROGRAMS: [&str; 4] = [
    "clamd",
    "/usr/sbin/clamd",
    "/usr/local/sbin/clamd",
    "/opt/homebrew/sbin/clamd",
];

/// A daemon; it ends with this.
pub(crate) struct Daemon {
    pub(crate) tcp: String,
    pub(crate) unix: String,
    process: Child,
    _folder: TempDir,
}

/// A daemon, or `None` where clamd is not installed: the test is skipped by name. With `CI=true` that
/// is a failure.
pub(crate) async fn daemon_or_skip() -> Option<Daemon> {
    for program in PROGRAMS {
        let mut version = Command::new(program);
        version.arg("--version").stdout(Stdio::null());
        if version.status().await.is_ok_and(|status| status.success()) {
            return Some(Daemon::start(program).await);
        }
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("CI").is_none(),
        "{name} needs clamd: make tools"
    );
    eprintln!("SKIPPED {name}: clamd is not installed (make tools)");
    None
}

impl Daemon {
    async fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);

        let hex = EICAR.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        let database = folder.path().join("database");
        std::fs::create_dir(&database).unwrap();
        std::fs::write(database.join("test.ndb"), format!("Test.Eicar:0:*:{hex}\n")).unwrap();
        let config = folder.path().join("clamd.conf");
        std::fs::write(
            &config,
            format!(
                "Foreground yes\nDatabaseDirectory {path}/database\nTemporaryDirectory {path}\n\
                 LogFile {path}/log\nTCPAddr 127.0.0.1\nTCPSocket {port}\n\
                 LocalSocket {path}/socket\nStreamMaxLength 1M\nMaxFileSize 950000\n\
                 AlertExceedsMax yes\nSelfCheck 0\n"
            ),
        )
        .unwrap();
        let process = Command::new(program)
            .arg("--config-file")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut daemon = Self {
            tcp: format!("127.0.0.1:{port}"),
            unix: format!("unix:{path}/socket"),
            process,
            _folder: folder,
        };
        let up = timeout(Duration::from_secs(60), daemon.up()).await;
        let log = std::fs::read_to_string(format!("{path}/log")).unwrap_or_default();
        up.unwrap_or_else(|_| panic!("clamd does not answer:\n{log}"));
        daemon
    }

    async fn up(&mut self) {
        let socket_path = self.unix.strip_prefix("unix:").unwrap();
        let socket = Socket { socket_path };
        while !ping(socket).await.is_ok_and(|answer| answer == PONG) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "clamd ended: {ended:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it at once.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }
}
