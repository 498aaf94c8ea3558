//! The whole way of a file.

use deskwire_tests::{
    World, on_both,
    uploads::{Announced, announcement, png},
};
use serde_json::{Value, json};

use crate::common::{People, next_message, text};

const FILES: &str =
    "attachments { id fileName contentType sizeBytes sha256 url inlineUrl problem }";

async fn a_file_comes_in_and_out(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let picture = png("what I see");
    let name = "Bildschirm\u{202e}foto \"№1\" 截图 🙈/..\\x.png";
    let upload = carla
        .announce(announcement(name, "image/png", &picture))
        .await;
    assert_eq!(upload.method, "PUT");
    assert_eq!(upload.send(&picture).await, 200);
    let input = json!({ "uploadId": upload.id });
    let done = carla.run(
        "completeUpload",
        input,
        "attachment { id fileName contentType sizeBytes url }",
    );
    let file = done.await["attachment"].clone();
    assert_eq!(file["fileName"], name);
    let input =
        json!({ "subject": "Broken", "description": "See there", "attachmentIds": [file["id"]] });
    let opened = carla
        .run("createTicket", input, &format!("ticket {{ id {FILES} }}"))
        .await;
    let ticket = text(&opened, "/ticket/id");
    let seen = &opened["ticket"]["attachments"];
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert_eq!(
        (&seen[0]["id"], &seen[0]["fileName"], &seen[0]["sizeBytes"]),
        (&file["id"], &json!(name), &json!(picture.len()))
    );
    // Staff fetch it: whole, under its name, and not as anything that a browser would run.
    let query = format!("query($id: ID!) {{ ticket(id: $id) {{ {FILES} }} }}");
    let shown =
        alice.get(&query, json!({ "id": ticket })).await["ticket"]["attachments"][0].clone();
    let answer = alice.fetch(&shown["url"]).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), 200);
    assert!(header("content-disposition").starts_with("attachment;"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(answer.bytes().await.unwrap(), picture);
    let answer = alice.fetch(&shown["inlineUrl"]).await;
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("inline"), "{disposition}");
    assert_eq!(answer.bytes().await.unwrap(), picture);
    // Alice answers with a text and a picture, in this order.
    let log = b"12:00 it broke\n".to_vec();
    let files = [
        alice.upload("server.log.txt", "text/plain", &log).await,
        alice.upload("b.png", "image/png", &picture).await,
    ];
    let mut socket = carla.socket().await;
    let follow = format!(
        "subscription($id: ID!) {{ ticket(id: $id) {{ kind message {{ {FILES} }} \
        ticket {{ attachments {{ id }} }} }} }}"
    );
    socket.subscribe(&follow, json!({ "id": ticket })).await;
    assert_eq!(socket.event("ticket").await["kind"], "READY");
    let input = json!({ "ticketId": ticket, "body": "Look", "attachmentIds": files });
    let reply = alice
        .run("replyToTicket", input, &format!("message {{ id {FILES} }}"))
        .await;
    let ids = |files: &Value| -> Vec<String> {
        files
            .as_array()
            .unwrap()
            .iter()
            .map(|file| text(file, "/id"))
            .collect()
    };
    assert_eq!(ids(&reply["message"]["attachments"]), files);
    assert_eq!(reply["message"]["attachments"][0]["inlineUrl"], Value::Null);
    let event = next_message(&mut socket).await;
    assert_eq!(ids(&event["message"]["attachments"]), files);
    assert_eq!(event["ticket"]["attachments"][0]["id"], file["id"]);
    let got = carla
        .fetch(&event["message"]["attachments"][0]["url"])
        .await;
    assert_eq!(got.bytes().await.unwrap(), log);
    // In the feed each stands where it came.
    let feed = "query($id: ID!) { ticket(id: $id) { attachments { id }
        messages { nodes { attachments { id } } }
        activity { nodes { kind attachments { id } message { attachments { id } } } } } }";
    let feed = carla.get(feed, json!({ "id": ticket })).await["ticket"].clone();
    assert_eq!(ids(&feed["messages"]["nodes"][0]["attachments"]), files);
    let of = |kind: &str| {
        let entries = feed["activity"]["nodes"].as_array().unwrap().iter();
        let mut entries = entries.filter(|entry| entry["kind"] == kind);
        entries.next().unwrap().clone()
    };
    assert_eq!(
        ids(&of("TICKET_CREATED")["attachments"]),
        [text(&file, "/id")]
    );
    assert_eq!(ids(&of("REPLY_ADDED")["attachments"]), files);
    assert_eq!(ids(&of("REPLY_ADDED")["message"]["attachments"]), files);
    // Relay finds it again by its id.
    let query = "query($id: ID!) { node(id: $id) { id ... on Attachment { fileName } } }";
    let node = carla.get(query, json!({ "id": files[0] })).await;
    assert_eq!(node["node"]["fileName"], "server.log.txt");
}

async fn a_repeated_request_is_answered_alike(world: World) {
    let People { carla, .. } = People::of(&world);
    let picture = png("once");
    let mut input = announcement("a.png", "image/png", &picture);
    input["idempotencyKey"] = json!("upload 1");
    let first = carla.announce(input.clone()).await;
    let again = carla.announce(input.clone()).await;
    assert_eq!(first.id, again.id);
    input["fileName"] = json!("b.png");
    assert_eq!(
        carla.user_error("createUpload", input.clone()).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    assert_eq!(again.send(&picture).await, 200);
    let complete = json!({ "uploadId": first.id });
    let selection = "attachment { id }";
    let done = carla
        .run("completeUpload", complete.clone(), selection)
        .await;
    let twice = carla.run("completeUpload", complete, selection).await;
    assert_eq!(done, twice);
    let open = json!({ "subject": "a", "description": "b", "idempotencyKey": "ticket 1",
        "attachmentIds": [done["attachment"]["id"]] });
    let selection = "ticket { id attachments { id } }";
    let opened = carla.run("createTicket", open.clone(), selection).await;
    assert_eq!(opened, carla.run("createTicket", open, selection).await);
    assert_eq!(
        opened["ticket"]["attachments"][0]["id"],
        done["attachment"]["id"]
    );
    // What is uploaded can be announced no more under that key.
    input["fileName"] = json!("a.png");
    assert_eq!(
        carla.user_error("createUpload", input).await,
        "UPLOAD_EXPIRED"
    );
}

/// A late reply opens a ticket of its own: what came with it is there, also what was announced for the
/// old one.
async fn a_follow_up_takes_the_files_of_its_reply(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Old").await;
    carla
        .run("closeTicket", json!({ "ticketId": ticket }), "")
        .await;
    world.clock.advance(chrono::TimeDelta::days(30));
    let file = carla.upload("a.png", "image/png", &png("new")).await;
    let picture = png("for the old one");
    let mut meant = announcement("b.png", "image/png", &picture);
    meant["ticketId"] = json!(ticket);
    let meant = carla.announce(meant).await;
    assert_eq!(meant.send(&picture).await, 200);
    carla
        .run("completeUpload", json!({ "uploadId": meant.id }), "")
        .await;
    let input = json!({ "ticketId": ticket, "body": "Again", "attachmentIds": [file, meant.id] });
    let selection = "ticket { id attachments { fileName } followUpOf { id attachments { id } } }";
    let opened = carla.run("replyToTicket", input, selection).await["ticket"].clone();
    let names = json!([{ "fileName": "a.png" }, { "fileName": "b.png" }]);
    assert_eq!(opened["attachments"], names);
    assert_eq!(
        opened["followUpOf"],
        json!({ "id": ticket, "attachments": [] })
    );
}

/// A name is a text and nothing else: it is no path, and comes back as it was.
async fn any_name_survives(world: World) {
    let People { carla, .. } = People::of(&world);
    let folder = world.config().data_dir.join("attachments");
    let names = [
        "../../../../etc/passwd",
        "..\\..\\windows\\system32",
        "/etc/passwd",
        "C:\\con.png",
        ".",
        "..",
        "quarantine",
        "%2e%2e%2f",
        "a;filename=b.exe",
        "\u{202e}gnp.exe",
        "👩🏽\u{200d}🚀 e\u{301}\u{fffe}\u{10ffff}𝕏.png",
        "العربية עברית 中文 日本語 한국어.png",
    ];
    for name in names {
        let file = carla.upload(name, "image/png", &png(name)).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Attachment { fileName url } } }";
        let node = carla.get(query, json!({ "id": file })).await["node"].clone();
        assert_eq!(node["fileName"], name);
        let answer = carla.fetch(&node["url"]).await;
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\""),
            "{disposition}"
        );
        assert_eq!(answer.bytes().await.unwrap(), png(name));
    }
    let mut places: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    places.sort();
    assert_eq!(places, ["kept", "quarantine"]);
}

/// The links end; a new question brings new ones.
async fn links_live_minutes(world: World) {
    let People { carla, .. } = People::of(&world);
    let picture = png("short");
    let upload = carla
        .announce(announcement("late.png", "image/png", &picture))
        .await;
    world.clock.advance(chrono::TimeDelta::minutes(16));
    assert!((400..500).contains(&upload.send(&picture).await));
    let file = carla.upload("a.png", "image/png", &picture).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Attachment { url } } }";
    let links = || carla.get(query, json!({ "id": file }));
    let old = links().await["node"]["url"].clone();
    assert_eq!(carla.fetch(&old).await.status(), 200);
    world.clock.advance(chrono::TimeDelta::minutes(6));
    let status = carla.fetch(&old).await.status().as_u16();
    assert!((400..500).contains(&status), "{status}");
    assert_eq!(
        carla.fetch(&links().await["node"]["url"]).await.status(),
        200
    );
    // A link to fetch is none to send to, and the other way round.
    let turned = Announced {
        url: text(&links().await["node"], "/url"),
        ..upload.clone()
    };
    assert!((400..500).contains(&turned.send(&picture).await));
    let status = carla.fetch(&json!(upload.url)).await.status().as_u16();
    assert!((400..500).contains(&status), "{status}");
}

on_both!(
    a_file_comes_in_and_out,
    a_repeated_request_is_answered_alike,
    a_follow_up_takes_the_files_of_its_reply,
    any_name_survives,
    links_live_minutes,
);
