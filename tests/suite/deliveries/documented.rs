//! The examples of the docs work as they are written down.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::Parcel;
use crate::common::{People, text};

const EVENTS: &str = include_str!("../../../docs/events.md");

async fn the_examples_work(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let (_, section) = EVENTS.split_once("\n## Running webhooks\n").unwrap();
    let blocks = section.split("```graphql\n").skip(1);
    let documents: Vec<_> = blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect();
    let [connect, rotate, dead, retry] = documents[..] else {
        panic!("docs/events.md has other examples");
    };
    let made = susan.get(connect, json!({})).await["upsertWebhookEndpoint"].clone();
    assert_eq!(made["userErrors"], json!([]));
    let id = text(&made, "/endpoint/id");
    let rotated = susan.get(rotate, json!({ "endpoint": id })).await;
    let rotated = &rotated["rotateWebhookSecret"];
    assert_eq!(rotated["endpoint"]["secretsCount"], 2);
    assert_ne!(rotated["secret"], made["secret"]);

    let ticket = carla.open_ticket("Mine").await;
    let parcel = Parcel::to_endpoint(&world, &id, &ticket).posted().await;
    let list = alice.get(dead, json!({})).await["deliveries"].clone();
    assert_eq!(list["totalCount"], 1);
    assert_eq!(list["nodes"][0]["ticket"]["number"], "SUP-00001");
    let retried = alice.get(retry, json!({ "ids": [parcel] })).await;
    assert_eq!(
        retried["retryDeliveries"]["deliveries"][0]["state"],
        "PENDING"
    );
    assert_eq!(
        alice.get(dead, json!({})).await["deliveries"]["totalCount"],
        0
    );
}

on_both!(the_examples_work);
