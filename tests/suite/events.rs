//! Operations over server-sent events.

use deskwire_tests::{Backend, Events, Person, World, on_both};
use serde_json::{Value, json};

const QUEUE: &str = "subscription($after: String) { queue(after: $after) {
    kind position ticket { number subject } } }";

async fn a_queue_is_followed(world: World) {
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let mut events = Events::open(&alice, QUEUE, json!({})).await;
    let ready = events.data().await["queue"].clone();
    assert_eq!(ready["kind"], "READY");
    carla.open_ticket("First").await;
    carla.open_ticket("Second").await;
    for subject in ["First", "Second"] {
        let event = events.data().await["queue"].clone();
        assert_eq!(event["kind"], "ENTERED");
        assert_eq!(event["ticket"]["subject"], subject);
    }
    // Somebody who was away gets the same by the position.
    let after = json!({ "after": ready["position"] });
    let mut again = Events::open(&alice, QUEUE, after).await;
    assert_eq!(again.data().await["queue"]["kind"], "READY");
    assert_eq!(again.data().await["queue"]["ticket"]["subject"], "First");
}

async fn an_operation_ends_with_complete(world: World) {
    let carla = world.client(Person::Carla);
    let mut events = Events::open(&carla, "{ viewer { name } }", json!({})).await;
    assert_eq!(events.data().await["viewer"]["name"], "Carla");
    let complete = ("complete".to_owned(), Value::Null);
    assert_eq!(events.next().await, Some(complete.clone()));
    assert_eq!(events.next().await, None);
    // A mutation too.
    let create = "mutation { createTicket(input: { subject: \"A\", description: \"b\" }) {
        ticket { number } userErrors { message } } }";
    let mut events = Events::open(&carla, create, json!({})).await;
    let payload = events.data().await["createTicket"].clone();
    assert!(payload["ticket"]["number"].is_string(), "{payload:#}");
    assert_eq!(events.next().await, Some(complete.clone()));
    // Errors come as events: the client can read nothing else.
    for (query, code) in [
        ("subscription { queue { kind } }", "FORBIDDEN"),
        ("subscription { wombat }", "BAD_INPUT"),
        ("{ viewer", "BAD_INPUT"),
        (
            "subscription { a: queue { kind } b: queue { kind } }",
            "BAD_INPUT",
        ),
    ] {
        let mut events = Events::open(&carla, query, json!({})).await;
        let (name, payload) = events.next().await.unwrap();
        assert_eq!(name, "next", "{query}");
        let error = &payload["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{query}: {payload:#}");
        assert_eq!(events.next().await, Some(complete.clone()), "{query}");
    }
    let mut nobody = Events::open(&world.anonymous(), QUEUE, json!({})).await;
    let (_, payload) = nobody.next().await.unwrap();
    assert_eq!(
        payload["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
}

on_both!(a_queue_is_followed, an_operation_ends_with_complete);

/// Cut off, not completed: a client takes the stream up again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_token() {
    let world = World::start(Backend::Sqlite).await;
    let exp = (world.clock.now() + chrono::TimeDelta::minutes(5)).timestamp();
    let claims = json!({ "sub": "short", "name": "Short", "role": "agent", "exp": exp });
    let mut events = Events::open(&world.client_with(claims), QUEUE, json!({})).await;
    assert_eq!(events.data().await["queue"]["kind"], "READY");
    world.clock.advance(chrono::TimeDelta::minutes(6));
    assert_eq!(events.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_has_so_many_streams() {
    let change = |config: &mut deskwire_api::Config| config.bounds.sockets_per_person = 2;
    let world = World::start_with(Backend::Sqlite, change).await;
    let alice = world.client(Person::Alice);
    let mut first = Events::open(&alice, QUEUE, json!({})).await;
    assert_eq!(first.data().await["queue"]["kind"], "READY");
    // A socket counts as well.
    let socket = alice.socket().await;
    let refused = Events::request(&alice, QUEUE, json!({})).await;
    assert_eq!(refused.status().as_u16(), 429);
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("RATE_LIMITED") && text.contains("Close some"),
        "{text}"
    );
    // Others are not concerned, and a place that was left is free.
    Events::open(&world.client(Person::Bob), QUEUE, json!({})).await;
    drop(first);
    socket.cut();
    deskwire_tests::eventually("a place is free", || async {
        let response = Events::request(&alice, QUEUE, json!({})).await;
        response.status().is_success()
    })
    .await;
}
