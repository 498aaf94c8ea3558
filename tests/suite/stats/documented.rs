//! The examples of docs/api.md work as they are written down.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::{Job, Scene};

const API: &str = include_str!("../../../docs/api.md");

async fn the_examples_work(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let (_, section) = API.split_once("\n## Statistics\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```graphql\n").skip(1);
    let documents: Vec<_> = blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect();
    let [dashboard, behind, aim] = documents[..] else {
        panic!("docs/api.md has other examples");
    };
    let susan = &scene.desk.people.susan;
    // Two days in Berlin.
    let time = json!({ "from": "2026-03-03T23:00:00Z", "to": "2026-03-05T23:00:00Z" });
    let found = susan.get(dashboard, time.clone()).await["stats"].clone();
    assert_eq!(found["totals"]["created"], 9);
    assert_eq!(found["previous"]["figures"]["created"], 3);
    assert_eq!(found["days"].as_array().unwrap().len(), 2);
    assert_eq!(found["groups"][0]["name"], "Buying");
    assert_eq!(found["totals"]["compliance"]["target"]["isMet"], false);
    let found = susan.get(behind, time).await["statsEntries"].clone();
    assert_eq!(found["totalCount"], 2);
    assert_eq!(found["nodes"][0]["ticket"]["subject"], "C");
    let found = susan.get(aim, json!({})).await["updateStatsSettings"].clone();
    assert_eq!(found["userErrors"], json!([]));
    assert_eq!(found["settings"]["timeZone"], "Europe/Berlin");
}

on_both!(the_examples_work);
