//! A server that is killed between upload, completion and move: nothing is lost, and nothing can be
//! seen that was not checked.

use std::time::Duration;

use deskwire_tests::{
    Client, Person, World, on_both,
    uploads::{Announced, announcement, png},
};
use rand::RngExt;
use serde_json::json;

const ROUNDS: usize = 12;

/// Announces, sends and completes, as far as it gets.
async fn upload(carla: Client, bytes: Vec<u8>, announced: Announced) {
    let http = announced.request(&bytes).send().await;
    if !http.is_ok_and(|answer| answer.status() == 200) {
        return;
    }
    let query = "mutation($input: CompleteUploadInput!) { completeUpload(input: $input) {
        attachment { id } userErrors { code } } }";
    let input = json!({ "input": { "uploadId": announced.id } });
    let _ = carla.send(query, input).await;
}

async fn a_killed_server_loses_nothing(world: World) {
    let carla = world.client(Person::Carla);
    let mut rng = rand::rng();
    let mut hit = 0;
    for round in 0..ROUNDS {
        let server = world.process().await;
        let at = carla.at(server.base());
        // Large enough that the kill falls into the midst of something.
        let bytes = [png(&round.to_string()), vec![round as u8; 3 << 20]].concat();
        let announced = at
            .announce(announcement("a.png", "image/png", &bytes))
            .await;
        let running = tokio::spawn(upload(at, bytes.clone(), announced.clone()));
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
        server.kill().await;
        hit += usize::from(!running.is_finished());
        running.await.unwrap();
        // Whatever had happened, the client begins where it does not know, and gets there.
        let server = world.process().await;
        let at = carla.at(server.base());
        let complete = json!({ "uploadId": announced.id });
        let mut payload = at
            .attempt("completeUpload", complete.clone(), "attachment { url }")
            .await;
        if payload["userErrors"][0]["code"] == "UPLOAD_INCOMPLETE" {
            let again = announced.url.split_once("/attachments/").unwrap().1;
            let again = Announced {
                url: format!("{}/attachments/{again}", server.base()),
                ..announced
            };
            assert_eq!(again.send(&bytes).await, 200);
            payload = at
                .attempt("completeUpload", complete, "attachment { url }")
                .await;
        }
        let got = at.fetch(&payload["attachment"]["url"]).await;
        assert!(
            got.bytes().await.unwrap() == bytes,
            "other bytes in round {round}"
        );
        server.kill().await;
    }
    println!("{hit} of {ROUNDS} kills fell into the midst of an upload");
}

/// The moment between the move and the note of it: the file is kept, and nobody can use it.
async fn moved_and_not_noted(world: World) {
    use sea_orm::ConnectionTrait;
    let carla = world.client(Person::Carla);
    let picture = png("moved");
    let file = carla.upload("a.png", "image/png", &picture).await;
    let sql = "UPDATE attachment SET state = 'PENDING', checked_at = NULL";
    world
        .server()
        .desk()
        .db()
        .admin()
        .execute_unprepared(sql)
        .await
        .unwrap();
    let node = "query($id: ID!) { node(id: $id) { ... on Attachment { url } } }";
    assert_eq!(
        carla.get(node, json!({ "id": file })).await["node"],
        json!(null)
    );
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [file] });
    assert_eq!(
        carla.user_error("createTicket", open.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    let done = json!({ "uploadId": file });
    let done = carla
        .run("completeUpload", done, "attachment { url }")
        .await;
    let got = carla.fetch(&done["attachment"]["url"]).await;
    assert_eq!(got.bytes().await.unwrap(), picture);
    carla.run("createTicket", open, "").await;
}

on_both!(a_killed_server_loses_nothing, moved_and_not_noted);
