//! The examples of the docs work as they are written down.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::Scene;
use crate::common::text;

const REVIEWS: &str = include_str!("../../../docs/reviews.md");

async fn the_examples_work(world: World) {
    let scene = Scene::new(world);
    scene.some(&scene.people.alice, 3).await;
    let blocks = REVIEWS.split("```graphql\n").skip(1);
    let documents: Vec<_> = blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect();
    let [draw, open, review, figures] = documents[..] else {
        panic!("docs/reviews.md has other examples");
    };
    let susan = &scene.people.susan;
    let drawn = susan.get(draw, json!({})).await["drawReviewSample"].clone();
    assert_eq!(drawn["userErrors"], json!([]));
    assert_eq!(
        (&drawn["sample"]["matching"], &drawn["sample"]["found"]),
        (&json!(3), &json!(3))
    );
    let sample = text(&drawn, "/sample/id");
    let left = susan.get(open, json!({ "sample": sample })).await;
    let left = left["node"]["items"]["nodes"].as_array().unwrap().clone();
    assert_eq!(left.len(), 3);
    let of = json!({ "sample": sample, "ticket": left[0]["ticket"]["id"] });
    let done = susan.get(review, of).await["reviewTicket"].clone();
    assert_eq!(done["userErrors"], json!([]));
    assert_eq!(done["item"]["reviews"][0]["reviewer"]["name"], "Susan");
    let seen = susan.get(figures, json!({})).await["reviewSamples"].clone();
    assert_eq!(seen["nodes"][0]["progress"]["reviewed"], 1);
}

on_both!(the_examples_work);

/// The command that the docs give works a ticket's number out as the server does.
#[test]
fn the_documented_hash() {
    let ticket = entity::TicketId("01900000-0000-7000-8000-000000000000".parse().unwrap());
    let number = format!("{:032x}", domain::review::draw::number(42, ticket));
    assert!(REVIEWS.contains(&number), "{number}");
}
