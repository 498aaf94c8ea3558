//! Having deliveries tried again.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use entity::DeliveryState::{Bundled, Dead, Held, Pending, Sent, Skipped};
use serde_json::{Value, json};

use super::scene::{Parcel, endpoint, global, page, seen};
use crate::{
    common::{People, keyed, missing, text},
    notifications::scene::uuid,
};

const RETRY: &str = "retryDeliveries";
const FIELDS: &str = "deliveries { id state attempts nextAttemptAt lastError settledAt ambiguous }";

async fn what_failed_begins_anew(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let mail = Parcel::mail(&world, &ticket);
    let dead = mail.clone().ambiguous().posted().await;
    let skipped = mail.clone().is(Skipped).posted().await;
    let waiting = mail.clone().is(Pending).posted().await;
    let other = mail.posted().await;
    world.clock.advance(TimeDelta::minutes(7));
    let now = world.clock.now().to_rfc3339();
    let ids = json!([waiting, dead, skipped, dead]);
    let input = keyed(json!({ "ids": ids }), "again");
    let payload = alice.run(RETRY, input.clone(), FIELDS).await;
    let found = payload["deliveries"].as_array().unwrap();
    let found_ids: Vec<_> = found.iter().map(|row| row["id"].clone()).collect();
    assert_eq!(json!(found_ids), ids);
    for (row, attempts, ambiguous) in [
        (&found[0], 16, false),
        (&found[1], 0, true),
        (&found[2], 0, false),
    ] {
        assert_eq!(
            row,
            &json!({
                "id": row["id"], "state": "PENDING", "attempts": attempts, "nextAttemptAt": now,
                "lastError": "The server answered 550.", "settledAt": null, "ambiguous": ambiguous,
            })
        );
    }
    let pages = page(&alice, "filter: { state: DEAD }").await;
    assert_eq!(super::scene::ids(&pages), [other]);
    // Done once, whatever happens in between.
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(alice.run(RETRY, input, FIELDS).await, payload);
}

/// All of them or none, and each mistake with its place.
async fn what_cannot_be_tried_again(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let mail = Parcel::mail(&world, &ticket);
    let mut ids = Vec::new();
    for state in [Dead, Sent, Bundled, Held, Skipped] {
        ids.push(mail.clone().is(state).posted().await);
    }
    ids.extend([
        global(99_999),
        missing("Delivery"),
        "wombat".to_owned(),
        ticket,
    ]);
    let before = page(&alice, "").await;
    let payload = alice.attempt(RETRY, json!({ "ids": ids }), FIELDS).await;
    assert_eq!(payload["deliveries"], Value::Null);
    let errors = payload["userErrors"].as_array().unwrap();
    let wanted = [
        ("1", "INVALID", "It was sent"),
        ("2", "INVALID", "Retry the digest"),
        ("3", "INVALID", "waits for its digest"),
        ("5", "NOT_FOUND", "no such delivery"),
        ("6", "NOT_FOUND", "no such delivery"),
        ("7", "NOT_FOUND", "no such delivery"),
        ("8", "NOT_FOUND", "no such delivery"),
    ];
    assert_eq!(errors.len(), wanted.len(), "{errors:?}");
    for (error, (place, code, words)) in errors.iter().zip(wanted) {
        assert_eq!(error["field"], json!(["ids", place]));
        assert_eq!(error["code"], code);
        assert!(text(error, "/message").contains(words), "{error}");
    }
    for (number, code) in [(0, "REQUIRED"), (101, "TOO_LONG")] {
        let input = json!({ "ids": vec![&ids[0]; number] });
        assert_eq!(alice.user_error(RETRY, input).await, code);
    }
    assert_eq!(page(&alice, "").await, before);
    let most = json!({ "ids": vec![&ids[0]; 100] });
    alice.run(RETRY, most, "").await;
}

/// An endpoint that failed is left alone for a while; who retries says that it is well.
async fn a_paused_endpoint_is_tried_at_once(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let (id, _) = endpoint(&susan, "https://example.com/").await;
    let (other, _) = endpoint(&susan, "https://example.com/").await;
    let db = world.server().desk().db().admin();
    let later = world.clock.now() + TimeDelta::hours(1);
    for endpoint in [&id, &other] {
        let row = entity::webhook_endpoint::ActiveModel {
            id: sea_orm::ActiveValue::Set(uuid(endpoint).into()),
            failures: sea_orm::ActiveValue::Set(3),
            paused_until: sea_orm::ActiveValue::Set(Some(later)),
            ..Default::default()
        };
        sea_orm::ActiveModelTrait::update(row, db).await.unwrap();
    }
    let waiting = Parcel::to_endpoint(&world, &id, &ticket).is(Pending);
    let waiting = waiting.posted().await;
    alice.run(RETRY, json!({ "ids": [waiting] }), "").await;
    let (now, other) = (seen(&susan, &id).await, seen(&susan, &other).await);
    assert_eq!(
        (&now["pausedUntil"], &now["failures"]),
        (&Value::Null, &json!(3))
    );
    assert!(other["pausedUntil"].is_string());
}

/// Nobody waits for somebody who waits for them.
async fn the_same_from_many_sides(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let mut ids = Vec::new();
    let mut endpoints = Vec::new();
    for number in 0..4 {
        let (id, _) = endpoint(&susan, &format!("https://example.com/{number}")).await;
        for state in [Dead, Pending, Skipped] {
            let parcel = Parcel::to_endpoint(&world, &id, &ticket).is(state);
            ids.push(parcel.posted().await);
        }
        endpoints.push(id);
    }
    let retries = (0..12).map(|number| {
        let mut ids = ids.clone();
        if number % 2 == 0 {
            ids.reverse();
        }
        alice.run(RETRY, json!({ "ids": ids }), "")
    });
    let rotations = endpoints.iter().map(|id| {
        let input = json!({ "endpointId": id });
        susan.run("rotateWebhookSecret", input, "")
    });
    futures_util::join!(
        futures_util::future::join_all(retries),
        futures_util::future::join_all(rotations)
    );
    let gone = endpoints.iter().map(|id| {
        let input = json!({ "endpointId": id });
        susan.run("deleteWebhookEndpoint", input, "")
    });
    let input = json!({ "ids": ids });
    let (_, retried) = futures_util::join!(
        futures_util::future::join_all(gone),
        alice.attempt(RETRY, input, "")
    );
    drop(retried);
    let left = page(&alice, "filter: { state: [PENDING] }").await;
    assert_eq!(
        left["totalCount"], 0,
        "what goes to a deleted endpoint does not wait"
    );
}

on_both!(
    what_failed_begins_anew,
    what_cannot_be_tried_again,
    a_paused_endpoint_is_tried_at_once,
    the_same_from_many_sides
);
