//! Cases 2, 7 and 8: what changes while clocks run.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Scene, default_steps, due, time, utc};

fn hours(priority: &str, resolution: Value) -> Value {
    json!({ "priority": priority, "resolutionSeconds": resolution })
}

/// Priority, team and policy change during a pause: same start, same pauses.
async fn priority_team_and_policy(world: World) {
    let scene = Scene::new(world);
    let (always, office) = (scene.always().await, scene.office("UTC").await);
    let team = scene.people.susan.run(
        "upsertTeam",
        json!({ "name": "Billing", "memberIds": [] }),
        "team { id }",
    );
    let team = team.await["team"]["id"].clone();
    scene
        .policy(
            json!({ "name": "Billing", "calendarId": office, "steps": default_steps(),
        "conditions": { "teamIds": [team] },
        "targets": [hours("MEDIUM", json!(8 * 3_600)), hours("HIGH", json!(4 * 3_600))] }),
        )
        .await;
    scene.promise(&always, 4, 4, 24).await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-02 10:00");
    scene.reply(&scene.people.alice, &ticket).await;
    scene.status(&ticket, "WAITING_ON_USER").await;
    scene.at("03-02 12:00");
    // Paused since 10:00 with one hour counted, under one policy as under the other.
    let to = |more: Value| scene.act(&scene.people.alice, "updateTicket", &ticket, more);
    to(json!({ "teamId": team })).await;
    let sla = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&sla["policy"]["name"], &sla["targetSeconds"]),
        (&json!("Billing"), &json!(28_800))
    );
    assert_eq!(sla["remainingSeconds"], 7 * 3_600);
    to(json!({ "priority": "HIGH" })).await;
    assert_eq!(
        scene.sla(&ticket, "RESOLUTION").await["remainingSeconds"],
        3 * 3_600
    );
    scene.at("03-02 16:00");
    scene.status(&ticket, "IN_PROGRESS").await;
    // One hour until the office closes, the other two on Tuesday.
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 11:00")
    );
    scene.explain(&ticket, "RESOLUTION").await;
    // There and back again is as if nothing had been.
    to(json!({ "teamId": null })).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 15:00")
    );
    to(json!({ "teamId": team })).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 11:00")
    );
    // Without a target there is no deadline, and the time goes on counting all the same.
    to(json!({ "priority": "LOW" })).await;
    assert_eq!(scene.stands(&ticket, "RESOLUTION").await.0, "NONE");
    assert_eq!(scene.ticket(&ticket).await["slaDueAt"], json!(null));
    scene.at("03-03 10:00");
    to(json!({ "priority": "HIGH" })).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 11:00")
    );
}

/// A policy and a calendar edited while tickets run on them; breaches stay, warnings are not sent again.
async fn edited_rules(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 100, 100, 10).await;
    let (one, two) = (scene.open(json!({})).await, scene.open(json!({})).await);
    scene.at("03-02 18:00");
    let report = scene.sweep().await;
    assert_eq!(report.total(), 2, "{report:?}");
    scene.resolve(&two).await;
    // Longer: the due time moves, the warning of this cycle and level is not sent again.
    let before = scene.ticket(&one).await["version"].as_i64().unwrap();
    scene.promise(&always, 100, 100, 20).await;
    assert_eq!(
        scene.stands(&one, "RESOLUTION").await,
        due("RUNNING", "03-03 05:00")
    );
    assert_eq!(
        scene.stands(&two, "RESOLUTION").await,
        due("MET", "03-02 19:00")
    );
    assert_eq!(scene.ticket(&one).await["version"], before + 1);
    assert_eq!(
        scene.feed(&one).await,
        ["TICKET_CREATED", "SLA_WARNING", "SLA_CHANGED"]
    );
    scene.at("03-03 02:00");
    assert_eq!(scene.sweep().await.total(), 0);
    // Shorter than what has gone by: missed, and stamped with the new due time.
    scene.promise(&always, 100, 100, 12).await;
    scene.sweep().await;
    let breached = scene.sla(&one, "RESOLUTION").await;
    assert_eq!(time(&breached["breachedAt"]), Some(utc("03-02 21:00")));
    // Longer again: what was missed stays on record.
    scene.promise(&always, 100, 100, 200).await;
    let after = scene.sla(&one, "RESOLUTION").await;
    assert_eq!(after["state"], "BREACHED");
    assert_eq!(time(&after["breachedAt"]), Some(utc("03-02 21:00")));
    assert_eq!(scene.sweep().await.total(), 0);
    // A calendar, too, moves what hangs on it.
    let office = scene.office("UTC").await;
    scene.promise(&office, 100, 100, 16).await;
    let three = scene.open(json!({})).await;
    // Opened before the office does: eight hours today, eight on Thursday, since Wednesday is a holiday.
    assert_eq!(
        scene.stands(&three, "RESOLUTION").await,
        due("RUNNING", "03-05 17:00")
    );
    let week: Vec<_> = ["TUESDAY", "FRIDAY"]
        .map(|day| json!({ "weekday": day, "opens": "08:00", "closes": "18:00" }))
        .into();
    scene
        .calendar(json!({ "id": office, "name": "Office UTC", "timeZone": "UTC", "week": week }))
        .await;
    assert_eq!(
        scene.stands(&three, "RESOLUTION").await,
        due("RUNNING", "03-06 14:00")
    );
    scene.explain(&three, "RESOLUTION").await;
    // What is over is explained by the calendar of its time.
    scene.at("03-03 09:00");
    scene.resolve(&three).await;
    let week = json!([{ "weekday": "SUNDAY", "opens": "00:00", "closes": "24:00" }]);
    scene
        .calendar(json!({ "id": office, "name": "Office UTC", "timeZone": "UTC", "week": week }))
        .await;
    let found = scene.explain(&three, "RESOLUTION").await;
    assert_eq!(
        (&found["state"], &found["countedSeconds"]),
        (&json!("MET"), &json!(3_600))
    );
}

/// What was missed before a policy was edited is missed, though no job had told of it yet.
async fn missed_before_the_edit(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 100, 100, 10).await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-02 20:00");
    scene.promise(&always, 100, 100, 20).await;
    let sla = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(sla["state"], "BREACHED");
    assert_eq!(time(&sla["breachedAt"]), Some(utc("03-02 19:00")));
    assert_eq!(
        scene.feed(&ticket).await,
        ["TICKET_CREATED", "SLA_BREACHED", "SLA_CHANGED"]
    );
    assert_eq!(scene.ticket(&ticket).await["escalated"], true);
    scene.at("03-03 12:00");
    assert_eq!(scene.sweep().await.total(), 0);
}

/// A warning is no change that somebody could be in conflict with, and a note tells customers nothing of
/// what was missed meanwhile. What was missed stays on record though its target is gone.
async fn versions_and_records(world: World) {
    let scene = Scene::new(world);
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 10:40");
    assert_eq!(scene.sweep().await.total(), 1);
    assert_eq!(scene.ticket(&ticket).await["version"], 1);
    scene.at("03-02 12:00");
    let note = json!({ "body": "Late." });
    scene
        .act(&scene.people.alice, "addInternalNote", &ticket, note)
        .await;
    assert_eq!(scene.ticket(&ticket).await["version"], 1);
    scene.sweep().await;
    assert_eq!(scene.ticket(&ticket).await["version"], 2);
    let input = json!({ "preset": "SEVERITY" });
    scene.people.susan.run("applySlaPreset", input, "").await;
    scene.at("03-02 14:00");
    scene.sweep().await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("BREACHED", "03-02 13:00")
    );
    let change = json!({ "priority": "LOW" });
    scene
        .act(&scene.people.alice, "updateTicket", &ticket, change)
        .await;
    let sla = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&sla["state"], &sla["targetSeconds"]),
        (&json!("BREACHED"), &json!(null))
    );
    assert_eq!(time(&sla["breachedAt"]), Some(utc("03-02 13:00")));
    // A closed ticket whose first response is still owed is no work.
    let owed = scene.open(json!({})).await;
    scene
        .act(&scene.people.carla, "closeTicket", &owed, json!({}))
        .await;
    assert_eq!(scene.ticket(&owed).await["slaDueAt"], json!(null));
    let version = scene.ticket(&owed).await["version"].clone();
    let input = json!({ "preset": "STANDARD" });
    scene.people.susan.run("applySlaPreset", input, "").await;
    assert_eq!(scene.ticket(&owed).await["version"], version);
    let tiers = json!({ "tiers": [" gold ", "gold"], "categories": ["bug", "bug"] });
    let policy = json!({ "name": "Gold", "calendarId": scene.always().await, "targets": [], "conditions": tiers });
    let selection = "policy { conditions { tiers categories { code } } }";
    let made = scene
        .people
        .susan
        .run("upsertSlaPolicy", policy, selection)
        .await;
    let conditions = json!({ "tiers": ["gold"], "categories": [{ "code": "bug" }] });
    assert_eq!(made["policy"]["conditions"], conditions);
}

/// Policies are tried in order; category, tier and source decide; a deleted one hands its tickets on.
async fn policies_in_order(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 100, 100, 100).await;
    let make = async |name: &str, conditions: Value, target: i64| {
        scene
            .policy(
                json!({ "name": name, "calendarId": always, "conditions": conditions,
            "targets": [hours("MEDIUM", json!(target * 3_600))] }),
            )
            .await
    };
    let bugs = make("Bugs", json!({ "categories": ["bug"] }), 10).await;
    let phone = make("By phone", json!({ "sources": ["PHONE"] }), 20).await;
    let ticket = scene
        .open(json!({ "category": "bug", "source": "PHONE" }))
        .await;
    let name = async |ticket: &str| scene.sla(ticket, "RESOLUTION").await["policy"]["name"].clone();
    assert_eq!(name(&ticket).await, "Bugs");
    let order = json!({ "policyIds": [phone, bugs] });
    scene
        .people
        .susan
        .run("orderSlaPolicies", order, "policies { id }")
        .await;
    assert_eq!(name(&ticket).await, "By phone");
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 05:00")
    );
    let other = scene.open(json!({ "category": "bug" })).await;
    assert_eq!(name(&other).await, "Bugs");
    scene
        .people
        .susan
        .run("deleteSlaPolicy", json!({ "policyId": phone }), "deletedId")
        .await;
    assert_eq!(name(&ticket).await, "Bugs");
    let change = json!({ "category": "other" });
    scene
        .act(&scene.people.alice, "updateTicket", &ticket, change)
        .await;
    assert_eq!(name(&ticket).await, "Everything");
    // The customer's tier is the one of the day on which the ticket was opened.
    make("Gold", json!({ "tiers": ["gold"] }), 1).await;
    let customer = json!({ "name": "Greta", "tier": "gold", "email": "greta@example.com" });
    let greta = scene
        .people
        .alice
        .run("createCustomer", customer, "user { id }")
        .await;
    let input = json!({ "subject": "a", "description": "b", "requesterId": greta["user"]["id"] });
    let made = scene
        .people
        .alice
        .run("createTicket", input, "ticket { id }")
        .await;
    assert_eq!(name(made["ticket"]["id"].as_str().unwrap()).await, "Gold");
}

/// The presets that are shipped.
async fn presets(world: World) {
    let scene = Scene::new(world);
    let apply = async |preset: &str| {
        let input = json!({ "preset": preset });
        let selection = "policy { targets { priority firstResponseSeconds resolutionSeconds } }";
        let payload = scene
            .people
            .susan
            .run("applySlaPreset", input, selection)
            .await;
        let rows = payload["policy"]["targets"].as_array().unwrap().clone();
        let hours = |value: &Value| value.as_i64().map(|seconds| seconds / 3_600);
        let row = |row: &Value| {
            (
                hours(&row["firstResponseSeconds"]),
                hours(&row["resolutionSeconds"]),
            )
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let severity = [
        (Some(1), Some(4)),
        (Some(4), Some(24)),
        (Some(24), Some(72)),
        (Some(48), None),
    ];
    assert_eq!(apply("SEVERITY").await, severity);
    // P0 is escalated at once, the others are not.
    let worst = scene.open(json!({ "priority": "URGENT" })).await;
    assert_eq!(scene.ticket(&worst).await["escalated"], true);
    assert_eq!(
        scene.feed(&worst).await,
        ["TICKET_CREATED", "TICKET_ESCALATED"]
    );
    let worse = scene.open(json!({ "priority": "HIGH" })).await;
    assert_eq!(scene.ticket(&worse).await["escalated"], false);
    let best = scene.open(json!({ "priority": "LOW" })).await;
    assert_eq!(scene.stands(&best, "RESOLUTION").await.0, "NONE");
    let standard = [
        (Some(2), Some(8)),
        (Some(4), Some(24)),
        (Some(24), Some(72)),
        (Some(48), Some(168)),
    ];
    assert_eq!(apply("STANDARD").await, standard);
    assert_eq!(
        scene.stands(&best, "RESOLUTION").await,
        due("RUNNING", "03-09 09:00")
    );
    assert_eq!(scene.sweep().await.total(), 0);
}

/// Hand-over to a team, escalation to a tier, a raised priority, time before and after the due time.
async fn steps(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    let team = scene.people.susan.run(
        "upsertTeam",
        json!({ "name": "Second line", "memberIds": [] }),
        "team { id }",
    );
    let team = team.await["team"]["id"].clone();
    let step = |at: Value, action: Value| {
        let mut step = json!({ "metric": "RESOLUTION" });
        for part in [at, action] {
            step.as_object_mut()
                .unwrap()
                .extend(part.as_object().unwrap().clone());
        }
        step
    };
    scene.policy(json!({ "id": scene.catch_all().await, "name": "Everything", "calendarId": always,
        "targets": [hours("MEDIUM", json!(36_000)), hours("HIGH", json!(36_000))],
        "steps": [
            step(json!({ "atPercent": 50 }), json!({ "action": "HAND_TO_TEAM", "teamId": team })),
            step(json!({ "offsetSeconds": -3_600 }), json!({ "action": "RAISE_PRIORITY" })),
            step(json!({ "offsetSeconds": 7_200 }), json!({ "action": "ESCALATE", "tier": 3, "target": "ENGINEERING" })),
        ] })).await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-02 14:00");
    scene.sweep().await;
    assert_eq!(scene.ticket(&ticket).await["team"]["name"], "Second line");
    scene.at("03-02 18:00");
    scene.sweep().await;
    assert_eq!(scene.ticket(&ticket).await["priority"], "HIGH");
    scene.at("03-02 19:00");
    scene.sweep().await;
    // The policy says nothing about the due time itself: it is written down all the same.
    let breached = scene.ticket(&ticket).await;
    assert_eq!(
        (&breached["slaState"], &breached["escalated"]),
        (&json!("BREACHED"), &json!(false))
    );
    scene.at("03-02 21:00");
    scene.sweep().await;
    let query = "query($id: ID!) { ticket(id: $id) { escalated escalationTier escalationTarget
        activity(first: 10) { nodes { kind actorRole deadline { kind level dueAt } changes { field after } } } } }";
    let data = scene.people.alice.get(query, json!({ "id": ticket })).await["ticket"].clone();
    assert_eq!(
        (&data["escalationTier"], &data["escalationTarget"]),
        (&json!(3), &json!("ENGINEERING"))
    );
    let newest = &data["activity"]["nodes"][0];
    assert_eq!(
        (&newest["kind"], &newest["actorRole"]),
        (&json!("TICKET_ESCALATED"), &json!("SYSTEM"))
    );
    assert_eq!(newest["deadline"]["level"], "+7200s");
    assert_eq!(
        newest["changes"],
        json!([{ "field": "escalated", "after": "true" }])
    );
    let kinds = [
        "TICKET_CREATED",
        "SLA_WARNING",
        "SLA_WARNING",
        "SLA_BREACHED",
        "TICKET_ESCALATED",
    ];
    assert_eq!(scene.feed(&ticket).await, kinds);
}

on_both!(
    priority_team_and_policy,
    edited_rules,
    missed_before_the_edit,
    versions_and_records,
    policies_in_order,
    presets,
    steps
);
