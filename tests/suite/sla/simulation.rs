//! A dry run of a changed policy over past tickets.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::Scene;

async fn what_would_have_been(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 4, 4, 24).await;
    // Answered after one hour, after three, and after five, which is late.
    let mut tickets = Vec::new();
    for _ in 0..3 {
        tickets.push(scene.open(json!({})).await);
    }
    for (ticket, at) in tickets
        .iter()
        .zip(["03-02 10:00", "03-02 12:00", "03-02 14:00"])
    {
        scene.at(at);
        scene.reply(&scene.people.alice, ticket).await;
    }
    let urgent = scene.open(json!({ "priority": "URGENT" })).await;
    let policy = |hours: i64| {
        json!({ "name": "Everything", "calendarId": always,
            "targets": [{ "priority": "MEDIUM", "firstResponseSeconds": hours * 3_600 }] })
    };
    let simulate = async |mut policy: Value, id: Value| {
        policy["id"] = id;
        let query = "query($policy: UpsertSlaPolicyInput!) { simulateSlaPolicy(policy: $policy,
            from: \"2026-03-01T00:00:00Z\", to: \"2026-03-03T00:00:00Z\") { userErrors { message }
            simulation { tickets ticketsInRange results { metric priority
                before { met breached open bestEffort } after { met breached open bestEffort }
                newlyBreached { id } newlyMet { id } } } } }";
        let data = scene
            .people
            .susan
            .get(query, json!({ "policy": policy }))
            .await;
        assert_eq!(data["simulateSlaPolicy"]["userErrors"], json!([]));
        data["simulateSlaPolicy"]["simulation"].clone()
    };
    let all = json!(scene.catch_all().await);
    let version = scene.ticket(&tickets[0]).await["version"].clone();
    let found = simulate(policy(2), all.clone()).await;
    assert_eq!(
        (&found["tickets"], &found["ticketsInRange"]),
        (&json!(4), &json!(4))
    );
    let tally = |met: i64, breached: i64, open: i64, none: i64| json!({ "met": met, "breached": breached, "open": open, "bestEffort": none });
    let of = |found: &Value, metric: &str, priority: &str| {
        let rows = found["results"].as_array().unwrap().iter();
        let mut rows = rows.filter(|row| row["metric"] == metric && row["priority"] == priority);
        rows.next().unwrap().clone()
    };
    let first = of(&found, "FIRST_RESPONSE", "MEDIUM");
    assert_eq!(
        (&first["before"], &first["after"]),
        (&tally(2, 1, 0, 0), &tally(1, 2, 0, 0))
    );
    assert_eq!(first["newlyBreached"], json!([{ "id": tickets[1] }]));
    assert_eq!(first["newlyMet"], json!([]));
    // Without a target everything is best effort.
    let urgent_first = of(&found, "FIRST_RESPONSE", "URGENT");
    assert_eq!(
        (&urgent_first["before"], &urgent_first["after"]),
        (&tally(0, 0, 1, 0), &tally(0, 0, 0, 1))
    );
    let found = simulate(policy(6), all).await;
    let first = of(&found, "FIRST_RESPONSE", "MEDIUM");
    assert_eq!(first["after"], tally(3, 0, 0, 0));
    assert_eq!(first["newlyMet"], json!([{ "id": tickets[2] }]));
    // A new policy with conditions takes its tickets and leaves the others.
    let mut urgent_only = policy(1);
    urgent_only["name"] = json!("Urgent");
    urgent_only["conditions"] = json!({ "priorities": ["URGENT"] });
    let found = simulate(urgent_only, json!(null)).await;
    assert_eq!(
        of(&found, "FIRST_RESPONSE", "MEDIUM")["after"],
        tally(2, 1, 0, 0)
    );
    assert_eq!(
        of(&found, "FIRST_RESPONSE", "URGENT")["after"],
        tally(0, 0, 0, 1)
    );
    // A calendar that was made a moment ago counts, though no policy has it yet.
    let week = json!([{ "weekday": "SUNDAY", "opens": "10:00", "closes": "11:00" }]);
    let sundays = scene
        .calendar(json!({ "name": "Sundays", "timeZone": "UTC", "week": week }))
        .await;
    let mut on_sundays = policy(1);
    on_sundays["calendarId"] = json!(sundays);
    let found = simulate(on_sundays, json!(scene.catch_all().await)).await;
    assert_eq!(
        of(&found, "FIRST_RESPONSE", "MEDIUM")["after"],
        tally(3, 0, 0, 0)
    );
    // Nothing has changed.
    assert_eq!(scene.ticket(&tickets[0]).await["version"], version);
    assert_eq!(
        scene.ticket(&urgent).await["sla"][0]["targetSeconds"],
        4 * 3_600
    );
    let data = scene
        .people
        .susan
        .get("{ slaPolicies { totalCount } }", json!({}))
        .await;
    assert_eq!(data["slaPolicies"]["totalCount"], 1);
}

on_both!(what_would_have_been);
