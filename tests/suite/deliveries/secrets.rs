//! Who is shown a secret, and when.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use entity::{idempotency_key, webhook_endpoint};
use sea_orm::EntityTrait;
use serde_json::json;

use super::scene::{endpoint, seen};
use crate::{
    common::{People, ask, keyed, text},
    notifications::scene::uuid,
};

const ROTATE: &str = "rotateWebhookSecret";

async fn shown_by_what_made_them_and_by_nothing_else(world: World) {
    let People { susan, .. } = People::of(&world);
    let input = keyed(json!({ "url": "https://example.com/" }), "made");
    let selection = "endpoint { id } secret";
    let made = susan
        .run("upsertWebhookEndpoint", input.clone(), selection)
        .await;
    let first = text(&made, "/secret");
    assert!(first.starts_with("whsec_") && first.len() == 50, "{first}");
    // A client that lost the answer gets it, and not another endpoint.
    assert_eq!(
        susan
            .run("upsertWebhookEndpoint", input.clone(), selection)
            .await,
        made
    );
    let id = text(&made, "/endpoint/id");
    let (_, other) = endpoint(&susan, "https://example.com/other").await;
    assert_ne!(other, first);

    let rotate = keyed(json!({ "endpointId": id }), "rotated");
    let rotated = susan.run(ROTATE, rotate.clone(), selection).await;
    let second = text(&rotated, "/secret");
    assert!(second != first && text(&rotated, "/endpoint/id") == id);
    assert_eq!(susan.run(ROTATE, rotate, selection).await, rotated);
    assert_eq!(seen(&susan, &id).await["secretsCount"], 2);
    // The first one is not shown any more.
    let again = susan
        .run("upsertWebhookEndpoint", input.clone(), selection)
        .await;
    assert_eq!(text(&again, "/secret"), second);

    // Neither by a query nor in what is kept of the answers.
    let everything = "{ webhookEndpoints { nodes { id url description eventKinds enabled
        disabledBecause failures failingSince pausedUntil secretsCount createdAt updatedAt } } }";
    let list = ask(&susan, everything).await.text;
    let db = world.server().desk().db().read();
    let kept = idempotency_key::Entity::find().all(db).await.unwrap();
    assert_eq!(kept.len(), 2);
    let kept = format!("{kept:?}");
    for secret in [&first, &second, &other] {
        let part = &secret[10..30];
        assert!(!list.contains(part) && !kept.contains(part));
    }
    let secret = "{ webhookEndpoints { nodes { secret } } }";
    assert_eq!(ask(&susan, secret).await.code(), "BAD_INPUT");

    // One that is deleted has none.
    susan
        .run("deleteWebhookEndpoint", json!({ "endpointId": id }), "")
        .await;
    let replayed = susan.run("upsertWebhookEndpoint", input, selection).await;
    assert_eq!(replayed["secret"], json!(null));
    let rows = webhook_endpoint::Entity::find_by_id(entity::WebhookId(uuid(&id)));
    assert!(rows.one(db).await.unwrap().unwrap().secrets.0.is_empty());
}

async fn those_before_end(world: World) {
    let People { susan, .. } = People::of(&world);
    let (id, _) = endpoint(&susan, "https://example.com/").await;
    let rotate = async |hours: i32| {
        let input = json!({ "endpointId": id, "overlapHours": hours });
        susan.run(ROTATE, input, "endpoint { secretsCount }").await["endpoint"]["secretsCount"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(rotate(168).await, 2);
    assert_eq!(rotate(1).await, 3);
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(seen(&susan, &id).await["secretsCount"], 1);
    for number in 2..=5 {
        assert_eq!(rotate(24).await, number);
    }
    let input = json!({ "endpointId": id });
    let payload = susan.attempt(ROTATE, input, "secret").await;
    let error = &payload["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("TOO_LONG"), &json!(["overlapHours"]))
    );
    assert!(text(error, "/message").contains("`overlapHours: 0`"));
    assert_eq!(payload["secret"], json!(null));
    // In an emergency all of them end at once.
    assert_eq!(rotate(0).await, 1);
}

on_both!(
    shown_by_what_made_them_and_by_nothing_else,
    those_before_end
);
