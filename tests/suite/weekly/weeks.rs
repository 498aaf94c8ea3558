//! Of which weeks there are reports, and when.

use chrono::TimeDelta;
use deskwire_tests::{Person, World, on_both};
use serde_json::{Value, json};

use super::scene::{at, planned, report, run, set_zone, weeks};
use crate::common::{People, ask, outcome};

async fn a_week_is_over_when_it_is_over_in_the_zone_of_the_desk(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    susan.id().await;
    set_zone(&world, "Europe/Berlin").await;
    let desk = world.server().desk();
    // The clocks change on the Sunday: the week has 167 hours.
    at(&world, "2026-03-24T10:00:00Z");
    carla.open_ticket("On Tuesday").await;
    at(&world, "2026-03-29T21:59:59Z");
    carla
        .open_ticket("On Sunday, a second before midnight")
        .await;
    at(&world, "2026-03-29T22:00:00Z");
    carla.open_ticket("On Monday").await;
    // What other jobs note a little later is waited for.
    at(&world, "2026-03-29T22:14:59Z");
    assert_eq!(run(desk).await.reports, 0);
    assert_eq!(weeks(&world).await, Vec::<String>::new());
    at(&world, "2026-03-29T22:15:00Z");
    assert_eq!(run(desk).await.reports, 1);
    assert_eq!(weeks(&world).await, ["2026-W13"]);
    let report = report(&susan, "2026-W13").await;
    let expected =
        json!({ "from": "2026-03-22T23:00:00+00:00", "to": "2026-03-29T22:00:00+00:00" });
    for field in ["from", "to"] {
        let time = |value: &Value| {
            let text = value[field].as_str().unwrap();
            chrono::DateTime::parse_from_rfc3339(text).unwrap()
        };
        assert_eq!(time(&report), time(&expected), "{field}");
    }
    let days = report["days"].as_array().unwrap();
    let created: Vec<_> = days
        .iter()
        .map(|day| day["created"].as_i64().unwrap())
        .collect();
    assert_eq!(created, [0, 1, 0, 0, 0, 0, 1]);
    assert_eq!(days[0]["day"], "2026-03-23");
    assert_eq!(days[6]["day"], "2026-03-29");
    // Once is enough.
    for _ in 0..2 {
        world.clock.advance(TimeDelta::days(2));
        assert_eq!(run(desk).await.reports, 0);
    }
}

async fn missed_weeks_are_made_up_for(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    susan.id().await;
    let desk = world.server().desk();
    // There is no desk before its first ticket.
    assert_eq!(run(desk).await.reports, 0);
    carla.open_ticket("The first").await;
    at(&world, "2026-03-18T12:00:00Z");
    carla.open_ticket("Another").await;
    assert_eq!(run(desk).await.reports, 2);
    assert_eq!(weeks(&world).await, ["2026-W10", "2026-W11"]);
    // Where reports are new, only the latest is news.
    let mails = async || {
        let planned = planned(&world).await;
        let week = |key: &str| key.split(':').nth(1).unwrap().to_owned();
        planned
            .iter()
            .map(|row| week(&row.dedupe_key))
            .collect::<Vec<_>>()
    };
    assert_eq!(mails().await, ["2026-W11"]);
    // The job does not run for six weeks: it makes up for the last four.
    at(&world, "2026-05-01T12:00:00Z");
    assert_eq!(run(desk).await.reports, 4);
    let made = ["2026-W14", "2026-W15", "2026-W16", "2026-W17"];
    assert_eq!(weeks(&world).await[2..], made);
    assert_eq!(mails().await[1..], made);
    assert_eq!(run(desk).await.reports, 0);
}

async fn a_desk_without_a_supervisor_keeps_its_reports(world: World) {
    world.client(Person::Carla).open_ticket("Hello?").await;
    at(&world, "2026-03-10T12:00:00Z");
    assert_eq!(run(world.server().desk()).await.reports, 1);
    assert!(planned(&world).await.is_empty());
    // Who comes later finds them, and gets no mail about the past.
    let susan = world.client(Person::Susan);
    assert_eq!(report(&susan, "2026-W10").await["week"], "2026-W10");
    assert_eq!(run(world.server().desk()).await.reports, 0);
    assert!(planned(&world).await.is_empty());
}

async fn reports_are_for_supervisors(world: World) {
    let people = People::of(&world);
    people.carla.open_ticket("Hello?").await;
    at(&world, "2026-04-01T12:00:00Z");
    assert_eq!(run(world.server().desk()).await.reports, 4);
    let page = async |args: &str| {
        let query = format!(
            "{{ weeklyReports{args} {{ nodes {{ week }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        people.susan.get(&query, json!({})).await["weeklyReports"].clone()
    };
    let all = page("").await;
    let weeks = ["2026-W13", "2026-W12", "2026-W11", "2026-W10"];
    assert_eq!(
        all["nodes"],
        json!(weeks.map(|week| json!({ "week": week })))
    );
    assert_eq!(all["totalCount"], 4);
    let first = page("(first: 3)").await;
    assert_eq!(first["nodes"].as_array().unwrap().len(), 3);
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = page(&format!("(first: 3, after: \"{cursor}\")")).await;
    assert_eq!(rest["nodes"], json!([{ "week": "2026-W10" }]));
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    let one = |week: &str| format!("{{ it: weeklyReport(week: \"{week}\") {{ week }} }}");
    for (client, week, expected) in [
        (&people.susan, "2026-W10", "data"),
        (&people.susan, "2025-W10", "null"),
        (&people.susan, "last", "BAD_INPUT"),
        (&people.susan, "2026-w10", "BAD_INPUT"),
        (&people.alice, "2026-W10", "FORBIDDEN"),
        (&people.alice, "last", "FORBIDDEN"),
        (&people.carla, "2026-W10", "FORBIDDEN"),
    ] {
        let answer = ask(client, &one(week)).await;
        assert_eq!(outcome(&answer.body), expected, "{week}");
    }
}

on_both!(
    a_week_is_over_when_it_is_over_in_the_zone_of_the_desk,
    missed_weeks_are_made_up_for,
    a_desk_without_a_supervisor_keeps_its_reports,
    reports_are_for_supervisors
);
