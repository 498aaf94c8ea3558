//! Cases 1, 3, 4 and 6: pauses, unanswered messages, cycles.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::{Scene, due, time, utc};

/// The world begins on Monday, 2 March 2026, 09:00 UTC.
async fn shipped_targets(world: World) {
    let scene = Scene::new(world);
    for (priority, first, resolution) in [
        ("URGENT", "03-02 11:00", "03-02 17:00"),
        ("HIGH", "03-02 13:00", "03-03 09:00"),
        ("MEDIUM", "03-03 09:00", "03-05 09:00"),
        ("LOW", "03-04 09:00", "03-09 09:00"),
    ] {
        let ticket = scene.open(json!({ "priority": priority })).await;
        assert_eq!(
            scene.stands(&ticket, "FIRST_RESPONSE").await,
            due("RUNNING", first)
        );
        assert_eq!(
            scene.stands(&ticket, "RESOLUTION").await,
            due("RUNNING", resolution)
        );
        assert_eq!(
            scene.stands(&ticket, "NEXT_RESPONSE").await,
            ("NONE".to_owned(), None)
        );
        let ticket = scene.ticket(&ticket).await;
        assert_eq!(time(&ticket["slaDueAt"]), Some(utc(first)));
        assert_eq!(ticket["slaState"], "RUNNING");
        assert_eq!(ticket["sla"][0]["policy"]["name"], "Everything");
    }
}

/// Pauses that overlap nights, a weekend and a holiday; paused twice; a pause after the breach.
async fn pauses(world: World) {
    let scene = Scene::new(world);
    let office = scene.office("UTC").await;
    scene.promise(&office, 4, 4, 16).await;
    let ticket = scene.open(json!({})).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-03 17:00")
    );
    scene.at("03-02 10:00");
    scene.reply(&scene.people.alice, &ticket).await;
    scene.at("03-02 12:00");
    scene.status(&ticket, "WAITING_ON_USER").await;
    let paused = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&paused["state"], &paused["dueAt"]),
        (&json!("PAUSED"), &json!(null))
    );
    assert_eq!(paused["remainingSeconds"], 13 * 3_600);
    // Over two nights and the holiday.
    scene.at("03-05 11:00");
    assert_eq!(
        scene.sla(&ticket, "RESOLUTION").await["remainingSeconds"],
        13 * 3_600
    );
    scene.reply(&scene.people.carla, &ticket).await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-06 16:00")
    );
    assert_eq!(
        scene.stands(&ticket, "NEXT_RESPONSE").await,
        due("RUNNING", "03-05 15:00")
    );
    scene.at("03-05 12:00");
    scene.reply(&scene.people.alice, &ticket).await;
    assert_eq!(scene.sla(&ticket, "NEXT_RESPONSE").await["state"], "MET");
    // Over a weekend.
    scene.at("03-06 10:00");
    scene.status(&ticket, "WAITING_ON_USER").await;
    scene.at("03-09 10:00");
    scene.status(&ticket, "IN_PROGRESS").await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-09 16:00")
    );
    let found = scene.explain(&ticket, "RESOLUTION").await;
    let segments: Vec<_> = found["segments"].as_array().unwrap().iter().collect();
    let told: Vec<_> = segments
        .iter()
        .map(|segment| {
            let hours = segment["seconds"].as_i64().unwrap() / 3_600;
            let event = segment["event"]["kind"].as_str().unwrap_or("-");
            format!("{} {hours} h {event}", segment["kind"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "COUNTED 3 h TICKET_CREATED",
            "PAUSED 71 h STATUS_CHANGED",
            "COUNTED 6 h STATUS_CHANGED",
            "CLOSED_HOURS 16 h -",
            "COUNTED 1 h -",
            "PAUSED 72 h STATUS_CHANGED",
            "COUNTED 6 h STATUS_CHANGED",
        ]
    );
    // The breach comes first, then the pause: nothing is taken back.
    scene.at("03-09 16:30");
    scene.sweep().await;
    let breached = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(breached["state"], "BREACHED");
    assert_eq!(time(&breached["breachedAt"]), Some(utc("03-09 16:00")));
    assert_eq!(breached["remainingSeconds"], -1_800);
    scene.status(&ticket, "WAITING_ON_USER").await;
    scene.at("03-12 10:00");
    let later = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(time(&later["dueAt"]), Some(utc("03-09 16:00")));
    assert_eq!(later["remainingSeconds"], -1_800);
    scene.explain(&ticket, "RESOLUTION").await;
    scene.status(&ticket, "IN_PROGRESS").await;
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("BREACHED", "03-09 16:00")
    );
    assert_eq!(scene.sweep().await.total(), 0);
}

/// Three customer messages in a row, with a note between: the oldest counts.
async fn the_oldest_unanswered_message_counts(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 4, 4, 100).await;
    let ticket = scene.open(json!({})).await;
    // Before the first response there is no next one.
    scene.at("03-02 10:00");
    scene.reply(&scene.people.carla, &ticket).await;
    scene.reply(&scene.people.carla, &ticket).await;
    assert_eq!(scene.stands(&ticket, "NEXT_RESPONSE").await.0, "NONE");
    scene.at("03-02 11:00");
    scene.reply(&scene.people.alice, &ticket).await;
    assert_eq!(scene.stands(&ticket, "NEXT_RESPONSE").await.0, "NONE");
    scene.at("03-02 12:00");
    scene.reply(&scene.people.carla, &ticket).await;
    scene.at("03-02 13:00");
    scene.reply(&scene.people.carla, &ticket).await;
    let note = json!({ "body": "Hm." });
    scene
        .act(&scene.people.alice, "addInternalNote", &ticket, note)
        .await;
    scene.at("03-02 14:00");
    scene.reply(&scene.people.carla, &ticket).await;
    assert_eq!(
        scene.stands(&ticket, "NEXT_RESPONSE").await,
        due("RUNNING", "03-02 16:00")
    );
    scene.reply(&scene.people.alice, &ticket).await;
    assert_eq!(
        scene.stands(&ticket, "NEXT_RESPONSE").await,
        due("MET", "03-02 16:00")
    );
    // The next question begins a new cycle, and the old one stays on record.
    scene.at("03-02 15:00");
    scene.reply(&scene.people.carla, &ticket).await;
    let next = scene.sla(&ticket, "NEXT_RESPONSE").await;
    assert_eq!(
        (&next["cycle"], &next["state"]),
        (&json!(2), &json!("RUNNING"))
    );
    scene.resolve(&ticket).await;
    assert_eq!(scene.sla(&ticket, "NEXT_RESPONSE").await["state"], "MET");
    let history = scene.ticket(&ticket).await["slaHistory"].clone();
    let cycles = history.as_array().unwrap().iter();
    let cycles = cycles.filter(|row| row["metric"] == "NEXT_RESPONSE");
    assert_eq!(cycles.count(), 2);
}

/// NEXT_RESPONSE never fires before FIRST_RESPONSE, and no pause holds FIRST_RESPONSE up.
async fn first_things_first(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 4, 1, 100).await;
    let ticket = scene.open(json!({})).await;
    scene.reply(&scene.people.carla, &ticket).await;
    let ours = scene.people.alice.id().await;
    let input = json!({ "assigneeId": ours });
    scene
        .act(&scene.people.alice, "assignTicket", &ticket, input)
        .await;
    // Neither notes nor changes of status are a response.
    let note = json!({ "body": "Later." });
    scene
        .act(&scene.people.alice, "addInternalNote", &ticket, note)
        .await;
    scene.resolve(&ticket).await;
    scene.at("03-02 14:00");
    let report = scene.sweep().await;
    let fired: Vec<_> = report
        .fired
        .iter()
        .map(|fired| (fired.kind.as_str(), fired.count))
        .collect();
    assert_eq!(fired, [("FIRST_RESPONSE", 1)]);
    assert_eq!(
        scene.stands(&ticket, "FIRST_RESPONSE").await,
        due("BREACHED", "03-02 13:00")
    );
}

/// A ticket that staff open for a customer has its first response at once.
async fn opened_on_behalf(world: World) {
    let scene = Scene::new(world);
    let carla = scene.people.carla.id().await;
    let input = json!({ "requesterId": carla });
    let mut with = json!({ "subject": "She called", "description": "It broke." });
    with.as_object_mut()
        .unwrap()
        .extend(input.as_object().unwrap().clone());
    let made = scene
        .people
        .alice
        .run("createTicket", with, "ticket { id }")
        .await;
    let ticket = made["ticket"]["id"].as_str().unwrap();
    let first = scene.sla(ticket, "FIRST_RESPONSE").await;
    assert_eq!(
        (&first["state"], &first["stoppedAt"]),
        (&json!("MET"), &first["startedAt"])
    );
    scene.at("03-02 12:00");
    scene.reply(&scene.people.carla, ticket).await;
    assert_eq!(
        scene.stands(ticket, "NEXT_RESPONSE").await,
        due("RUNNING", "03-03 12:00")
    );
}

/// Resolve, reopen, resolve: first and total resolution, and what is kept of the cycles.
async fn reopened(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 4, 4, 10).await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-02 10:00");
    scene.reply(&scene.people.alice, &ticket).await;
    scene.at("03-02 13:00");
    scene.resolve(&ticket).await;
    let first = scene.ticket(&ticket).await;
    assert_eq!(first["firstResolutionSeconds"], 4 * 3_600);
    assert_eq!(first["totalResolutionSeconds"], 4 * 3_600);
    // Three days resolved do not count; the six hours that are left do.
    scene.at("03-05 08:00");
    scene.reply(&scene.people.carla, &ticket).await;
    let again = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&again["cycle"], &again["state"]),
        (&json!(2), &json!("RUNNING"))
    );
    assert_eq!(time(&again["dueAt"]), Some(utc("03-05 14:00")));
    scene.explain(&ticket, "RESOLUTION").await;
    scene.at("03-05 09:00");
    scene.reply(&scene.people.alice, &ticket).await;
    scene.resolve(&ticket).await;
    let last = scene.ticket(&ticket).await;
    assert_eq!(last["firstResolutionSeconds"], 4 * 3_600);
    assert_eq!(last["totalResolutionSeconds"], 5 * 3_600);
    // A "thanks" reopens it, and it is resolved again at once: the short cycle counts.
    scene.reply(&scene.people.carla, &ticket).await;
    scene.resolve(&ticket).await;
    let thanks = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&thanks["cycle"], &thanks["state"]),
        (&json!(3), &json!("MET"))
    );
    // Late in the third cycle: that is a breach of its own, and the others stay met.
    scene.at("03-05 10:00");
    scene.reply(&scene.people.carla, &ticket).await;
    scene.at("03-05 16:00");
    scene.sweep().await;
    let history = scene.ticket(&ticket).await["slaHistory"].clone();
    let states: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["metric"] == "RESOLUTION")
        .map(|row| row["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["MET", "MET", "MET", "BREACHED"]);
    // Reopened after a breach: that is not missed again.
    scene.resolve(&ticket).await;
    scene.at("03-05 17:00");
    scene.reply(&scene.people.carla, &ticket).await;
    let fifth = scene.sla(&ticket, "RESOLUTION").await;
    assert_eq!(
        (&fifth["cycle"], &fifth["state"]),
        (&json!(5), &json!("BREACHED"))
    );
    let fired = scene.sweep().await.fired;
    assert!(
        fired
            .iter()
            .all(|fired| fired.kind != entity::TimerKind::Resolution),
        "{fired:?}"
    );
}

/// A customer who closes waits for no answer; one who comes back does again.
async fn withdrawn(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene.promise(&always, 4, 4, 10).await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-02 10:00");
    scene
        .act(&scene.people.carla, "closeTicket", &ticket, json!({}))
        .await;
    assert_eq!(
        scene.sla(&ticket, "FIRST_RESPONSE").await["state"],
        "PAUSED"
    );
    assert_eq!(scene.sla(&ticket, "RESOLUTION").await["state"], "MET");
    scene.at("03-05 10:00");
    assert_eq!(scene.sweep().await.total(), 0);
    scene
        .act(&scene.people.carla, "reopenTicket", &ticket, json!({}))
        .await;
    assert_eq!(
        scene.stands(&ticket, "FIRST_RESPONSE").await,
        due("RUNNING", "03-05 13:00")
    );
    assert_eq!(
        scene.stands(&ticket, "RESOLUTION").await,
        due("RUNNING", "03-05 19:00")
    );
}

on_both!(
    shipped_targets,
    pauses,
    the_oldest_unanswered_message_counts,
    first_things_first,
    opened_on_behalf,
    reopened,
    withdrawn,
);
