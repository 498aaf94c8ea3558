//! What can be done wrong with files, and that nothing is lost by it.

use deskwire_tests::{
    World, on_both,
    uploads::{Announced, announcement, png},
};
use serde_json::{Value, json};

use crate::common::{People, total};

async fn what_cannot_be_announced(world: World) {
    let People { carla, .. } = People::of(&world);
    let good = || announcement("a.png", "image/png", b"x");
    let bad = [
        ("fileName", json!(""), "REQUIRED"),
        ("fileName", json!("x".repeat(201)), "TOO_LONG"),
        ("fileName", json!("a\u{0}b"), "INVALID"),
        ("fileName", json!("a\nb"), "INVALID"),
        ("contentType", json!("text/html"), "INVALID"),
        ("contentType", json!("image/svg+xml"), "INVALID"),
        ("contentType", json!("image/png; charset=x"), "INVALID"),
        ("contentType", json!(""), "INVALID"),
        ("sizeBytes", json!(0), "INVALID"),
        ("sizeBytes", json!(-1), "INVALID"),
        ("sizeBytes", json!(104_857_601), "TOO_LARGE"),
        ("sha256", json!("abc"), "INVALID"),
        ("sha256", json!("z".repeat(64)), "INVALID"),
        ("ticketId", json!("nothing"), "NOT_FOUND"),
    ];
    for (field, value, code) in bad {
        let mut input = good();
        input[field] = value;
        let payload = carla.attempt("createUpload", input, "upload { id }").await;
        assert_eq!(payload["upload"], Value::Null, "{field}");
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &json!([field])),
            "{error}"
        );
    }
    // Everything that is wrong is said at once.
    let input = json!({ "fileName": "", "contentType": "x/y", "sizeBytes": 0, "sha256": "" });
    let payload = carla.attempt("createUpload", input, "").await;
    assert_eq!(payload["userErrors"].as_array().unwrap().len(), 4);
}

async fn what_is_not_completed_is_not_attached(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let picture = png("late");
    let upload = carla
        .announce(announcement("a.png", "image/png", &picture))
        .await;
    let complete = json!({ "uploadId": upload.id });
    assert_eq!(
        carla.user_error("completeUpload", complete.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [upload.id] });
    assert_eq!(
        carla.user_error("createTicket", open.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    assert_eq!(total(&alice, "queue").await, 0);
    assert_eq!(upload.send(&picture).await, 200);
    assert_eq!(
        carla.user_error("createTicket", open.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    carla.run("completeUpload", complete, "").await;
    carla.run("createTicket", open.clone(), "").await;
    // Once is enough.
    assert_eq!(carla.user_error("createTicket", open).await, "TAKEN");
    assert_eq!(total(&alice, "queue").await, 1);
    for id in [
        "nothing",
        &crate::common::missing("Attachment"),
        &crate::common::missing("Upload"),
    ] {
        let open = json!({ "subject": "a", "description": "b", "attachmentIds": [id] });
        assert_eq!(carla.user_error("createTicket", open).await, "NOT_FOUND");
        assert_eq!(
            carla
                .user_error("completeUpload", json!({ "uploadId": id }))
                .await,
            "NOT_FOUND"
        );
    }
    let many = vec![upload.id; 21];
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": many });
    assert_eq!(carla.user_error("createTicket", open).await, "TOO_LONG");
}

/// One bad file, and nothing of the reply is written; the good one can be used afterwards.
async fn all_or_nothing(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Broken").await;
    let before = crate::common::state(&carla, &ticket).await;
    let good = carla.upload("good.png", "image/png", &png("good")).await;
    let bad = carla
        .announce(announcement("bad.png", "image/png", b"?"))
        .await
        .id;
    let reply = |files: &[&str]| json!({ "ticketId": ticket, "body": "b", "attachmentIds": files });
    let payload = carla
        .attempt("replyToTicket", reply(&[&good, &bad]), "message { id }")
        .await;
    assert_eq!(payload["userErrors"][0]["code"], "UPLOAD_INCOMPLETE");
    let message = payload["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.contains("bad.png"), "{message}");
    assert_eq!(crate::common::state(&carla, &ticket).await, before);
    let twice = reply(&[&good, &good]);
    assert_eq!(carla.user_error("replyToTicket", twice).await, "INVALID");
    let payload = carla.run(
        "replyToTicket",
        reply(&[&good]),
        "message { attachments { id } }",
    );
    assert_eq!(
        payload.await["message"]["attachments"],
        json!([{ "id": good }])
    );
}

/// The bytes that were announced, no others, and only once.
async fn other_bytes_are_refused(world: World) {
    let People { carla, .. } = People::of(&world);
    let picture = png("the right one");
    let input = announcement("a.png", "image/png", &picture);
    let upload = carla.announce(input).await;
    let mut changed = picture.clone();
    *changed.last_mut().unwrap() ^= 1;
    let refused = |status: u16| (400..500).contains(&status);
    assert!(refused(upload.send(&changed).await));
    assert!(refused(upload.send(&picture[1..]).await));
    assert!(refused(
        upload.send(&[&picture[..], b"more"].concat()).await
    ));
    let html = Announced {
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        ..upload.clone()
    };
    assert!(refused(html.send(&picture).await));
    let complete = json!({ "uploadId": upload.id });
    assert_eq!(
        carla.user_error("completeUpload", complete.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    // None of that spoilt it.
    assert_eq!(upload.send(&picture).await, 200);
    assert!(refused(upload.send(&picture).await));
    let done = carla
        .run("completeUpload", complete, "attachment { url }")
        .await;
    assert!(refused(upload.send(&picture).await));
    let got = carla.fetch(&done["attachment"]["url"]).await;
    assert_eq!(got.bytes().await.unwrap(), picture);
}

/// The type is what the bytes say, not what is announced.
async fn the_content_decides(world: World) {
    let People { carla, .. } = People::of(&world);
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0".to_vec();
    let pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj".to_vec();
    for (content_type, bytes) in [
        ("image/png", html.clone()),
        ("image/png", pdf.clone()),
        ("image/jpeg", png("not a jpeg")),
        ("application/pdf", program.clone()),
        ("text/plain", html),
        ("text/plain", svg),
        ("text/plain", program),
        ("text/csv", png("not a table")),
    ] {
        let upload = carla
            .announce(announcement("a.bin", content_type, &bytes))
            .await;
        assert_eq!(upload.send(&bytes).await, 200);
        let complete = json!({ "uploadId": upload.id });
        let payload = carla
            .attempt("completeUpload", complete.clone(), "attachment { id }")
            .await;
        assert_eq!(
            payload["userErrors"][0]["code"], "UPLOAD_REFUSED",
            "{content_type} {payload}"
        );
        assert_eq!(payload["attachment"], Value::Null);
        // It stays refused, its link is used up, and it is on no ticket.
        assert!((400..500).contains(&upload.send(&bytes).await));
        assert_eq!(
            carla.user_error("completeUpload", complete).await,
            "UPLOAD_REFUSED"
        );
        let open = json!({ "subject": "a", "description": "b", "attachmentIds": [upload.id] });
        assert_eq!(
            carla.user_error("createTicket", open).await,
            "UPLOAD_REFUSED"
        );
    }
    for (content_type, bytes) in [
        ("application/pdf", pdf),
        ("text/plain", "Grüße, مرحبا\n".as_bytes().to_vec()),
        ("text/csv", b"a,b\n1,2\n".to_vec()),
    ] {
        carla.upload("good", content_type, &bytes).await;
    }
}

/// Nobody fills the storage with what is attached to nothing.
async fn there_is_an_end_to_it(world: World) {
    let People { carla, otto, .. } = People::of(&world);
    for _ in 0..50 {
        carla
            .announce(announcement("a.png", "image/png", b"x"))
            .await;
    }
    let one_more = announcement("a.png", "image/png", b"x");
    assert_eq!(
        carla.user_error("createUpload", one_more.clone()).await,
        "LIMIT_REACHED"
    );
    otto.announce(one_more).await;
    for _ in 0..9 {
        let mut large = announcement("a.png", "image/png", b"x");
        large["sizeBytes"] = json!(104_857_600);
        otto.announce(large).await;
    }
    let mut large = announcement("a.png", "image/png", b"x");
    large["sizeBytes"] = json!(104_857_600);
    assert_eq!(
        otto.user_error("createUpload", large).await,
        "LIMIT_REACHED"
    );
}

on_both!(
    what_cannot_be_announced,
    what_is_not_completed_is_not_attached,
    all_or_nothing,
    other_bytes_are_refused,
    the_content_decides,
    there_is_an_end_to_it,
);
