//! The embedded default: the server runs the job itself, and tells Prometheus.

use deskwire_tests::{Backend, World, eventually};
use serde_json::json;

use super::scene::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_the_job_itself() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.sla_interval_seconds = 1;
        config.metrics_bind = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let scene = Scene::new(world);
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 12:00");
    eventually("the server escalates", async || {
        scene.ticket(&ticket).await["escalated"] == true
    })
    .await;
    let query = "{ jobs { nodes { outcome fired { kind level count } } } }";
    let fired = json!([{ "kind": "FIRST_RESPONSE", "level": "100%", "count": 1 }]);
    eventually("the run is on record", async || {
        let jobs = scene.people.alice.get(query, json!({})).await;
        let runs = jobs["jobs"]["nodes"].as_array().unwrap().clone();
        runs.iter().any(|run| run["fired"] == fired)
    })
    .await;
    let address = scene.world.server().metrics_address().unwrap();
    let page = async || {
        let http = scene.people.alice.http();
        let page = http.get(format!("http://{address}/metrics")).send().await;
        page.unwrap().text().await.unwrap()
    };
    let line = "deskwire_sla_timers_fired_total{kind=\"FIRST_RESPONSE\",level=\"100%\"} 1";
    let page = page().await;
    assert!(page.contains(line), "{page}");
    assert!(page.contains("deskwire_sla_lag_seconds 0"), "{page}");
    // Not where clients are.
    let http = scene.people.alice.http();
    let answer = http.get(format!("{}/metrics", scene.world.base())).send();
    assert_eq!(answer.await.unwrap().status(), 404);
}

/// A server that leaves the job to others says how late they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tells_how_late_the_job_is() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.metrics_bind = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let scene = Scene::new(world);
    scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 12:00");
    let address = scene.world.server().metrics_address().unwrap();
    let http = scene.people.alice.http();
    let page = http.get(format!("http://{address}/metrics")).send().await;
    let page = page.unwrap().text().await.unwrap();
    // Since 80 % of two hours.
    assert!(page.contains("deskwire_sla_lag_seconds 5040"), "{page}");
}
