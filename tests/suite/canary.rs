//! An internal note and what staff arrange among themselves never reach a customer: not a byte of
//! them, and nothing that follows from them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskwire_tests::{Client, Socket, World, on_both};
use serde_json::{Value, json};

use crate::{
    canary_scene::{EVERYTHING, Scene},
    common::{People, missing, text},
};

/// Whatever a customer reads is the same before and after the note. (As JSON: the engine writes the
/// fields of an object in the order in which they were found.)
async fn a_note_changes_nothing(world: World) {
    let mut scene = Scene::make(&world).await;
    let other = world.client(deskwire_tests::Person::Otto);
    other.open_ticket("Another one").await;
    let ids = [
        missing("Message"),
        missing("Attachment"),
        missing("ReviewSample"),
    ];
    scene.hidden.extend(ids);
    let own = scene.own.clone();
    let before = (scene.read_all(&own).await, scene.read_all(&other).await);
    let ours = crate::common::state(&scene.alice, &scene.ticket).await;
    scene.hidden.truncate(scene.hidden.len() - 3);
    scene.note(&world).await;
    let after = (scene.read_all(&own).await, scene.read_all(&other).await);
    assert!(before.0.len() > 40, "{} answers", before.0.len());
    for (before, after) in [(before.0, after.0), (before.1, after.1)] {
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert!(
                value(before) == value(after),
                "before: {before}\nafter: {after}"
            );
        }
    }
    // While staff do see it.
    let now = crate::common::state(&scene.alice, &scene.ticket).await;
    assert_eq!(
        now["messages"]["totalCount"],
        ours["messages"]["totalCount"].as_i64().unwrap() + 1
    );
    assert_eq!(
        (&now["version"], &now["updatedAt"]),
        (&ours["version"], &ours["updatedAt"])
    );
}

/// A note is no first response, and staff's version check does not count it.
async fn a_note_is_no_response(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Hello?").await;
    world.clock.advance(TimeDelta::seconds(60));
    let input = json!({ "ticketId": ticket, "body": "canary" });
    alice.run("addInternalNote", input, "").await;
    let query =
        "query($id: ID!) { ticket(id: $id) { version createdAt updatedAt firstResponseAt } }";
    let seen = carla.get(query, json!({ "id": ticket })).await["ticket"].clone();
    assert_eq!(
        (&seen["version"], &seen["firstResponseAt"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(seen["updatedAt"], seen["createdAt"]);
    // Nor is it something that one can wait for.
    let wait = json!({ "ticketId": ticket, "status": "WAITING_ON_USER" });
    assert_eq!(
        alice.user_error("setTicketStatus", wait).await,
        "NEEDS_PUBLIC_REPLY"
    );
}

/// Payloads and user errors of everything that a customer can try.
async fn no_mutation_tells(world: World) {
    let mut scene = Scene::make(&world).await;
    scene.note(&world).await;
    let (own, other) = (
        scene.own.clone(),
        world.client(deskwire_tests::Person::Otto),
    );
    let parts = [
        "body: \"thanks\"",
        "body: \"\"",
        "body: \"x\", expectedVersion: 1",
        "body: \"x\", idempotencyKey: \"k\"",
    ];
    let mut inputs: Vec<(&str, String)> =
        parts.map(|part| ("replyToTicket", part.to_owned())).into();
    for mutation in [
        "closeTicket",
        "reopenTicket",
        "resolveTicket",
        "assignTicket",
    ] {
        inputs.push((mutation, "expectedVersion: 1".to_owned()));
        inputs.push((mutation, String::new()));
    }
    inputs.push(("rateTicket", "score: 9".to_owned()));
    inputs.push(("rateTicket", "score: 2, comment: \"meh\"".to_owned()));
    inputs.push(("addInternalNote", "body: \"x\"".to_owned()));
    inputs.push(("updateTicket", "tags: []".to_owned()));
    inputs.push(("setTicketStatus", "status: CLOSED".to_owned()));
    inputs.push(("setCoAssignees", "coAssigneeIds: []".to_owned()));
    for (mutation, input) in inputs {
        let message = if ["replyToTicket", "addInternalNote"].contains(&mutation) {
            "message { ...M }"
        } else {
            ""
        };
        let document = format!(
            "mutation {{ {mutation}(input: {{ ticketId: \"{}\", {input} }}) {{ ticket {{ ...T }} {message} \
             userErrors {{ code message field }} }} }} {EVERYTHING}",
            scene.ticket
        );
        scene.ask(&own, &document).await;
        scene.ask(&other, &document).await;
    }
    // The ticket that follows an old one takes nothing along that is hidden.
    let closed = json!({ "ticketId": scene.ticket });
    own.attempt("closeTicket", closed, "").await;
    world.clock.advance(TimeDelta::days(30));
    let document = format!(
        "mutation {{ replyToTicket(input: {{ ticketId: \"{}\", body: \"again\" }}) {{ ticket {{ ...T }} \
         message {{ ...M }} userErrors {{ code }} }} }} {EVERYTHING}",
        scene.ticket
    );
    let answer: Value = serde_json::from_str(&scene.ask(&own, &document).await).unwrap();
    let follow_up = &answer["data"]["replyToTicket"]["ticket"];
    assert_eq!(
        follow_up["followUpOf"]["id"],
        scene.ticket.as_str(),
        "{answer:#}"
    );
    assert_eq!(follow_up["messages"]["totalCount"], 0);
    for fields in ["canary", "canary { id }", "tags { canary }"] {
        // What a client sends wrong may come back, but nothing else does.
        let answer = own
            .ask(
                &format!("{{ ticket(id: \"x\") {{ {fields} }} }}"),
                json!({}),
            )
            .await;
        assert!(!answer.text.contains("sings"), "{}", answer.text);
    }
}

async fn subscribe(who: &Client, ticket: &str, after: Option<&str>) -> Socket {
    let mut socket = who.socket().await;
    let document = format!(
        "subscription($id: ID!, $after: String) {{ ticket(id: $id, after: $after) {{ position kind \
         ticket {{ ...T }} message {{ ...M }} }} }} {EVERYTHING}"
    );
    socket
        .subscribe(&document, json!({ "id": ticket, "after": after }))
        .await;
    socket
}

/// Live: a note is not told. What staff arrange among themselves moves the version that the customer
/// can read, so they are told that it moved, and nothing of what. Replayed: the same events as live.
async fn no_event_tells(world: World) {
    let mut scene = Scene::make(&world).await;
    let own = scene.own.clone();
    let other = world.client(deskwire_tests::Person::Otto);
    let others = other.open_ticket("Another one").await;
    let mut live = subscribe(&own, &scene.ticket, None).await;
    let mut elsewhere = subscribe(&other, &others, None).await;
    for socket in [&mut live, &mut elsewhere] {
        assert_eq!(socket.event("ticket").await["kind"], "READY");
    }
    // A stream may begin with what has only just happened: go on from something known.
    for ticket in [&scene.ticket, &others] {
        let body = json!({ "ticketId": ticket, "body": "here we start" });
        scene.alice.run("replyToTicket", body, "").await;
    }
    let is_start = |event: &Value| event["message"]["body"] == "here we start";
    elsewhere.event_where("ticket", is_start).await;
    let before = text(&live.event_where("ticket", is_start).await, "/position");

    scene.note(&world).await;
    scene
        .staff("updateTicket", json!({ "tags": ["canary-three"] }))
        .await;
    scene
        .staff("setCoAssignees", json!({ "coAssigneeIds": [] }))
        .await;
    scene
        .staff("replyToTicket", json!({ "body": "first" }))
        .await;
    scene.note(&world).await;
    scene
        .staff("setTicketStatus", json!({ "status": "WAITING_ON_USER" }))
        .await;
    let body = json!({ "ticketId": others, "body": "to the other" });
    scene.alice.run("replyToTicket", body, "").await;

    let told = |event: &Value| (event["kind"].clone(), event["message"]["body"].clone());
    let expected = [
        (json!("CHANGED"), json!(null)),
        (json!("CHANGED"), json!(null)),
        (json!("MESSAGE_ADDED"), json!("first")),
        (json!("CHANGED"), json!(null)),
    ];
    for expected in &expected {
        let event = live.event("ticket").await;
        scene.hears_nothing("live", &event.to_string());
        assert_eq!(&told(&event), expected);
    }
    let event = elsewhere.event("ticket").await;
    scene.hears_nothing("live, of another ticket", &event.to_string());
    assert_eq!(
        told(&event),
        (json!("MESSAGE_ADDED"), json!("to the other"))
    );

    let mut replayed = subscribe(&own, &scene.ticket, Some(&before)).await;
    assert_eq!(replayed.event("ticket").await["kind"], "READY");
    for expected in &expected {
        let event = replayed.event("ticket").await;
        scene.hears_nothing("replayed", &event.to_string());
        assert_eq!(&told(&event), expected);
    }
    // From the very beginning: one event for each entry of the staff's feed that is not a note.
    let query = "query($id: ID!) { ticket(id: $id) { activity(first: 100) { nodes { kind } } } }";
    let feed = scene.alice.get(query, json!({ "id": scene.ticket })).await;
    let feed = feed["ticket"]["activity"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    assert!(feed.len() < 100);
    let notes = feed
        .iter()
        .filter(|entry| entry["kind"] == "INTERNAL_NOTE_ADDED");
    let told_of = feed.len() - notes.count();
    let start = URL_SAFE_NO_PAD.encode("at:0:0");
    let mut all = subscribe(&own, &scene.ticket, Some(&start)).await;
    assert_eq!(all.event("ticket").await["kind"], "READY");
    for _ in 0..told_of {
        scene.hears_nothing(
            "replayed from the start",
            &all.event("ticket").await.to_string(),
        );
    }
    scene
        .staff("replyToTicket", json!({ "body": "the end" }))
        .await;
    for socket in [&mut all, &mut live, &mut replayed] {
        assert_eq!(socket.event("ticket").await["message"]["body"], "the end");
    }
    // Another customer gets no stream of it at all.
    let mut refused = subscribe(&other, &scene.ticket, Some(&before)).await;
    let message = refused.receive().await.unwrap();
    scene.hears_nothing("refused", &message.to_string());
    assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_INPUT");
}

on_both!(
    a_note_changes_nothing,
    a_note_is_no_response,
    no_mutation_tells,
    no_event_tells
);
