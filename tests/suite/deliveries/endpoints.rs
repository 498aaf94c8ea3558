//! Setting endpoints up.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both, telling::plan_all};
use domain::telling::Rules;
use entity::DeliveryState;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::scene::{Parcel, endpoint, page, seen};
use crate::common::{People, keyed, missing, text};

const SAVE: &str = "upsertWebhookEndpoint";
const DELETE: &str = "deleteWebhookEndpoint";

async fn made_listed_and_changed(world: World) {
    let People { susan, .. } = People::of(&world);
    let (first, _) = endpoint(&susan, " https://example.com/all ").await;
    let at = world.clock.now().to_rfc3339();
    assert_eq!(
        seen(&susan, &first).await,
        json!({
            "url": "https://example.com/all", "description": "", "eventKinds": [],
            "enabled": true, "disabledBecause": null, "failures": 0, "failingSince": null,
            "pausedUntil": null, "secretsCount": 1, "createdAt": at, "updatedAt": at,
            "deletedAt": null,
        })
    );
    let input = json!({
        "url": "https://example.com/some", "description": "The warehouse", "enabled": false,
        "eventKinds": ["TICKET_CLOSED", "TICKET_CREATED", "TICKET_CLOSED"],
    });
    let payload = susan.run(SAVE, input, "endpoint { id eventKinds }").await;
    assert_eq!(
        payload["endpoint"]["eventKinds"],
        json!(["TICKET_CREATED", "TICKET_CLOSED"])
    );
    let second = text(&payload, "/endpoint/id");
    let list = "query($after: String) { webhookEndpoints(first: 1, after: $after) {
        totalCount nodes { id enabled } pageInfo { hasNextPage endCursor } } }";
    let one = susan.get(list, json!({})).await["webhookEndpoints"].clone();
    assert_eq!(one["totalCount"], 2);
    assert_eq!(one["nodes"], json!([{ "id": first, "enabled": true }]));
    let after = json!({ "after": one["pageInfo"]["endCursor"] });
    let two = susan.get(list, after).await["webhookEndpoints"].clone();
    assert_eq!(two["nodes"], json!([{ "id": second, "enabled": false }]));
    assert_eq!(two["pageInfo"]["hasNextPage"], false);

    world.clock.advance(TimeDelta::seconds(5));
    // It stays switched off, and what is left out is emptied.
    let input = json!({ "id": second, "url": "https://example.com/else" });
    let payload = susan.run(SAVE, input, "secret endpoint { id }").await;
    assert_eq!(payload["secret"], Value::Null);
    let now = seen(&susan, &second).await;
    assert_eq!(
        [
            &now["url"],
            &now["description"],
            &now["eventKinds"],
            &now["enabled"]
        ],
        [
            &json!("https://example.com/else"),
            &json!(""),
            &json!([]),
            &json!(false)
        ]
    );
    assert_ne!(now["updatedAt"], now["createdAt"]);
}

async fn what_waits_for_a_deleted_one_is_skipped(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let (id, _) = endpoint(&susan, "https://example.com/").await;
    let (other, _) = endpoint(&susan, "https://example.com/").await;
    let parcel = Parcel::to_endpoint(&world, &id, &ticket);
    let waiting = parcel.clone().is(DeliveryState::Pending).posted().await;
    let sent = parcel.is(DeliveryState::Sent).posted().await;
    let others = Parcel::to_endpoint(&world, &other, &ticket).is(DeliveryState::Pending);
    let others = others.posted().await;
    let input = keyed(json!({ "endpointId": id }), "gone");
    let payload = susan.run(DELETE, input.clone(), "deletedId").await;
    assert_eq!(payload["deletedId"], json!(id));
    assert_eq!(susan.run(DELETE, input, "deletedId").await, payload);
    let page = page(&susan, "").await;
    let find = |id: &str| {
        let mut nodes = page["nodes"].as_array().unwrap().iter();
        nodes.find(|node| node["id"] == json!(id)).unwrap()
    };
    let skipped = find(&waiting);
    assert_eq!(
        [
            &skipped["state"],
            &skipped["lastError"],
            &skipped["nextAttemptAt"]
        ],
        [
            &json!("SKIPPED"),
            &json!("Its endpoint was deleted."),
            &Value::Null
        ]
    );
    assert!(skipped["settledAt"].is_string());
    assert_eq!(skipped["endpoint"]["id"], json!(id));
    assert_eq!(find(&sent)["state"], "SENT");
    assert_eq!(find(&others)["state"], "PENDING");

    let gone = seen(&susan, &id).await;
    assert!(gone["deletedAt"].is_string());
    assert_eq!(
        (&gone["enabled"], &gone["secretsCount"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(crate::common::total(&susan, "webhookEndpoints").await, 1);
    for (mutation, input) in [
        (DELETE, json!({ "endpointId": id })),
        (DELETE, json!({ "endpointId": missing("WebhookEndpoint") })),
        (DELETE, json!({ "endpointId": ticket })),
        ("rotateWebhookSecret", json!({ "endpointId": id })),
        (SAVE, json!({ "id": id, "url": "https://example.com/" })),
    ] {
        assert_eq!(susan.user_error(mutation, input).await, "NOT_FOUND");
    }
    let retry = json!({ "ids": [waiting] });
    let payload = susan.attempt("retryDeliveries", retry, "").await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["code"], "INVALID");
    assert!(text(error, "/message").contains("endpoint was deleted"));
}

/// However many are made at the same time.
async fn there_are_fifty_at_most(world: World) {
    let People { susan, .. } = People::of(&world);
    for number in 0..48 {
        endpoint(&susan, &format!("https://example.com/{number}")).await;
    }
    let make = |number: usize| {
        let input = json!({ "url": format!("https://example.com/last/{number}") });
        susan.attempt(SAVE, input, "endpoint { id } secret")
    };
    let payloads = join_all((0..6).map(make)).await;
    let made = payloads
        .iter()
        .filter(|one| one["endpoint"]["id"].is_string());
    let made: Vec<_> = made.collect();
    assert_eq!(made.len(), 2);
    let refused = payloads
        .iter()
        .find(|one| one["endpoint"].is_null())
        .unwrap();
    let error = &refused["userErrors"][0];
    assert_eq!(
        (&error["code"], &refused["secret"]),
        (&json!("TOO_LONG"), &Value::Null)
    );
    assert!(text(error, "/message").contains("50 endpoints"));
    let gone = json!({ "endpointId": made[0]["endpoint"]["id"] });
    susan.run(DELETE, gone, "").await;
    assert_eq!(make(7).await["userErrors"], json!([]));
    assert_eq!(crate::common::total(&susan, "webhookEndpoints").await, 50);
}

/// Also while events are planned for it in that very moment.
async fn nothing_waits_for_a_deleted_one(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    for round in 0..4 {
        let (id, _) = endpoint(&susan, "https://example.com/").await;
        for number in 0..5 {
            carla.open_ticket(&format!("{round} {number}")).await;
        }
        let gone = json!({ "endpointId": id });
        tokio::join!(
            plan_all(world.server().desk(), Rules::default()),
            susan.run(DELETE, gone, "")
        );
    }
    plan_all(world.server().desk(), Rules::default()).await;
    let waiting = page(&susan, "filter: { channel: WEBHOOK, state: PENDING }").await;
    assert_eq!(waiting["totalCount"], 0);
}

on_both!(
    made_listed_and_changed,
    nothing_waits_for_a_deleted_one,
    what_waits_for_a_deleted_one_is_skipped,
    there_are_fifty_at_most
);
