//! The examples of docs/sla.md, played through the API.

use chrono::{DateTime, TimeDelta, Utc};
use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Scene, time};

const PAGE: &str = include_str!("../../../docs/sla.md");

/// The lines of each example.
fn examples() -> Vec<Vec<&'static str>> {
    let blocks = PAGE.split("```example\n").skip(1);
    let block = |block: &'static str| {
        let (lines, _) = block.split_once("```").unwrap();
        lines.lines().collect()
    };
    blocks.map(block).collect()
}

fn setting(lines: &[&'static str], name: &str) -> Option<&'static str> {
    lines
        .iter()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// `3 h 30 min` in seconds.
fn seconds(text: &str) -> i64 {
    let parts: Vec<_> = text.split(' ').collect();
    let part = |pair: &[&str]| {
        let number: i64 = pair[0].parse().unwrap();
        number * if pair[1] == "h" { 3_600 } else { 60 }
    };
    parts.chunks(2).map(part).sum()
}

/// Makes the rules that an example states; without a target the shipped ones apply.
async fn rules(scene: &Scene, lines: &[&'static str]) {
    let Some(target) = setting(lines, "target") else {
        let input = json!({ "preset": "STANDARD" });
        scene.people.susan.run("applySlaPreset", input, "").await;
        return;
    };
    let open = setting(lines, "open").unwrap();
    let (days, hours) = open.rsplit_once(' ').unwrap();
    let (opens, closes) = hours.split_once('-').unwrap();
    let week = days
        .split(' ')
        .map(|day| json!({ "weekday": day, "opens": opens, "closes": closes }));
    let holidays = setting(lines, "holidays")
        .unwrap_or_default()
        .split_whitespace();
    let holidays = holidays.map(|day| json!({ "date": day, "name": "Holiday" }));
    let calendar = scene
        .calendar(
            json!({ "name": open, "timeZone": setting(lines, "zone").unwrap(),
            "week": week.collect::<Vec<_>>(), "holidays": holidays.collect::<Vec<_>>() }),
        )
        .await;
    let target = json!({ "priority": "MEDIUM", "resolutionSeconds": seconds(target) });
    scene
        .policy(json!({ "id": scene.catch_all().await, "name": "Everything",
            "calendarId": calendar, "targets": [target] }))
        .await;
}

async fn the_examples_of_the_page(world: World) {
    let scene = Scene::new(world);
    let examples = examples();
    assert_eq!(examples.len(), 3);
    for lines in examples {
        let mut ticket = String::new();
        let mut expected = Vec::new();
        let mut ready = false;
        for line in &lines {
            let Some((at, what)) = line.split_once(' ').filter(|(at, _)| at.starts_with("20"))
            else {
                continue;
            };
            let at: DateTime<Utc> = at.parse().unwrap();
            if what.starts_with("20") {
                expected.push(*line);
                continue;
            }
            if !ready {
                rules(&scene, &lines).await;
                ready = true;
            }
            let by = at - scene.world.clock.now();
            assert!(by >= TimeDelta::zero(), "{line} is over");
            scene.world.clock.advance(by);
            let (alice, carla) = (&scene.people.alice, &scene.people.carla);
            match what {
                "customer opens" => ticket = scene.open(json!({})).await,
                "customer replies" => scene.reply(carla, &ticket).await,
                "staff reply" => scene.reply(alice, &ticket).await,
                "staff wait" => scene.status(&ticket, "WAITING_ON_USER").await,
                "staff resolve" => scene.resolve(&ticket).await,
                "staff set priority URGENT" => {
                    let change = json!({ "priority": "URGENT" });
                    scene.act(alice, "updateTicket", &ticket, change).await;
                }
                other => panic!("the test does not know how {other}"),
            }
        }
        let metric = setting(&lines, "metric").unwrap();
        let found = scene.explain(&ticket, metric).await;
        let due: DateTime<Utc> = setting(&lines, "due").unwrap().parse().unwrap();
        assert_eq!(time(&found["dueAt"]), Some(due), "{found:#}");
        let segments = found["segments"].as_array().unwrap();
        let told: Vec<_> = segments.iter().map(told).collect();
        assert_eq!(told, expected);
    }
}

/// A segment as the page writes it.
fn told(segment: &Value) -> String {
    let at = |value: &Value| time(value).unwrap().format("%Y-%m-%dT%H:%M:%SZ");
    let (from, to) = (at(&segment["from"]), at(&segment["to"]));
    let minutes = segment["seconds"].as_i64().unwrap() / 60;
    let length = match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    format!("{from} {to} {} {length}", segment["kind"].as_str().unwrap())
}

on_both!(the_examples_of_the_page);
