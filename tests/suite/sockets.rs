//! The WebSocket loop: the protocol's close codes, its bounds, and when it ends by itself.

use deskwire_api::Config;
use deskwire_tests::{Backend, Person, Socket, World};
use serde_json::json;

const QUEUE: &str = "subscription { queue { kind position ticket { subject } } }";

async fn world(change: impl FnOnce(&mut Config)) -> World {
    World::start_with(Backend::Sqlite, change).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_used_once_at_a_time() {
    let world = world(|_| {}).await;
    let alice = world.client(Person::Alice);
    let mut socket = alice.socket().await;
    let payload = json!({ "query": "{ viewer { name } }" });
    // One that has ended is free again.
    for _ in 0..2 {
        let subscribe = json!({ "id": "a", "type": "subscribe", "payload": payload });
        socket.send(subscribe).await;
        assert_eq!(socket.event("viewer").await["name"], "Alice");
        let complete = socket.receive().await.unwrap();
        assert_eq!(complete, json!({ "id": "a", "type": "complete" }));
    }
    let payload = json!({ "query": QUEUE });
    let subscribe = json!({ "id": "a", "type": "subscribe", "payload": payload });
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    // One that the client has ended, too.
    socket.send(json!({ "id": "a", "type": "complete" })).await;
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    socket.send(subscribe).await;
    assert_eq!(socket.receive().await, Err(4409));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_message_closes_the_socket() {
    let world = world(|_| {}).await;
    let alice = world.client(Person::Alice);
    for text in [
        "wombat",
        "[]",
        r#"{"type":"start","id":"1","payload":{"query":"{ viewer { id } }"}}"#,
        r#"{"type":"subscribe","id":"1","payload":[{"query":"{ viewer { id } }"}]}"#,
        r#"{"type":"subscribe","id":"1","payload":{"variables":{}}}"#,
        r#"{"type":"subscribe","payload":{"query":"{ viewer { id } }"}}"#,
    ] {
        let mut socket = alice.socket().await;
        socket.send_text(text.to_owned()).await;
        assert_eq!(socket.receive().await, Err(4400), "{text}");
    }
    let mut socket = alice.socket().await;
    socket.send_binary(br#"{"type":"ping"}"#.to_vec()).await;
    assert_eq!(socket.receive().await, Err(1003));
    let mut socket = alice.socket().await;
    let large = json!({ "type": "ping", "payload": { "a": "x".repeat(2 << 20) } });
    socket.send(large).await;
    assert_eq!(socket.receive().await, Err(1009));
    let mut socket = Socket::connect(world.base()).await;
    let payload = json!({ "query": QUEUE });
    socket
        .send(json!({ "id": "1", "type": "subscribe", "payload": payload }))
        .await;
    assert_eq!(socket.receive().await, Err(4401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_runs_so_many_operations_and_a_person_has_so_many_sockets() {
    let world = world(|config| {
        config.bounds.operations_per_socket = 3;
        config.bounds.sockets_per_person = 2;
    })
    .await;
    let alice = world.client(Person::Alice);
    let mut socket = alice.socket().await;
    for _ in 0..3 {
        socket.subscribe(QUEUE, json!({})).await;
        assert_eq!(socket.event("queue").await["kind"], "READY");
    }
    let fourth = socket.subscribe(QUEUE, json!({})).await;
    let refused = socket.receive().await.unwrap();
    assert_eq!(refused["type"], "error", "{refused:#}");
    assert_eq!(refused["id"], *fourth);
    let code = &refused["payload"][0]["extensions"]["code"];
    assert_eq!(code, "RATE_LIMITED", "{refused:#}");
    // The others go on, and one that ends makes room.
    socket.send(json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe(QUEUE, json!({})).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");

    let _second = alice.socket().await;
    let mut third = Socket::connect(world.base()).await;
    let payload = json!({ "authorization": format!("Bearer {}", alice.token().unwrap()) });
    third
        .send(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(third.receive().await, Err(4429));
    world.client(Person::Bob).socket().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_pings_and_drops_who_does_not_answer() {
    let world = world(|config| config.bounds.ping_seconds = 1).await;
    let (alice, bob) = (world.client(Person::Alice), world.client(Person::Bob));
    let (mut silent, mut alive) = (alice.socket().await, bob.socket().await);
    let answering = async {
        for _ in 0..5 {
            let ping = alive.receive_as_it_is().await;
            assert_eq!(ping, Ok(json!({ "type": "ping" })));
            alive.send(json!({ "type": "pong" })).await;
        }
    };
    let not_answering = async {
        let ping = json!({ "type": "ping" });
        assert_eq!(silent.receive_as_it_is().await, Ok(ping.clone()));
        assert_eq!(silent.receive_as_it_is().await, Ok(ping));
        assert_eq!(silent.receive_as_it_is().await, Err(3008));
    };
    tokio::join!(answering, not_answering);
}

/// The role follows the newest token: who signs in as less is less on open sockets, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_ends_when_its_role_is_revoked() {
    let world = world(|_| {}).await;
    let claims = |role| json!({ "sub": "dora", "name": "Dora", "role": role });
    let mut socket = world.client_with(claims("agent")).socket().await;
    socket.subscribe(QUEUE, json!({})).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    let customer = world.client_with(claims("customer"));
    let me = customer.get("{ viewer { role } }", json!({})).await;
    assert_eq!(me["viewer"]["role"], "CUSTOMER");
    assert_eq!(socket.receive().await, Err(4403));
}

/// Each sees what they may, also where answers are shared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_get_the_same_answer_but_for_what_is_their_own() {
    let world = world(|_| {}).await;
    let carla = world.client(Person::Carla);
    let (alice, bob) = (world.client(Person::Alice), world.client(Person::Bob));
    let shared = "subscription { queue { kind position ticket { id requester { email } } } }";
    let own = "subscription { queue { kind position ticket { id viewerCan } } }";
    let mut sockets = Vec::new();
    for client in [&alice, &bob, &world.client(Person::Susan)] {
        let mut socket = client.socket().await;
        for query in [shared, own] {
            socket.subscribe(query, json!({})).await;
            assert_eq!(socket.event("queue").await["kind"], "READY");
        }
        sockets.push(socket);
    }
    let id = carla.open_ticket("Whose?").await;
    for socket in &mut sockets {
        for _ in 0..2 {
            assert_eq!(socket.event("queue").await["kind"], "ENTERED");
        }
    }
    let me = alice.id().await;
    let input = json!({ "ticketId": id, "assigneeId": me });
    alice.run("assignTicket", input, "").await;
    let mut answers = Vec::new();
    for socket in &mut sockets {
        let mut own = Vec::new();
        for _ in 0..4 {
            let message = socket.receive().await.unwrap();
            let event = message["payload"]["data"]["queue"].clone();
            own.push((message["id"].to_string(), event));
        }
        own.sort_by_key(|(id, event)| (id.clone(), event["position"].to_string()));
        answers.push(own);
    }
    let viewer_can = |at: usize| answers[at].last().unwrap().1["ticket"]["viewerCan"].clone();
    // All that is shared is the same; a supervisor may do more than an agent.
    let shared = |at: usize| answers[at][..2].to_vec();
    assert_eq!(shared(0), shared(1));
    assert_eq!(shared(0), shared(2));
    assert_ne!(viewer_can(0), viewer_can(2));
}

/// The engine runs nothing that is not a plain field at the top of a subscription: that is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_begins_with_its_field() {
    let world = world(|_| {}).await;
    let mut socket = world.client(Person::Alice).socket().await;
    for query in [
        "subscription { ...F } fragment F on Subscription { queue { kind } }",
        "subscription { ... on Subscription { queue { kind } } }",
        "subscription { queue @skip(if: true) { kind } }",
    ] {
        socket.subscribe(query, json!({})).await;
        let answer = socket.receive().await.unwrap();
        assert_eq!(answer["type"], "error", "{query} {answer:#}");
        let code = &answer["payload"][0]["extensions"]["code"];
        assert_eq!(code, "BAD_INPUT", "{query} {answer:#}");
    }
}

/// RFC 6455, section 7.4.1, and the protocol's own code for another protocol.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_our_protocol_is_told_so() {
    use tokio_tungstenite::{
        connect_async,
        tungstenite::{Message, client::IntoClientRequest},
    };
    let world = world(|_| {}).await;
    let url = format!("{}/graphql", world.base().replacen("http", "ws", 1));
    for protocol in [None, Some("graphql-ws")] {
        let mut request = url.clone().into_client_request().unwrap();
        if let Some(protocol) = protocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        // Clients may refuse the handshake themselves, since what they offered was not taken.
        let Ok((mut stream, _)) = connect_async(request).await else {
            continue;
        };
        let message = futures_util::StreamExt::next(&mut stream).await;
        let Some(Ok(Message::Close(Some(frame)))) = message else {
            panic!("{message:?}");
        };
        assert_eq!(u16::from(frame.code), 4406);
    }
}
