//! What the scores of a sample say.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::Scene;
use crate::common::text;

#[track_caller]
fn near(found: &Value, wanted: f64) {
    let found_number = found.as_f64();
    assert!(
        found_number.is_some_and(|found| (found - wanted).abs() < 1e-9),
        "{found} is not {wanted}"
    );
}

/// Two reviewers and four tickets: the example of docs/reviews.md, worked out by hand there.
async fn a_played_example(world: World) {
    let scene = Scene::new(world);
    let (susan, sam, tina) = (&scene.people.susan, &scene.sam, &scene.tina);
    let mut tickets = scene.some(&scene.people.alice, 3).await;
    tickets.extend(scene.some(&scene.people.bob, 1).await);
    let sample = text(&scene.draw(4, json!({})).await, "/id");
    for (ticket, (hers, his)) in tickets.iter().zip([(1, 2), (4, 4), (4, 5), (5, 5)]) {
        scene.score(susan, &sample, ticket, hers).await;
        scene.score(sam, &sample, ticket, his).await;
    }
    for client in [susan, sam] {
        let seen = scene.sample(client, &sample).await;
        assert_eq!(
            seen["progress"],
            json!({ "items": 4, "reviewed": 4, "reviewedByMe": 4 })
        );
        near(&seen["averageScore"], 30.0 / 8.0);
        let agreement = &seen["agreement"];
        assert_eq!(agreement["items"], 4);
        near(&agreement["exactShare"], 0.5);
        near(&agreement["withinOneShare"], 1.0);
        near(&agreement["meanDifference"], 0.5);
        near(&agreement["alpha"], 1.0 - 70.0 / 304.0);
        let by_agent = seen["scoresByAgent"].as_array().unwrap();
        assert_eq!(by_agent.len(), 2);
        assert_eq!(
            (&by_agent[0]["agent"]["name"], &by_agent[0]["reviews"]),
            (&json!("Alice"), &json!(6))
        );
        near(&by_agent[0]["averageScore"], 20.0 / 6.0);
        assert_eq!(
            (&by_agent[1]["agent"]["name"], &by_agent[1]["reviews"]),
            (&json!("Bob"), &json!(2))
        );
        near(&by_agent[1]["averageScore"], 5.0);
    }
    // Who scored none of four sees the whole, but not what is of one ticket alone.
    let seen = scene.sample(tina, &sample).await;
    near(&seen["averageScore"], 30.0 / 8.0);
    near(&seen["agreement"]["alpha"], 1.0 - 70.0 / 304.0);
    near(&seen["scoresByAgent"][0]["averageScore"], 20.0 / 6.0);
    assert_eq!(seen["scoresByAgent"][1]["averageScore"], Value::Null);
    // As soon as two are left, all is hidden that could be worked out.
    for ticket in [&tickets[0], &tickets[3]] {
        scene.score(tina, &sample, ticket, 3).await;
    }
    let seen = scene.sample(tina, &sample).await;
    assert_eq!(
        (&seen["averageScore"], &seen["agreement"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        seen["scoresByAgent"][0],
        json!({ "agent": { "name": "Alice" }, "reviews": 7, "averageScore": null })
    );
    near(&seen["scoresByAgent"][1]["averageScore"], 13.0 / 3.0);
    // With three reviewers of a ticket each pair counts, and each ticket the same.
    let seen = scene.sample(susan, &sample).await;
    let pairs = [1.0 / 3.0 * 0.0, 1.0, 0.0, 1.0 / 3.0];
    near(
        &seen["agreement"]["exactShare"],
        pairs.iter().sum::<f64>() / 4.0,
    );
    near(
        &seen["agreement"]["meanDifference"],
        (4.0 / 3.0 + 0.0 + 1.0 + 4.0 / 3.0) / 4.0,
    );
}

/// Agreement needs two tickets that two reviewers scored, and scores that differ.
async fn where_there_is_none(world: World) {
    let scene = Scene::new(world);
    let (susan, sam) = (&scene.people.susan, &scene.sam);
    let tickets = scene.some(&scene.people.alice, 3).await;
    let sample = text(&scene.draw(3, json!({})).await, "/id");
    for (at, (hers, his)) in [(3, 3), (3, 3), (3, 4)].into_iter().enumerate() {
        scene.score(susan, &sample, &tickets[at], hers).await;
        scene.score(sam, &sample, &tickets[at], his).await;
        let seen = scene.sample(sam, &sample).await;
        let agreement = &seen["agreement"];
        assert_eq!(agreement["items"], json!(at + 1));
        if at < 2 {
            assert_eq!(
                (&agreement["exactShare"], &agreement["alpha"]),
                (&json!(1.0), &Value::Null)
            );
        } else {
            // 3 five times and 4 once: observed 1, expected 5 x 1, of six scores.
            near(&agreement["alpha"], 0.0);
        }
    }
}

on_both!(a_played_example, where_there_is_none);
