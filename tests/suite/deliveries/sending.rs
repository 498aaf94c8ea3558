//! Requests that really arrive: what happens on the desk, signed, in order.

use std::collections::HashMap;

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Hook, Request};
use crate::common::{People, text};

fn types(requests: &[Request]) -> Vec<String> {
    let types = requests.iter();
    types
        .map(|request| text(&request.event(), "/type"))
        .collect()
}

async fn what_happens_arrives_signed(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    let ticket = carla.open_ticket("Late").await;
    let reply = json!({ "ticketId": ticket, "body": "Where is it?" });
    carla.run("replyToTicket", reply.clone(), "").await;
    let came = hook.run(&world).await;
    assert_eq!(types(&came), ["ticket_created", "ticket_commented"]);
    for request in &came {
        assert!(request.is_signed_with(&hook.secret) && request.signatures() == 1);
        assert_eq!(request.event()["subject"], "SUP-00001");
        assert_eq!(request.event()["id"], request.id().to_string());
    }
    assert_eq!(came[1].event()["data"]["message"]["body"], "Where is it?");
    let seen = hook.deliveries(&susan).await;
    assert_eq!(
        [
            &seen[0]["eventType"],
            &seen[1]["eventType"],
            &seen[0]["state"],
            &seen[0]["attempts"]
        ],
        [
            &json!("ticket_commented"),
            &json!("ticket_created"),
            &json!("SENT"),
            &json!(0)
        ]
    );
    assert_eq!(hook.run(&world).await.len(), 0);

    // While the secret is replaced, both sign.
    let rotate = async |hours: i32| {
        let input = json!({ "endpointId": hook.id, "overlapHours": hours });
        text(
            &susan.run("rotateWebhookSecret", input, "secret").await,
            "/secret",
        )
    };
    let second = rotate(24).await;
    carla.run("replyToTicket", reply.clone(), "").await;
    let came = hook.run(&world).await;
    assert_eq!((came.len(), came[0].signatures()), (1, 2));
    assert!(came[0].is_signed_with(&second) && came[0].is_signed_with(&hook.secret));
    world.clock.advance(TimeDelta::hours(24));
    carla.run("replyToTicket", reply.clone(), "").await;
    let came = hook.run(&world).await;
    assert_eq!((came.len(), came[0].signatures()), (1, 1));
    assert!(came[0].is_signed_with(&second));
    let third = rotate(0).await;
    carla.run("replyToTicket", reply, "").await;
    let came = hook.run(&world).await;
    assert!(came[0].is_signed_with(&third) && !came[0].is_signed_with(&second));

    // Only what was asked for; and what happens while it is switched off is not kept.
    let save = async |more: Value| {
        let mut input = json!({ "id": hook.id, "url": "https://example.com/" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        susan.run("upsertWebhookEndpoint", input, "").await;
        hook.listens(&world).await;
    };
    save(json!({ "eventKinds": ["TICKET_RESOLVED"] })).await;
    let on = json!({ "ticketId": ticket });
    alice.run("resolveTicket", on.clone(), "").await;
    assert_eq!(types(&hook.run(&world).await), ["ticket_resolved"]);
    save(json!({ "enabled": false })).await;
    carla.run("reopenTicket", on.clone(), "").await;
    assert_eq!(hook.run(&world).await.len(), 0);
    save(json!({ "enabled": true })).await;
    alice.run("resolveTicket", on, "").await;
    assert_eq!(types(&hook.run(&world).await), ["ticket_resolved"]);
}

/// Of one ticket, later events wait for earlier ones; those of others do not.
async fn the_order_of_a_ticket_is_kept(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let hook = Hook::new(&world, &susan).await;
    let tickets = [
        carla.open_ticket("One").await,
        carla.open_ticket("Two").await,
    ];
    for number in 0..3 {
        for ticket in &tickets {
            let input = json!({ "ticketId": ticket, "body": format!("{number}") });
            carla.run("replyToTicket", input, "").await;
        }
    }
    // The first of one, then some of the rest.
    hook.answers(&[500]);
    let mut taken: Vec<Request> = Vec::new();
    assert_eq!(hook.run(&world).await.len(), 1);
    for _ in 0..6 {
        world.clock.advance(TimeDelta::hours(1));
        hook.answers(&[204, 503]);
        let mut came = hook.run(&world).await;
        let refused = usize::from(came.len() > 1);
        came.truncate(came.len() - refused);
        taken.extend(came);
        hook.forget_answers();
    }
    taken.extend({
        world.clock.advance(TimeDelta::hours(9));
        hook.run(&world).await
    });
    assert_eq!(taken.len(), 8);
    let mut of_ticket: HashMap<String, Vec<i64>> = HashMap::new();
    for request in &taken {
        let ticket = text(&request.event(), "/subject");
        of_ticket.entry(ticket).or_default().push(request.id());
    }
    assert_eq!(of_ticket.len(), 2);
    for (ticket, ids) in of_ticket {
        assert!(ids.len() == 4 && ids.is_sorted(), "{ticket}: {ids:?}");
    }
}

on_both!(what_happens_arrives_signed, the_order_of_a_ticket_is_kept);
