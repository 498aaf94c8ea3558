//! Endpoints that fail: tried again, given up, switched off, retried.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Hook, page, seen};
use crate::common::{People, text};

async fn what_failed_is_tried_again(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    hook.answers(&[500]);
    let ticket = carla.open_ticket("Late").await;
    assert_eq!(hook.run(&world).await.len(), 1);
    let row = hook.deliveries(&alice).await[0].clone();
    assert_eq!(
        [
            &row["state"],
            &row["attempts"],
            &row["settledAt"],
            &row["ambiguous"]
        ],
        [&json!("PENDING"), &json!(1), &Value::Null, &json!(false)]
    );
    let error = text(&row, "/lastError");
    assert!(
        error.contains("500") && !error.contains("hidden"),
        "{error}"
    );
    let endpoint = seen(&susan, &hook.id).await;
    assert_eq!(
        (&endpoint["failures"], &endpoint["enabled"]),
        (&json!(1), &json!(true))
    );
    assert!(endpoint["pausedUntil"].is_string() && endpoint["failingSince"].is_string());
    // Not before its time.
    assert_eq!(hook.run(&world).await.len(), 0);
    world.clock.advance(TimeDelta::minutes(1));
    let came = hook.run(&world).await;
    assert!(came.len() == 1 && came[0].is_signed_with(&hook.secret));
    let row = hook.deliveries(&alice).await[0].clone();
    assert_eq!(
        (&row["state"], &row["lastError"]),
        (&json!("SENT"), &json!(error))
    );
    let endpoint = seen(&susan, &hook.id).await;
    assert_eq!(
        (&endpoint["failures"], &endpoint["pausedUntil"]),
        (&json!(0), &Value::Null)
    );

    // Or at once, if somebody says so.
    hook.answers(&[503]);
    let reply = json!({ "ticketId": ticket, "body": "And?" });
    carla.run("replyToTicket", reply, "").await;
    assert_eq!(hook.run(&world).await.len(), 1);
    assert_eq!(hook.run(&world).await.len(), 0);
    let waiting = hook.deliveries(&alice).await[0]["id"].clone();
    alice
        .run("retryDeliveries", json!({ "ids": [waiting] }), "")
        .await;
    assert_eq!(hook.run(&world).await.len(), 1);
    assert_eq!(hook.deliveries(&alice).await[0]["state"], "SENT");
}

/// After all attempts it is given up, until somebody says that it shall be tried again.
async fn what_is_given_up_can_be_retried(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    carla.open_ticket("Late").await;
    let mut pause = TimeDelta::seconds(45);
    for attempt in 1..=16 {
        hook.answers(&[500]);
        assert_eq!(hook.run(&world).await.len(), 1, "attempt {attempt}");
        world.clock.advance(pause);
        pause = (pause * 2).min(TimeDelta::hours(9));
    }
    let dead = page(&alice, "filter: { state: DEAD }").await["nodes"].clone();
    assert_eq!((&dead[0]["attempts"], &dead[1]), (&json!(16), &Value::Null));
    assert!(dead[0]["settledAt"].is_string());
    assert_eq!(hook.run(&world).await.len(), 0);
    let input = json!({ "ids": [dead[0]["id"]] });
    alice.run("retryDeliveries", input, "").await;
    assert_eq!(hook.run(&world).await.len(), 1);
    let row = hook.deliveries(&susan).await[0].clone();
    assert_eq!(
        (&row["state"], &row["id"]),
        (&json!("SENT"), &dead[0]["id"])
    );
}

async fn who_is_gone_is_switched_off(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    hook.answers(&[410]);
    carla.open_ticket("One").await;
    assert_eq!(hook.run(&world).await.len(), 1);
    let endpoint = seen(&susan, &hook.id).await;
    assert_eq!(endpoint["enabled"], false);
    assert!(text(&endpoint, "/disabledBecause").contains("410 Gone"));
    assert_eq!(hook.deliveries(&susan).await[0]["state"], "PENDING");
    // What happens now is not for it; what waited is.
    carla.open_ticket("Two").await;
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(hook.run(&world).await.len(), 0);
    hook.switch_on(&world, &susan).await;
    let endpoint = seen(&susan, &hook.id).await;
    assert_eq!(
        [
            &endpoint["enabled"],
            &endpoint["disabledBecause"],
            &endpoint["failures"],
            &endpoint["failingSince"],
            &endpoint["pausedUntil"]
        ],
        [
            &json!(true),
            &Value::Null,
            &json!(0),
            &Value::Null,
            &Value::Null
        ]
    );
    let came = hook.run(&world).await;
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].event()["subject"], "SUP-00001");
}

async fn five_days_of_failures_switch_off(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    let begun = world.clock.now();
    let mut attempts = 0;
    carla.open_ticket("One").await;
    while seen(&susan, &hook.id).await["enabled"] == json!(true) {
        assert!(attempts < 15);
        hook.answers(&[500]);
        assert_eq!(hook.run(&world).await.len(), 1);
        attempts += 1;
        world.clock.advance(TimeDelta::hours(10));
    }
    let last = world.clock.now() - TimeDelta::hours(10);
    assert!(last - begun >= TimeDelta::days(5) && last - begun < TimeDelta::hours(131));
    let because = text(&seen(&susan, &hook.id).await, "/disabledBecause");
    assert!(
        because.contains("5 days") && because.contains("500"),
        "{because}"
    );
    assert_eq!(hook.run(&world).await.len(), 0);
    hook.switch_on(&world, &susan).await;
    assert_eq!(hook.run(&world).await.len(), 1);
    assert_eq!(hook.deliveries(&susan).await[0]["state"], "SENT");
}

on_both!(
    what_failed_is_tried_again,
    what_is_given_up_can_be_retried,
    who_is_gone_is_switched_off,
    five_days_of_failures_switch_off
);
