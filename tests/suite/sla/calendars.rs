//! Case 7 through the API: clock changes, split and night shifts, holidays at the edge of a zone,
//! holidays from a feed.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Scene, due};

fn shift(day: &str, opens: &str, closes: &str) -> Value {
    json!({ "weekday": day, "opens": opens, "closes": closes })
}

/// From Saturday 22:00 to Sunday 06:00 by the clock on the wall; clocks change on Sunday.
async fn both_clock_changes(world: World) {
    let scene = Scene::new(world);
    for zone in ["Europe/Berlin", "Europe/London"] {
        let name = format!("Nights {zone}");
        let nights = scene
            .calendar(json!({ "name": name, "timeZone": zone,
            "week": [shift("SATURDAY", "22:00", "06:00")] }))
            .await;
        let name = format!("At night in {zone}");
        scene
            .policy(
                json!({ "name": name, "calendarId": nights, "conditions": { "tiers": [zone] },
            "targets": [{ "priority": "MEDIUM", "resolutionSeconds": 28_800 }] }),
            )
            .await;
    }
    let customer = async |zone: &str| {
        let input = json!({ "name": zone, "tier": zone });
        let made = scene
            .people
            .alice
            .run("createCustomer", input, "user { id }")
            .await;
        made["user"]["id"].clone()
    };
    let (berlin, london) = (
        customer("Europe/Berlin").await,
        customer("Europe/London").await,
    );
    // Eight hours of work from a Saturday noon on. The night in spring has seven, and the last one is
    // worked off a week later; the night in autumn has nine.
    for (now, expected) in [
        ("03-28 12:00", ["04-04 21:00", "04-04 22:00"]),
        ("10-24 12:00", ["10-25 04:00", "10-25 05:00"]),
    ] {
        scene.at(now);
        for (who, expected) in [&berlin, &london].into_iter().zip(expected) {
            let input = json!({ "subject": "a", "description": "b", "requesterId": who });
            let made = scene
                .people
                .alice
                .run("createTicket", input, "ticket { id }")
                .await;
            let ticket = made["ticket"]["id"].as_str().unwrap();
            assert_eq!(
                scene.stands(ticket, "RESOLUTION").await,
                due("RUNNING", expected)
            );
            scene.explain(ticket, "RESOLUTION").await;
        }
    }
}

/// Split shifts, and a holiday that begins where the day does on the other side of the world.
async fn split_shifts_and_holidays(world: World) {
    let scene = Scene::new(world);
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY"];
    let week: Vec<_> = days
        .into_iter()
        .flat_map(|day| [shift(day, "13:00", "18:00"), shift(day, "08:00", "12:00")])
        .collect();
    let feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        DTSTART;VALUE=DATE:20260303\r\nSUMMARY:Day off\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let input = json!({ "name": "Islands", "timeZone": "pacific/kiritimati", "week": week, "icalendar": feed });
    let selection =
        "calendar { id timeZone alwaysOpen holidays { date name } week { weekday opens closes } }";
    let made = scene
        .people
        .susan
        .run("upsertCalendar", input, selection)
        .await["calendar"]
        .clone();
    assert_eq!(
        (&made["timeZone"], &made["alwaysOpen"]),
        (&json!("Pacific/Kiritimati"), &json!(false))
    );
    assert_eq!(
        made["holidays"],
        json!([{ "date": "2026-03-03", "name": "Day off" }])
    );
    assert_eq!(made["week"][0], shift("MONDAY", "08:00", "12:00"));
    scene.promise(made["id"].as_str().unwrap(), 1, 1, 10).await;
    // It is Monday 23:00 there. Tuesday is off; nine hours on Wednesday, the last one on Monday.
    let ticket = scene.open(json!({})).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-08 19:00")
    );
    let found = scene.explain(&ticket, "RESOLUTION").await;
    let kinds: Vec<_> = found["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "CLOSED_HOURS",
            "HOLIDAY",
            "CLOSED_HOURS",
            "COUNTED",
            "CLOSED_HOURS",
            "COUNTED",
            "CLOSED_HOURS",
            "COUNTED"
        ]
    );
}

on_both!(both_clock_changes, split_shifts_and_holidays);
