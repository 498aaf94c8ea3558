//! A client that takes nothing is let go, and holds nobody else up.

use deskwire_tests::{Person, Socket, World, eventually, on_both};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::common::text;

/// What of a change the slow one wants to see: about 200 kB, which no buffer on the way can hold
/// for long.
fn much() -> String {
    let fields: String = (0..10).map(|n| format!("d{n}: description ")).collect();
    format!("subscription {{ queue {{ kind position ticket {{ {fields} }} }} }}")
}

async fn who_reads_nothing_is_let_go(world: World) {
    let (carla, alice, bob) = (
        world.client(Person::Carla),
        world.client(Person::Alice),
        world.client(Person::Bob),
    );
    let input = json!({ "subject": "Long", "description": "long ".repeat(4_000) });
    let hub = world.server().desk().hub();
    let before = hub.head();
    let ticket = carla.run("createTicket", input, "ticket { id }").await;
    let ticket = text(&ticket, "/ticket/id");
    // What others do in the same cluster can hold the log up: then the ticket would come later.
    eventually("the log has the ticket", async || hub.head() > before).await;

    let mut slow = Socket::narrow(world.base(), alice.token()).await;
    slow.subscribe(&much(), Value::Null).await;
    let ready = slow.event("queue").await;
    let position = text(&ready, "/position");
    let mut quick = bob.socket().await;
    let follow = "subscription($after: String) { queue(after: $after) { kind position } }";
    quick.subscribe(follow, json!({})).await;
    assert_eq!(quick.event("queue").await["kind"], "READY");

    // From here on the slow one does not read. Each change reaches the quick one while the server
    // waits for the slow one, and then without it.
    let told = Mutex::new((slow, quick, Vec::new()));
    eventually("the slow one is let go", async || {
        let (slow, quick, positions) = &mut *told.lock().await;
        let reply = json!({ "ticketId": ticket, "body": "And another thing" });
        carla.run("replyToTicket", reply, "").await;
        let event = quick.event("queue").await;
        assert_eq!(event["kind"], "CHANGED");
        positions.push(text(&event, "/position"));
        // The server does not read what this says, but once it has closed the connection, saying
        // anything fails.
        !slow.can_write()
    })
    .await;
    let (slow, _, positions) = told.into_inner();
    assert_eq!(slow.rest().await, 1006, "there was no way to say goodbye");

    // What it did not take is still in the log.
    let mut again = alice.socket().await;
    again.subscribe(follow, json!({ "after": position })).await;
    assert_eq!(again.event("queue").await["kind"], "READY");
    for position in positions {
        let event = again.event("queue").await;
        assert_eq!(
            (text(&event, "/kind"), text(&event, "/position")),
            ("CHANGED".into(), position)
        );
    }
}

on_both!(who_reads_nothing_is_let_go);
