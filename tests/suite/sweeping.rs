//! The embedded default: the server sweeps uploads itself, and tells Prometheus.

use chrono::TimeDelta;
use deskwire_tests::{Backend, World, eventually};

use crate::job_once::{files, upload};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_sweeps_uploads() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.upload_sweep_seconds = 1;
        config.metrics_bind = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    upload(&world, "never completed", false).await;
    upload(&world, "never attached", true).await;
    world.clock.advance(TimeDelta::hours(2));
    let http = world.anonymous();
    let address = world.server().metrics_address().unwrap();
    let page = async || {
        let page = http.http().get(format!("http://{address}/metrics"));
        page.send().await.unwrap().text().await.unwrap()
    };
    let says = async |line: &str| page().await.lines().any(|said| said == line);
    // For an hour after its time an upload may still be completed, for a day it may be attached.
    eventually("the one that was not completed is gone", async || {
        says("deskwire_uploads_deleted_total 1").await
    })
    .await;
    assert_eq!(files(world.config()).len(), 1);
    world.clock.advance(TimeDelta::hours(23));
    eventually("the one that was not attached is gone", async || {
        says("deskwire_uploads_deleted_total 2").await
    })
    .await;
    assert!(files(world.config()).is_empty());
    assert!(says("deskwire_uploads_expired_total 2").await);
    let page = page().await;
    assert!(
        page.contains("deskwire_upload_sweeps_total{outcome=\"DONE\"}"),
        "{page}"
    );
}
