//! Attachments of a page cost two statements, however long the page is.

use deskwire_tests::{World, on_both, uploads::png};
use serde_json::json;

use crate::common::People;

const PAGE: &str =
    "query($first: Int) { queue(first: $first) { nodes { subject attachments { id fileName }
    messages(first: 5) { nodes { body attachments { id fileName } } } } } }";
const WITHOUT: &str = "query($first: Int) { queue(first: $first) { nodes { subject
    messages(first: 5) { nodes { body } } } } }";

async fn a_page_of_attachments_costs_two_statements(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    for number in 0..12 {
        let file = carla
            .upload("a.png", "image/png", &png(&number.to_string()))
            .await;
        let open = json!({ "subject": "a", "description": "b", "attachmentIds": [file] });
        let ticket = carla.run("createTicket", open, "ticket { id }").await;
        for _ in 0..2 {
            let file = carla.upload("b.png", "image/png", &png("b")).await;
            let reply =
                json!({ "ticketId": ticket["ticket"]["id"], "body": "b", "attachmentIds": [file] });
            carla.run("replyToTicket", reply, "").await;
        }
    }
    let cost = async |query: &str, first: usize| {
        // The follower of the log may poll in between.
        let mut least = u64::MAX;
        for _ in 0..3 {
            let before = world.statements();
            let page = alice.get(query, json!({ "first": first })).await;
            least = least.min(world.statements() - before);
            for node in page["queue"]["nodes"].as_array().unwrap() {
                if let Some(files) = node["attachments"].as_array() {
                    assert_eq!(files.len(), 1);
                    let messages = node["messages"]["nodes"].as_array().unwrap();
                    assert!(
                        messages
                            .iter()
                            .all(|m| m["attachments"][0]["fileName"] == "b.png")
                    );
                }
            }
        }
        least
    };
    alice.get(PAGE, json!({ "first": 1 })).await;
    let (without, few, many) = (
        cost(WITHOUT, 12).await,
        cost(PAGE, 2).await,
        cost(PAGE, 12).await,
    );
    assert_eq!((few, many), (without + 2, without + 2));
}

on_both!(a_page_of_attachments_costs_two_statements);
