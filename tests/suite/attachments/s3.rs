//! The whole way with S3: what the API hands out is good for a service that checks signatures.

use deskwire_tests::{
    Person, World, on_both,
    s3::Bucket,
    uploads::{Announced, announcement, png},
};
use serde_json::json;

async fn a_file_goes_by_s3(world: World) {
    let bucket = Bucket::start().await;
    let server = world.process_with(&bucket.env()).await;
    let carla = world.client(Person::Carla).at(server.base());
    let picture = png("in a bucket");
    let name = "Größe \"№1\" 截图.png";
    let upload = carla
        .announce(announcement(name, "image/png", &picture))
        .await;
    let refused = |status: u16| (400..500).contains(&status);
    // Whatever is changed of the request, it is not taken.
    let mut other = picture.clone();
    *other.last_mut().unwrap() ^= 1;
    assert!(refused(upload.send(&picture[1..]).await));
    assert!(refused(
        upload.send(&[&picture[..], b"more"].concat()).await
    ));
    for (name, value) in [("content-type", "text/html"), ("if-none-match", "\"x\"")] {
        let mut changed = upload.clone();
        changed
            .headers
            .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        assert!(
            changed.headers.len() < upload.headers.len(),
            "{:?}",
            upload.headers
        );
        assert!(refused(changed.send(&picture).await), "without {name}");
        changed.headers.push((name.to_owned(), value.to_owned()));
        assert!(refused(changed.send(&picture).await), "another {name}");
    }
    let longer = Announced {
        url: upload.url.replace("X-Amz-Expires=", "X-Amz-Expires=1"),
        ..upload.clone()
    };
    assert_ne!(longer.url, upload.url);
    assert!(refused(longer.send(&picture).await));
    assert_eq!(
        (bucket.objects("quarantine"), bucket.objects("kept")),
        (0, 0)
    );
    let complete = json!({ "uploadId": upload.id });
    assert_eq!(
        carla.user_error("completeUpload", complete.clone()).await,
        "UPLOAD_INCOMPLETE"
    );
    // The right one is, once.
    assert_eq!(upload.send(&picture).await, 200);
    assert!(refused(upload.send(&picture).await));
    let done = carla
        .run(
            "completeUpload",
            complete,
            "attachment { id url inlineUrl }",
        )
        .await;
    assert!(refused(upload.send(&picture).await));
    assert_eq!(bucket.objects("kept"), 1);
    let file = &done["attachment"];
    let answer = carla.fetch(&file["url"]).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").starts_with("attachment;"));
    assert!(header("content-disposition").contains("%E6%88%AA%E5%9B%BE"));
    assert_eq!(answer.bytes().await.unwrap(), picture);
    let shown = carla.fetch(&file["inlineUrl"]).await;
    assert_eq!(shown.headers()["content-type"], "image/png");
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [file["id"]] });
    carla
        .run("createTicket", open, "ticket { attachments { url } }")
        .await;
    // Bytes of another kind than announced are seen when it is completed, and do not stay.
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();
    let upload = carla
        .announce(announcement("a.png", "image/png", &html))
        .await;
    assert_eq!(upload.send(&html).await, 200);
    let complete = json!({ "uploadId": upload.id });
    assert_eq!(
        carla.user_error("completeUpload", complete).await,
        "UPLOAD_REFUSED"
    );
    assert_eq!(bucket.objects("kept"), 1);
    server.kill().await;
}

on_both!(a_file_goes_by_s3);
