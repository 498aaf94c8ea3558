//! A page of samples costs the same, however many there are and however long they are.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::{ITEM, SAMPLE, Scene};
use crate::common::text;

async fn a_page_costs_the_same(world: World) {
    let scene = Scene::new(world);
    let susan = &scene.people.susan;
    let team = json!({ "name": "Returns", "memberIds": [] });
    let team = susan.run("upsertTeam", team, "team { id }").await;
    let agent = scene.people.alice.id().await;
    let query = format!(
        "{{ reviewSamples {{ totalCount nodes {{ {SAMPLE} items(first: 20) {{ totalCount nodes {{ {ITEM} }} }}
         open: items(onlyOpen: true, last: 5) {{ nodes {{ {ITEM} }} }} }} }} }}"
    );
    let mut costs = Vec::new();
    // One sample of one ticket, then a longer one more, then two more.
    for (samples, tickets) in [(1, 1), (1, 8), (2, 4)] {
        for _ in 0..samples {
            for ticket in scene.some(&scene.people.alice, tickets).await {
                let hand = json!({ "ticketId": ticket, "teamId": team["team"]["id"] });
                susan.run("updateTicket", hand, "").await;
            }
            let rules = json!({ "teamIds": [team["team"]["id"]], "assigneeId": agent, "categories": ["other"] });
            let sample = text(&scene.draw(tickets, rules).await, "/id");
            for (at, ticket) in scene.tickets(&sample).await.iter().enumerate() {
                scene.score(&scene.sam, &sample, ticket, 4).await;
                if at % 2 == 0 {
                    scene.score(susan, &sample, ticket, 3).await;
                }
            }
        }
        let mut least = u64::MAX;
        for _ in 0..3 {
            // The follower of the log may ask in between.
            let before = scene.world.statements();
            let page = susan.get(&query, json!({})).await;
            least = least.min(scene.world.statements() - before);
            let nodes = page["reviewSamples"]["nodes"].as_array().unwrap();
            assert!(nodes.iter().all(|node| {
                node["rules"]["teams"][0]["name"] == "Returns"
                    && node["items"]["nodes"][0]["ticket"]["assignee"]["name"] == "Alice"
                    && node["items"]["nodes"][0]["reviews"][0]["reviewer"]["name"].is_string()
            }));
        }
        costs.push(least);
    }
    assert_eq!(costs, [costs[0]; 3]);
    assert!(costs[0] <= 9, "{costs:?}");
}

on_both!(a_page_costs_the_same);
