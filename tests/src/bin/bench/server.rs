//! The server under measurement: its own binary in a process of its own.

use std::{fs, net::SocketAddr, path::Path};

use deskwire_tests::Process;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    cpu,
    http::{Http, post},
};

const SECRET: &str = "a secret that is long enough for HS256 in measurements";

/// A running server.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start(binary: &Path, database_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It ends with the thread that starts it, here the main one: also when this is interrupted.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig=TERM", "--"])
            .arg(binary)
            .env_clear()
            .env("DATABASE_URL", database_url)
            .env("DESKWIRE_BIND", "127.0.0.1:0")
            .env("DESKWIRE_DATA_DIR", folder.path())
            .env("DESKWIRE_JWT_SECRET", SECRET)
            // What is measured is the API: no jobs beside it; pgbench tells nobody either.
            .env("DESKWIRE_DELIVERY", "off")
            .env("DESKWIRE_STATS_INTERVAL_SECONDS", "0")
            .env("DESKWIRE_SLA_INTERVAL_SECONDS", "0")
            .env("DESKWIRE_UPLOAD_SWEEP_SECONDS", "0")
            // Thousands of sockets of a few people are this measurement's own idea.
            .env("DESKWIRE_SOCKETS_PER_PERSON", "1000000")
            .kill_on_drop(true);
        let process = Process::start_command(command).await;
        let address = process.base().trim_start_matches("http://").parse();
        Self {
            address: address.unwrap(),
            process,
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn stop(self) {
        let _code = self.process.terminate().await;
    }

    /// Seconds of processor time that it has used, in the kernel too.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu::of_process(self.process.pid())
    }

    /// Bytes of memory that it holds.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        kilobytes.unwrap().parse::<f64>().unwrap() * 1024.0
    }

    /// The answer's data, which must have come without errors.
    pub(crate) fn ask(&self, token: &str, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut http = Http::connect(self.address);
        let answer = http.ask(&post(self.address, token, &body)).unwrap();
        let mut answer: Value = serde_json::from_slice(answer).unwrap();
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        answer["data"].take()
    }
}

/// A token for a person that the measurement makes up.
pub(crate) fn token(subject: &str, role: &str) -> String {
    let claims = json!({
        "sub": subject, "name": subject, "email": format!("{subject}@example.com"), "role": role,
        "exp": 4_000_000_000_u64,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap()
}

/// The agent who asks.
pub(crate) fn agent() -> String {
    token("bench-agent", "agent")
}
