//! kcat, a Kafka client that is not ours, which `make tools` installs.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

/// What runs it, once it is known that it can run.
#[derive(Clone, Copy, Debug)]
pub struct Kcat(());

/// kcat, or `None` where it is not installed: the test is skipped by name. With `CI=true` that is a
/// failure.
pub async fn kcat_or_skip() -> Option<Kcat> {
    let mut version = Command::new("kcat");
    version
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if version.status().await.is_ok_and(|status| status.success()) {
        return Some(Kcat(()));
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("CI").is_none(),
        "{name} needs kcat: make tools"
    );
    eprintln!("SKIPPED {name}: kcat is not installed (make tools)");
    None
}

impl Kcat {
    /// All that is in a topic: an object per message with `partition`, `offset`, `headers`, `key` and
    /// `payload`; of one partition in order.
    pub async fn read(self, brokers: &str, topic: &str) -> Vec<Value> {
        let mut kcat = Command::new("kcat");
        kcat.args(["-q", "-C", "-J", "-e", "-o", "beginning"])
            .args(["-b", brokers, "-t", topic])
            .kill_on_drop(true);
        let printed = crate::run(kcat).await;
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
