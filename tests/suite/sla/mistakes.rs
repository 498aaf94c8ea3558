//! What people do wrong with policies and calendars: each gets a clear error, and nothing is changed.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::Scene;

fn hours(weekday: &str, opens: &str, closes: &str) -> Value {
    json!({ "weekday": weekday, "opens": opens, "closes": closes })
}

async fn calendars(world: World) {
    let scene = Scene::new(world);
    let week = |week: Value| json!({ "name": "Office", "timeZone": "Europe/Berlin", "week": week });
    let feed = |text: &str| json!({ "name": "Office", "timeZone": "UTC", "icalendar": text });
    for (input, code, field, words) in [
        (week(json!([])), "REQUIRED", "week", "never open"),
        (
            json!({ "name": "Office", "timeZone": "Europe/Atlantis" }),
            "INVALID",
            "timeZone",
            "IANA",
        ),
        (
            week(json!([
                hours("MONDAY", "09:00", "12:00"),
                hours("MONDAY", "11:59", "17:00")
            ])),
            "INVALID",
            "week",
            "MONDAY 09:00 and on MONDAY 11:59 overlap",
        ),
        (
            // From Sunday night into Monday morning.
            week(json!([
                hours("SUNDAY", "22:00", "06:00"),
                hours("MONDAY", "05:00", "09:00")
            ])),
            "INVALID",
            "week",
            "SUNDAY 22:00 and on MONDAY 05:00 overlap",
        ),
        (
            week(json!([hours("MONDAY", "9am", "17:00")])),
            "INVALID",
            "week.0",
            "between 00:00 and 23:59",
        ),
        (
            week(json!([hours("MONDAY", "09:00", "09:00")])),
            "INVALID",
            "week.0",
            "end after",
        ),
        (
            week(json!([hours("MONDAY", "09:00", "25:00")])),
            "INVALID",
            "week.0",
            "end after",
        ),
        (
            json!({ "name": "Office", "timeZone": "UTC", "holidays": [{ "date": "2026-02-30", "name": "x" }] }),
            "INVALID",
            "holidays.0.date",
            "2026-12-25",
        ),
        (feed("hello"), "INVALID", "icalendar", "BEGIN:VCALENDAR"),
        (
            feed("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
            "INVALID",
            "icalendar",
            "no entries",
        ),
        (
            json!({ "name": " ", "timeZone": "UTC" }),
            "REQUIRED",
            "name",
            "empty",
        ),
        (
            json!({ "name": "Always open", "timeZone": "UTC" }),
            "TAKEN",
            "name",
            "Choose another",
        ),
        (
            json!({ "id": "nothing", "name": "Office", "timeZone": "UTC" }),
            "NOT_FOUND",
            "id",
            "no such calendar",
        ),
    ] {
        refused(&scene, "upsertCalendar", input, (code, field, words)).await;
    }
    let data = scene
        .people
        .susan
        .get("{ calendars { totalCount } }", json!({}))
        .await;
    assert_eq!(data["calendars"]["totalCount"], 1);
    let always = scene.always().await;
    let input = json!({ "calendarId": always });
    refused(
        &scene,
        "deleteCalendar",
        input,
        ("IN_USE", "calendarId", "another calendar"),
    )
    .await;
}

async fn policies(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    let all = scene.catch_all().await;
    let policy = |more: Value| {
        let mut input = json!({ "name": "VIP", "calendarId": always, "targets": [] });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        input
    };
    let target =
        |seconds: i64| json!({ "targets": [{ "priority": "HIGH", "resolutionSeconds": seconds }] });
    let step = |more: Value| {
        let mut step = json!({ "metric": "RESOLUTION", "action": "ESCALATE" });
        let fields = step.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        json!({ "steps": [step] })
    };
    let seldom =
        json!({ "name": "Seldom", "timeZone": "UTC", "week": [hours("MONDAY", "09:00", "09:01")] });
    let seldom = scene.calendar(seldom).await;
    for (input, code, field, words) in [
        (
            policy(target(0)),
            "INVALID",
            "targets.resolutionSeconds",
            "more than 0",
        ),
        (
            policy(target(-5)),
            "INVALID",
            "targets.resolutionSeconds",
            "more than 0",
        ),
        (
            policy(target(i32::MAX.into())),
            "INVALID",
            "targets.resolutionSeconds",
            "ten years",
        ),
        (
            policy(
                json!({ "targets": [{ "priority": "HIGH", "resolutionSeconds": 9 }, { "priority": "HIGH", "resolutionSeconds": 8 }] }),
            ),
            "INVALID",
            "targets.1",
            "two targets",
        ),
        (
            policy(
                json!({ "calendarId": seldom, "targets": [{ "priority": "LOW", "resolutionSeconds": 36_000 }] }),
            ),
            "INVALID",
            "targets",
            "five years",
        ),
        (
            policy(json!({ "calendarId": "none" })),
            "NOT_FOUND",
            "calendarId",
            "no such calendar",
        ),
        (
            policy(json!({ "unattendedAfterSeconds": 0 })),
            "INVALID",
            "unattendedAfterSeconds",
            "more than 0",
        ),
        (
            policy(json!({ "followUpAfterSeconds": 100, "closeAfterSeconds": 100 })),
            "INVALID",
            "closeAfterSeconds",
            "before its customer",
        ),
        (policy(step(json!({}))), "INVALID", "steps.0", "either"),
        (
            policy(step(json!({ "atPercent": 80, "offsetSeconds": 1 }))),
            "INVALID",
            "steps.0",
            "either",
        ),
        (
            policy(step(json!({ "atPercent": 1_001 }))),
            "INVALID",
            "steps.0.atPercent",
            "0 to 1000",
        ),
        (
            policy(step(json!({ "atPercent": -1 }))),
            "INVALID",
            "steps.0.atPercent",
            "0 to 1000",
        ),
        (
            policy(step(json!({ "atPercent": 1, "action": "HAND_TO_TEAM" }))),
            "INVALID",
            "steps.0.teamId",
            "teamId",
        ),
        (
            policy(step(
                json!({ "atPercent": 1, "action": "HAND_TO_TEAM", "teamId": "none" }),
            )),
            "NOT_FOUND",
            "steps.teamId",
            "no such team",
        ),
        (
            policy(step(json!({ "atPercent": 1, "tier": 10 }))),
            "INVALID",
            "steps.0.tier",
            "1 to 9",
        ),
        (
            policy(json!({ "conditions": { "categories": ["none"] } })),
            "INVALID",
            "conditions.categories",
            "categories",
        ),
        (
            policy(json!({ "conditions": { "teamIds": ["none"] } })),
            "NOT_FOUND",
            "conditions.teamIds",
            "no such team",
        ),
        (
            policy(json!({ "name": "Everything" })),
            "TAKEN",
            "name",
            "Choose another",
        ),
        (
            policy(json!({ "id": "none" })),
            "NOT_FOUND",
            "id",
            "no such SLA policy",
        ),
        (
            policy(json!({ "id": all, "conditions": { "priorities": ["HIGH"] } })),
            "INVALID",
            "conditions",
            "no conditions",
        ),
    ] {
        refused(&scene, "upsertSlaPolicy", input, (code, field, words)).await;
    }
    // A list without a catch-all is impossible.
    let input = json!({ "policyId": all });
    refused(
        &scene,
        "deleteSlaPolicy",
        input,
        ("IN_USE", "policyId", "cannot be deleted"),
    )
    .await;
    let input = json!({ "policyIds": [all] });
    refused(
        &scene,
        "orderSlaPolicies",
        input,
        ("INVALID", "policyIds", "exactly once"),
    )
    .await;
    let data = scene
        .people
        .susan
        .get("{ slaPolicies { totalCount } }", json!({}))
        .await;
    assert_eq!(data["slaPolicies"]["totalCount"], 1);
    // A dry run has the same words for the same mistakes.
    let query = "query($policy: UpsertSlaPolicyInput!) { simulateSlaPolicy(policy: $policy,
        from: \"2026-01-01T00:00:00Z\", to: \"2026-12-01T00:00:00Z\") { simulation { tickets } userErrors { code message field } } }";
    let answer = scene
        .people
        .susan
        .get(query, json!({ "policy": policy(target(0)) }))
        .await;
    assert_eq!(answer["simulateSlaPolicy"]["simulation"], json!(null));
    assert_eq!(
        answer["simulateSlaPolicy"]["userErrors"][0]["code"],
        "INVALID"
    );
}

async fn absences(world: World) {
    let scene = Scene::new(world);
    let (carla, alice) = (scene.people.carla.id().await, scene.people.alice.id().await);
    for (input, code, field, words) in [
        (
            json!({ "userId": carla, "from": "2026-03-02T00:00:00Z" }),
            "NOT_ASSIGNABLE",
            "userId",
            "customer",
        ),
        (
            json!({ "userId": alice, "from": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:00:00Z" }),
            "INVALID",
            "until",
            "after",
        ),
        (
            json!({ "userId": alice, "from": "2026-03-02T00:00:00Z", "delegateId": alice }),
            "INVALID",
            "delegateId",
            "somebody else",
        ),
        (
            json!({ "userId": "none", "from": "2026-03-02T00:00:00Z" }),
            "NOT_FOUND",
            "userId",
            "no such person",
        ),
        (
            json!({ "userId": alice, "from": "2026-03-02T00:00:00Z", "delegateId": carla }),
            "NOT_ASSIGNABLE",
            "delegateId",
            "customer",
        ),
    ] {
        refused(&scene, "setAway", input, (code, field, words)).await;
    }
}

async fn refused(
    scene: &Scene,
    name: &str,
    input: Value,
    (code, field, words): (&str, &str, &str),
) {
    let payload = scene.people.susan.attempt(name, input.clone(), "").await;
    let error = &payload["userErrors"][0];
    let path: Vec<_> = error["field"].as_array().into_iter().flatten().collect();
    let path: Vec<_> = path.iter().filter_map(|part| part.as_str()).collect();
    assert_eq!(
        (error["code"].as_str(), path.join(".").as_str()),
        (Some(code), field),
        "{input} {payload}"
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(words), "{input}: {message}");
}

on_both!(calendars, policies, absences);
