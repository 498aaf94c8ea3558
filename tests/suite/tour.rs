//! The README's tour works as it is written down.

use std::{process::Stdio, time::Duration};

use deskwire_tests::{Person, World, on_both};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

const README: &str = include_str!("../../README.md");

/// The tour's fenced blocks of one language, in their order.
fn blocks(language: &str) -> Vec<String> {
    let (_, tour) = README.split_once("<!-- tour:begin -->").unwrap();
    let (tour, _) = tour.split_once("<!-- tour:end -->").unwrap();
    let begin = format!("```{language}");
    let mut lines = tour.lines();
    let mut blocks = Vec::new();
    while lines.any(|line| line == begin) {
        let block = lines.by_ref().take_while(|line| *line != "```");
        blocks.push(block.map(|line| format!("{line}\n")).collect());
    }
    blocks
}

/// A program that talks to the world's server, and to nothing by way of a proxy.
fn program(name: &str, world: &World) -> Command {
    let mut command = Command::new(name);
    command
        .env("BASE", world.base())
        .env("no_proxy", "*")
        .env("NO_PROXY", "*")
        .kill_on_drop(true);
    command
}

/// All blocks in one shell, as somebody pastes them; each answer is one line.
async fn the_tour_runs_as_written(world: World) {
    let script = blocks("sh").concat();
    let output = program("bash", &world)
        .args(["-e", "-u", "-o", "pipefail", "-c", &script])
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}\n{said}", output.status);
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();

    let mut statuses = Vec::new();
    let mut threads = Vec::new();
    for answer in &answers {
        assert!(answer.get("errors").is_none(), "{answer:#}");
        for payload in answer["data"].as_object().unwrap().values() {
            if let Some(errors) = payload.get("userErrors") {
                assert_eq!(*errors, json!([]), "{answer:#}");
            }
            if let Some(status) = payload["ticket"]["status"].as_str() {
                assert_eq!(payload["ticket"]["number"], "SUP-00001");
                statuses.push(status);
            }
            if let Some(count) = payload["messages"]["totalCount"].as_i64() {
                assert_eq!(payload["number"], "SUP-00001");
                threads.push((count, payload.to_string().contains("The carrier lost it.")));
            }
        }
    }
    let expected = [
        "OPEN",
        "IN_PROGRESS",
        "WAITING_ON_USER",
        "IN_PROGRESS",
        "RESOLVED",
        "IN_PROGRESS",
        "CLOSED",
    ];
    assert_eq!(statuses, expected, "{text}");
    let queue = answers
        .iter()
        .find_map(|answer| answer["data"].get("queue"));
    assert_eq!(queue.unwrap()["nodes"][0]["number"], "SUP-00001");
    // The agent reads the note, the customer does not.
    assert_eq!(threads, [(3, true), (2, false)]);
}

/// The commands that watch the queue.
async fn the_tours_watcher_sees_what_happens(world: World) {
    let mut watcher = program("bash", &world)
        .args(["-e", "-u", "-o", "pipefail", "-c"])
        .arg(format!("exec 2>&1; {}", blocks("bash").concat()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watcher.stdout.take().unwrap()).lines();
    let mut next = async || {
        loop {
            let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await;
            let line = line.expect("nothing came in a minute").unwrap();
            let line = line.expect("the watcher ended");
            if let Some(data) = line.strip_prefix("data: ") {
                let event: Value = serde_json::from_str(data).unwrap_or_else(|_| panic!("{line}"));
                return event["data"]["queue"].clone();
            }
        }
    };
    assert_eq!(next().await["kind"], "READY");
    world.client(Person::Carla).open_ticket("Watched").await;
    let event = next().await;
    assert_eq!(event["kind"], "ENTERED");
    assert_eq!(event["ticket"]["number"], "SUP-00001");
    watcher.kill().await.unwrap();
}

on_both!(
    the_tour_runs_as_written,
    the_tours_watcher_sees_what_happens
);
