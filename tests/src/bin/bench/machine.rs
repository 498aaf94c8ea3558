//! What the figures were measured on.

use std::{fs, process::Command};

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{database::value, options::Options};

/// Cores, versions, settings.
pub(crate) async fn describe(
    sql: &mut PgConnection,
    settings: &[String],
    options: &Options,
) -> Value {
    let postgres = value(sql, "SELECT to_jsonb(current_setting('server_version'))").await;
    let fsync = value(sql, "SELECT to_jsonb(current_setting('fsync'))").await;
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let changed = said("git", &["status", "--porcelain"]).is_some_and(|text| !text.is_empty());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({
        "cores": cores,
        "postgresql": postgres,
        "fsync": fsync,
        "settings": settings,
        "commit": format!("{}{}", commit.unwrap_or_default(), if changed { ", changed" } else { "" }),
        "load_before": fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
        "rounds": options.rounds,
        "seconds_per_turn": options.turn.as_secs(),
        "connections": options.connections,
    })
}

fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How many sockets and files a process may have open.
pub(crate) fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|rest| rest.split_whitespace().next());
    soft.and_then(|soft| soft.parse().ok())
        .unwrap_or(usize::MAX)
}
