//! What is on internal notes is not there for customers: not by list, by id, by feed or live.

use deskwire_tests::{World, on_both, uploads::png};
use serde_json::{Value, json};

use crate::common::{People, next_message, text};

async fn files_on_notes_stay_inside(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Broken").await;
    let secret = alice
        .upload("canary.png", "image/png", &png("canary"))
        .await;
    let shown = "query($id: ID!) { ticket(id: $id) { version updatedAt attachments { id fileName }
        messages { totalCount nodes { attachments { id fileName } } }
        activity { totalCount nodes { kind attachments { id fileName } } } } }";
    let before = carla.get(shown, json!({ "id": ticket })).await;
    let mut socket = carla.socket().await;
    let follow =
        "subscription($id: ID!) { ticket(id: $id) { kind message { attachments { id } } } }";
    socket.subscribe(follow, json!({ "id": ticket })).await;
    assert_eq!(socket.event("ticket").await["kind"], "READY");
    let input = json!({ "ticketId": ticket, "body": "note", "attachmentIds": [secret] });
    let note = alice
        .run(
            "addInternalNote",
            input,
            "message { id attachments { id url } }",
        )
        .await;
    assert_eq!(note["message"]["attachments"][0]["id"], json!(secret));
    let after = carla.get(shown, json!({ "id": ticket })).await;
    assert_eq!(before, after);
    assert!(!after.to_string().contains("canary"));
    let node = "query($id: ID!) { node(id: $id) { id } }";
    for who in [&carla, &otto] {
        for id in [text(&note, "/message/id"), secret.clone()] {
            assert_eq!(
                who.get(node, json!({ "id": id })).await["node"],
                Value::Null
            );
        }
    }
    assert_eq!(
        alice.get(node, json!({ "id": secret })).await["node"]["id"],
        json!(secret)
    );
    // The next that Carla hears of is the reply.
    let input = json!({ "ticketId": ticket, "body": "hello" });
    alice.run("replyToTicket", input, "").await;
    let event = next_message(&mut socket).await;
    assert_eq!(event["message"]["attachments"], json!([]));
}

/// What is not on a ticket yet is its uploader's alone, whoever else it is.
async fn an_upload_is_its_uploaders(world: World) {
    let People {
        carla,
        otto,
        alice,
        susan,
        ..
    } = People::of(&world);
    let file = carla.upload("a.png", "image/png", &png("mine")).await;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(
        carla.get(node, json!({ "id": file })).await["node"]["id"],
        json!(file)
    );
    let ticket = carla.open_ticket("Broken").await;
    for who in [&otto, &alice, &susan] {
        assert_eq!(
            who.get(node, json!({ "id": file })).await["node"],
            Value::Null
        );
        assert_eq!(
            who.user_error("completeUpload", json!({ "uploadId": file }))
                .await,
            "NOT_FOUND"
        );
        let open = json!({ "subject": "a", "description": "b", "attachmentIds": [file] });
        assert_eq!(who.user_error("createTicket", open).await, "NOT_FOUND");
    }
    for who in [&alice, &susan] {
        let input = json!({ "ticketId": ticket, "body": "b", "attachmentIds": [file] });
        assert_eq!(
            who.user_error("replyToTicket", input.clone()).await,
            "NOT_FOUND"
        );
        assert_eq!(who.user_error("addInternalNote", input).await, "NOT_FOUND");
    }
    // Announced for a ticket, it goes nowhere else; and nobody announces for what they cannot see.
    let other = carla.open_ticket("Another").await;
    let picture = png("for one");
    let mut input = deskwire_tests::uploads::announcement("b.png", "image/png", &picture);
    input["ticketId"] = json!(ticket);
    assert_eq!(
        otto.user_error("createUpload", input.clone()).await,
        "NOT_FOUND"
    );
    let upload = carla.announce(input).await;
    assert_eq!(upload.send(&picture).await, 200);
    let done = json!({ "uploadId": upload.id });
    carla.run("completeUpload", done, "").await;
    let reply =
        |ticket: &str| json!({ "ticketId": ticket, "body": "b", "attachmentIds": [upload.id] });
    assert_eq!(
        carla.user_error("replyToTicket", reply(&other)).await,
        "INVALID"
    );
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [upload.id] });
    assert_eq!(carla.user_error("createTicket", open).await, "INVALID");
    carla.run("replyToTicket", reply(&ticket), "").await;
}

on_both!(files_on_notes_stay_inside, an_upload_is_its_uploaders);
