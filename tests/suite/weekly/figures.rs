//! What reports say is what the statistics say, and it stays as it was said.

use std::collections::HashMap;

use chrono::TimeDelta;
use deskwire_tests::{Person, World, on_both};
use domain::stats::{
    Answer, Dimension, Duration, Durations, Figures, Group, Interval, Mark, StatsFilter,
    StatsQuestion, Wanted,
};
use entity::{category, team, user};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::scene::{deliver, figure, files, report, run, supervisor, weeks};
use crate::figures::story::Story;

fn question(report: &Value, group_by: Dimension) -> StatsQuestion {
    let time = |name: &str| report[name].as_str().unwrap().parse().unwrap();
    StatsQuestion {
        from: time("from"),
        to: time("to"),
        zone: None,
        filter: StatsFilter::default(),
        group_by: Some(group_by),
        wanted: Wanted {
            most_groups: None,
            of_totals: Durations::ALL,
            of_series: Durations::ALL,
            of_groups: Durations::ALL,
            backlog: true,
            previous: true,
            series: vec![Interval::Day],
            groups: true,
            previous_groups: true,
            ages: true,
            peak_hours: true,
            spikes: true,
            active: true,
        },
    }
}

/// What a report is to say of `figures`.
fn expected(figures: &Figures) -> HashMap<&'static str, Value> {
    let response = figures.duration(Duration::FirstResponse);
    let resolution = figures.duration(Duration::FirstResolution);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let count = |number: i64| json!(number as f64);
    HashMap::from([
        ("CREATED", count(figures.count(Mark::Created))),
        ("RESOLVED", count(figures.count(Mark::Resolved))),
        ("REOPENED", count(figures.count(Mark::Reopened))),
        ("ESCALATED", count(figures.count(Mark::Escalated))),
        ("BACKLOG", count(figures.backlog.unwrap())),
        ("COMPLIANCE", json!(figures.compliance(None))),
        ("FIRST_RESPONSE_MEDIAN", json!(response.median)),
        ("FIRST_RESPONSE_AVERAGE", json!(response.average)),
        ("FIRST_RESPONSE_P90", json!(response.p90)),
        ("FIRST_RESOLUTION_MEDIAN", json!(resolution.median)),
        ("FIRST_RESOLUTION_AVERAGE", json!(resolution.average)),
        ("FIRST_RESOLUTION_P90", json!(resolution.p90)),
        ("SATISFACTION", json!(figures.satisfaction())),
        ("RATED", count(figures.tally.scores().iter().sum())),
        ("FIRST_CONTACT_RATE", json!(figures.first_contact_rate())),
        ("REOPENED_RATE", json!(figures.reopened_rate())),
        ("ESCALATED_RATE", json!(figures.escalated_rate())),
        (
            "TICKETS_PER_100_ACTIVE_USERS",
            json!(figures.tickets_per_100_active_users()),
        ),
    ])
}

/// The rows of a table: name, opened and resolved in this week and the one before, median, compliance.
fn rows(answer: &Answer, names: &HashMap<String, String>, by_resolved: bool) -> Vec<Value> {
    let count = |group: &Group, mark| group.figures.count(mark);
    let some = |group: &&Group| {
        !group.key.is_empty() && count(group, Mark::Created) + count(group, Mark::Resolved) > 0
    };
    let mut groups: Vec<_> = answer.groups.iter().filter(some).collect();
    groups.sort_by_key(|group| {
        let (created, resolved) = (-count(group, Mark::Created), -count(group, Mark::Resolved));
        let order = if by_resolved {
            (resolved, created)
        } else {
            (created, resolved)
        };
        (order, group.key.clone())
    });
    let row = |group: &Group| {
        let before = |mark| {
            group
                .previous
                .as_ref()
                .map_or(0, |before| before.count(mark))
        };
        json!({
            "name": names[&group.key],
            "created": count(group, Mark::Created), "createdBefore": before(Mark::Created),
            "resolved": count(group, Mark::Resolved), "resolvedBefore": before(Mark::Resolved),
            "firstResponseMedianSeconds": group.figures.duration(Duration::FirstResponse).median,
            "compliance": group.figures.compliance(None),
        })
    };
    groups.into_iter().take(5).map(row).collect()
}

async fn names(story: &Story) -> HashMap<String, String> {
    let db = story.world.server().desk().db().read();
    let mut names = HashMap::new();
    for row in category::Entity::find().all(db).await.unwrap() {
        names.insert(row.id.0.simple().to_string(), row.name);
    }
    for row in team::Entity::find().all(db).await.unwrap() {
        names.insert(row.id.0.simple().to_string(), row.name);
    }
    for row in user::Entity::find().all(db).await.unwrap() {
        names.insert(row.id.0.simple().to_string(), row.name);
    }
    names
}

/// Fails unless both are the same, but for what reading a number from JSON may lose.
#[track_caller]
fn same(said: &Value, expected: &Value, week: &str) {
    fn rounded(value: &Value) -> Value {
        match value {
            Value::Number(number) => json!(format!("{:.9e}", number.as_f64().unwrap())),
            Value::Array(items) => items.iter().map(rounded).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                fields
                    .map(|(name, value)| (name.clone(), rounded(value)))
                    .collect()
            }
            Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
        }
    }
    assert_eq!(rounded(said), rounded(expected), "{week}");
}

async fn reports_say_what_the_statistics_say(world: World) {
    let mut story = Story::begin(world, 31).await;
    let susan = story.world.client(Person::Susan);
    let mut checked = 0;
    for _ in 0..5 {
        story.go_on(70).await;
        let before = weeks(&story.world).await;
        let desk = story.world.server().desk().clone();
        run(&desk).await;
        let actor = supervisor(&story.world).await;
        let names = names(&story).await;
        for week in weeks(&story.world).await {
            if before.contains(&week) {
                continue;
            }
            let report = report(&susan, &week).await;
            let ask = async |dimension| {
                let question = question(&report, dimension);
                desk.stats(actor, &question).await.unwrap()
            };
            let answer = ask(Dimension::Category).await;
            assert_eq!(report["timeZone"], "UTC");
            let previous = answer.previous.as_ref().unwrap();
            let (now, before) = (expected(&answer.totals), expected(&previous.figures));
            assert_eq!(report["figures"].as_array().unwrap().len(), now.len());
            for (name, value) in &now {
                let found = figure(&report, name);
                same(&found["value"], value, &week);
                same(&found["previous"], &before[name], &week);
            }
            let days: Vec<Value> = answer.series[0]
                .entries
                .iter()
                .map(|entry| {
                    json!({
                        "day": entry.from.format("%Y-%m-%d").to_string(),
                        "created": entry.figures.count(Mark::Created),
                        "resolved": entry.figures.count(Mark::Resolved),
                    })
                })
                .collect();
            assert_eq!((&report["days"], days.len()), (&json!(days), 7));
            let ages: Vec<Value> = answer
                .ages
                .iter()
                .map(|age| json!({ "fromSeconds": age.from_seconds, "toSeconds": age.to_seconds, "tickets": age.tickets }))
                .collect();
            assert_eq!(report["backlogByAge"], json!(ages));
            let most = answer.peak_hours.iter().map(|hour| hour.created).max();
            let peak = answer
                .peak_hours
                .iter()
                .find(|hour| Some(hour.created) == most);
            let peak = peak.unwrap();
            assert_eq!(report["peakHour"]["created"], json!(peak.created));
            assert_eq!(report["peakHour"]["hour"], json!(peak.hour));
            same(
                &report["categories"],
                &json!(rows(&answer, &names, false)),
                &week,
            );
            let teams = ask(Dimension::Team).await;
            same(&report["teams"], &json!(rows(&teams, &names, false)), &week);
            let agents = ask(Dimension::Agent).await;
            let agents = rows(&agents, &names, true);
            assert!(!agents.is_empty());
            same(&report["agents"], &json!(agents), &week);
            let spikes = answer.unusual.iter().map(|unusual| {
                let spike = &unusual.spike;
                let (kind, name) = match names.get(&spike.key) {
                    Some(name) => ("CATEGORY", name),
                    None => ("MERCHANT", &spike.key),
                };
                json!({
                    "kind": kind, "name": name, "now": spike.now,
                    "expected": spike.expected, "ratio": spike.ratio,
                })
            });
            same(&report["spikes"], &json!(spikes.collect::<Vec<_>>()), &week);
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} weeks");
}
on_both!(reports_say_what_the_statistics_say);

async fn targets_are_judged(world: World) {
    let story = Story::begin(world, 32).await;
    let (world, susan) = (&story.world, story.world.client(Person::Susan));
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let ticket = carla.open_ticket("Slow").await;
    world.clock.advance(TimeDelta::hours(13));
    let reply = json!({ "ticketId": ticket, "body": "Sorry." });
    alice.run("replyToTicket", reply, "").await;
    let done = json!({ "ticketId": ticket, "notes": "Done." });
    alice.run("resolveTicket", done, "").await;
    world.clock.advance(TimeDelta::days(7));
    run(world.server().desk()).await;
    let report = report(&susan, "2026-W10").await;
    let judged = |name: &str| {
        let figure = figure(&report, name);
        let of = |field: &str| figure[field].clone();
        json!([of("target"), of("direction"), of("isMet")])
    };
    assert_eq!(
        judged("FIRST_RESPONSE_MEDIAN"),
        json!([43_200.0, "BELOW", false])
    );
    assert_eq!(
        judged("FIRST_RESOLUTION_MEDIAN"),
        json!([172_800.0, "BELOW", true])
    );
    assert_eq!(judged("REOPENED_RATE"), json!([0.05, "BELOW", true]));
    assert_eq!(judged("SATISFACTION"), json!([4.0, "ABOVE", null]));
    assert_eq!(judged("CREATED"), json!([null, null, null]));
    assert_eq!(
        report["peakHour"],
        json!({ "weekday": "MONDAY", "hour": 9, "created": 1 })
    );
}
on_both!(targets_are_judged);

async fn a_report_stays_as_it_was_made(world: World) {
    let mut story = Story::begin(world, 33).await;
    story.go_on(60).await;
    story.world.clock.advance(TimeDelta::days(8));
    let desk = story.world.server().desk().clone();
    run(&desk).await;
    let susan = story.world.client(Person::Susan);
    let week = weeks(&story.world).await.pop().unwrap();
    let made = report(&susan, &week).await;
    assert!(!made["categories"].as_array().unwrap().is_empty());
    // The past changes, and so do names and targets.
    for sql in [
        "UPDATE category SET name = 'Renamed'",
        "UPDATE stats_settings SET targets = '{\"compliance\": 0.1}'",
        "DELETE FROM stats_bucket",
    ] {
        desk.db().admin().execute_unprepared(sql).await.unwrap();
    }
    story.go_on(10).await;
    run(&desk).await;
    assert_eq!(report(&susan, &week).await, made);
    // Also in a mail that is sent later.
    deliver(&story.world).await;
    let mails = files(&story.world).into_iter();
    let mut mails = mails.map(|path| std::fs::read_to_string(path).unwrap());
    let subject = format!("Subject: Week {week}");
    let mail = mails.find(|mail| mail.contains(&subject)).unwrap();
    let name = made["categories"][0]["name"].as_str().unwrap();
    assert!(mail.contains(name) && !mail.contains("Renamed"));
}
on_both!(a_report_stays_as_it_was_made);
