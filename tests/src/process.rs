//! The server's own binary, as an operator runs it.

use std::{path::PathBuf, process::Stdio, time::Duration};

use deskwire_api::Config;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A server in a process of its own.
#[derive(Debug)]
pub struct Process {
    child: Child,
    base: String,
}

impl Process {
    /// The binary, which `make test` builds before the tests run.
    pub fn binary() -> PathBuf {
        Self::built("deskwire")
    }

    /// A scheduled job's binary as a command, run once on the database of `config`.
    pub fn job(name: &str, config: &Config) -> Command {
        let mut command = Command::new(Self::built(name));
        command
            .env_clear()
            .env("DESKWIRE_DATA_DIR", &config.data_dir)
            .kill_on_drop(true);
        if let Some(url) = &config.database_url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    fn built(name: &str) -> PathBuf {
        let mut path = std::env::current_exe().unwrap();
        path.pop();
        if path.ends_with("deps") {
            path.pop();
        }
        let path = path.join(name);
        assert!(
            path.exists(),
            "{} is not built: make test builds it",
            path.display()
        );
        path
    }

    /// A command that runs the binary with `config` and nothing else of this environment.
    pub fn command(config: &Config) -> Command {
        let mut command = Command::new(Self::binary());
        command
            .env_clear()
            .env("DESKWIRE_BIND", config.bind.to_string())
            .env("DESKWIRE_DATA_DIR", &config.data_dir)
            .env("DESKWIRE_DEV_IDENTITIES", "on")
            .env(
                "DESKWIRE_SLA_INTERVAL_SECONDS",
                config.sla_interval_seconds.to_string(),
            )
            .env(
                "DESKWIRE_UPLOAD_SWEEP_SECONDS",
                config.upload_sweep_seconds.to_string(),
            )
            .env(
                "DESKWIRE_STATS_INTERVAL_SECONDS",
                config.stats_interval_seconds.to_string(),
            )
            .kill_on_drop(true);
        if let Some(secret) = &config.jwt_secret {
            command.env("DESKWIRE_JWT_SECRET", secret);
        }
        if let Some(url) = &config.database_url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Starts it and waits until it says that it listens.
    pub async fn start(config: &Config) -> Self {
        Self::start_with(config, &[]).await
    }

    /// Starts it with more environment variables.
    pub async fn start_with(config: &Config, env: &[(&str, &str)]) -> Self {
        let mut command = Self::command(config);
        command.envs(env.iter().copied());
        Self::start_command(command).await
    }

    /// Starts what `command` says and waits until it says that it listens.
    pub async fn start_command(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = Vec::new();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, rest)) = line.split_once("Deskwire listens on ") {
                    return rest.split([',', ' ', '\u{1b}']).next().unwrap().to_owned();
                }
                seen.push(line);
            }
            panic!("the server ended: {seen:#?}");
        };
        let base = tokio::time::timeout(Duration::from_secs(60), listening)
            .await
            .unwrap();
        // Keep reading, or the server would block on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, base }
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// SIGKILL: no chance to finish anything.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and the exit code.
    pub async fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
        self.child.wait().await.unwrap().code()
    }
}
