//! Uploads that nobody completed or attached are deleted; all others stay.

use std::path::Path;

use chrono::TimeDelta;
use deskwire_tests::{
    World, on_both,
    uploads::{announcement, png},
};
use domain::attachment::SweepReport;
use entity::JobOutcome;
use serde_json::{Value, json};

use crate::common::People;

async fn sweep(world: &World) -> SweepReport {
    let sweeper = world.server().desk().upload_sweeper().unwrap();
    let report = sweeper.run(None).await;
    sweeper.record(&report).await.unwrap();
    assert_eq!(
        (report.outcome, report.left),
        (JobOutcome::Done, 0),
        "{report:?}"
    );
    report
}

/// How many files lie in the folder, wherever.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

async fn what_nobody_wants_goes(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let folder = world.config().data_dir.join("attachments");
    let picture = png("kept");
    let kept = carla.upload("kept.png", "image/png", &picture).await;
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [kept] });
    carla.run("createTicket", open, "").await;
    let lone = carla.upload("lone.png", "image/png", &png("lone")).await;
    let begun = carla
        .announce(announcement("begun.png", "image/png", &picture))
        .await;
    assert_eq!(begun.send(&picture).await, 200);
    let never = carla
        .announce(announcement("never.png", "image/png", &picture))
        .await;
    let wrong = carla
        .announce(announcement("wrong.png", "image/png", b"no picture"))
        .await;
    assert_eq!(wrong.send(b"no picture").await, 200);
    let complete = |id: &str| json!({ "uploadId": id });
    assert_eq!(
        carla
            .user_error("completeUpload", complete(&wrong.id))
            .await,
        "UPLOAD_REFUSED"
    );
    assert!(!sweep(&world).await.did_something());
    // It may have begun at the last moment, so it can be completed a while longer.
    world.clock.advance(TimeDelta::minutes(60));
    assert!(!sweep(&world).await.did_something());
    assert_eq!(
        carla
            .user_error("completeUpload", complete(&never.id))
            .await,
        "UPLOAD_EXPIRED"
    );
    world.clock.advance(TimeDelta::minutes(16));
    let report = sweep(&world).await;
    assert_eq!((report.expired, report.deleted), (2, 3), "{report:?}");
    for upload in [&begun, &never, &wrong] {
        assert_eq!(
            carla
                .user_error("completeUpload", complete(&upload.id))
                .await,
            "NOT_FOUND"
        );
    }
    let node = "query($id: ID!) { node(id: $id) { ... on Attachment { url } } }";
    let lone_before = carla.get(node, json!({ "id": lone })).await;
    assert_eq!(carla.fetch(&lone_before["node"]["url"]).await.status(), 200);
    world.clock.advance(TimeDelta::hours(23));
    let report = sweep(&world).await;
    assert_eq!((report.expired, report.deleted), (1, 1), "{report:?}");
    assert_eq!(
        carla.get(node, json!({ "id": lone })).await["node"],
        Value::Null
    );
    let open = json!({ "subject": "a", "description": "b", "attachmentIds": [lone] });
    assert_eq!(carla.user_error("createTicket", open).await, "NOT_FOUND");
    // What is on a ticket stays, for ever.
    world.clock.advance(TimeDelta::days(3_000));
    sweep(&world).await;
    assert_eq!(files(&folder), 1);
    let link = alice.get(node, json!({ "id": kept })).await;
    assert_eq!(
        alice
            .fetch(&link["node"]["url"])
            .await
            .bytes()
            .await
            .unwrap(),
        picture
    );
    let jobs = "{ jobs(first: 1) { nodes { job outcome failed } } }";
    let job = alice.get(jobs, json!({})).await["jobs"]["nodes"][0].clone();
    assert_eq!(
        (&job["job"], &job["outcome"]),
        (&json!("UPLOAD_SWEEP"), &json!("DONE"))
    );
}

/// A storage that does not work: the run fails, says so, and the next one makes it good.
async fn what_cannot_be_deleted_waits(world: World) {
    let People { carla, .. } = People::of(&world);
    carla.upload("lone.png", "image/png", &png("lone")).await;
    world.clock.advance(TimeDelta::hours(25));
    let folder = world.config().data_dir.join("attachments");
    let aside = world.config().data_dir.join("aside");
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "not a folder").unwrap();
    let sweeper = world.server().desk().upload_sweeper().unwrap();
    let report = sweeper.run(None).await;
    assert_eq!((report.outcome, report.deleted), (JobOutcome::Failed, 0));
    assert!(report.error.is_some());
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    assert_eq!(sweep(&world).await.deleted, 1);
    assert_eq!(files(&folder), 0);
}

/// Many sweeps at once, while people attach: nothing that was attached goes.
async fn sweeps_and_attaching_do_not_meet(world: World) {
    let People { carla, .. } = People::of(&world);
    let picture = png("raced");
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(carla.upload("a.png", "image/png", &picture).await);
    }
    world
        .clock
        .advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    let sweeper = world.server().desk().upload_sweeper().unwrap();
    let sweeps = futures_util::future::join_all((0..4).map(|_| sweeper.run(None)));
    let attach = ids.iter().map(|id| {
        let open = json!({ "subject": "a", "description": "b", "attachmentIds": [id] });
        carla.attempt("createTicket", open, "ticket { attachments { url } }")
    });
    let (_, tickets) = tokio::join!(sweeps, futures_util::future::join_all(attach));
    sweep(&world).await;
    let mut attached = 0;
    for payload in tickets {
        if let Some(file) = payload["ticket"]["attachments"].get(0) {
            attached += 1;
            let got = carla.fetch(&file["url"]).await;
            assert_eq!(got.bytes().await.unwrap(), picture);
        } else {
            let code = payload["userErrors"][0]["code"].as_str().unwrap();
            assert!(["UPLOAD_EXPIRED", "NOT_FOUND"].contains(&code), "{payload}");
        }
    }
    let folder = world.config().data_dir.join("attachments");
    assert_eq!(files(&folder), attached);
}

on_both!(
    what_nobody_wants_goes,
    what_cannot_be_deleted_waits,
    sweeps_and_attaching_do_not_meet,
);
