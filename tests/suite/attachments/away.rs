//! S3 that is not there: tickets and replies go on, and files say why they do not.

use deskwire_tests::{Person, World, on_both, uploads::announcement};
use serde_json::json;

/// What leads a server to an S3 that is not there.
fn away(nowhere: &str) -> [(&str, &str); 5] {
    [
        ("DESKWIRE_ATTACHMENTS", "s3://desk"),
        ("AWS_ENDPOINT_URL", nowhere),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]
}

async fn the_desk_works_without_its_storage(world: World) {
    // Nothing listens there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = world.process_with(&away(&nowhere)).await;
    let carla = world.client(Person::Carla).at(server.base());
    let upload = carla
        .announce(announcement("a.png", "image/png", b"x"))
        .await;
    let complete = json!({ "uploadId": upload.id });
    let payload = carla.attempt("completeUpload", complete.clone(), "").await;
    assert_eq!(
        payload["userErrors"][0]["code"], "STORAGE_UNAVAILABLE",
        "{payload}"
    );
    let ticket = carla.open_ticket("Without a file").await;
    let reply = json!({ "ticketId": ticket, "body": "Still there?" });
    carla
        .run("replyToTicket", reply, "message { attachments { id } }")
        .await;
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [upload.id] });
    assert_eq!(
        carla.user_error("createTicket", open).await,
        "UPLOAD_INCOMPLETE"
    );
    // Nothing was decided about the file.
    assert_eq!(
        carla.user_error("completeUpload", complete).await,
        "STORAGE_UNAVAILABLE"
    );
    server.kill().await;
    // A desk without attachments says so too, and shows those that it had.
    let server = world.process_with(&[("DESKWIRE_ATTACHMENTS", "off")]).await;
    let carla = carla.at(server.base());
    let input = announcement("a.png", "image/png", b"x");
    assert_eq!(
        carla.user_error("createUpload", input).await,
        "STORAGE_UNAVAILABLE"
    );
    carla.open_ticket("Without a file").await;
    server.kill().await;
}

/// A file that is there, on a server that cannot fetch it: everything but the link is shown.
async fn what_cannot_be_fetched_is_still_shown(world: World) {
    let carla = world.client(Person::Carla);
    let file = carla
        .upload("a.png", "image/png", &deskwire_tests::uploads::png("a"))
        .await;
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [file] });
    let ticket = carla.run("createTicket", open, "ticket { id }").await;
    let id = ticket["ticket"]["id"].clone();
    let server = world.process_with(&[("DESKWIRE_ATTACHMENTS", "off")]).await;
    let carla = carla.at(server.base());
    let query = "query($id: ID!) { ticket(id: $id) { subject attachments { fileName url inlineUrl problem } } }";
    let ticket = carla.get(query, json!({ "id": id })).await["ticket"].clone();
    let shown = &ticket["attachments"][0];
    assert_eq!(
        (&shown["fileName"], &shown["url"]),
        (&json!("a.png"), &json!(null))
    );
    assert!(shown["problem"].as_str().unwrap().len() > 20);
    server.kill().await;
    // With S3, a link is made without asking S3: until it is known that nothing is there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = world.process_with(&away(&nowhere)).await;
    let carla = carla.at(server.base());
    let upload = carla
        .announce(announcement("b.png", "image/png", b"x"))
        .await;
    let complete = json!({ "uploadId": upload.id });
    assert_eq!(
        carla.user_error("completeUpload", complete).await,
        "STORAGE_UNAVAILABLE"
    );
    let again = carla.get(query, json!({ "id": id })).await["ticket"].clone();
    let shown = &again["attachments"][0];
    assert_eq!(
        (&shown["url"], &shown["problem"].is_string()),
        (&json!(null), &true)
    );
    let input = announcement("c.png", "image/png", b"x");
    assert_eq!(
        carla.user_error("createUpload", input).await,
        "STORAGE_UNAVAILABLE"
    );
    server.kill().await;
}

on_both!(
    the_desk_works_without_its_storage,
    what_cannot_be_fetched_is_still_shown
);
