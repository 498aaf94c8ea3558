//! What is too large never reaches the engine, whichever way it comes; a socket ends with its token.

use deskwire_tests::{Backend, Person, World};
use serde_json::json;

/// 1.3 kB that the engine's own checks would walk 2^30 times.
fn bomb() -> String {
    let spreads: String = (0..30)
        .map(|n| format!("fragment f{n} on Query{{...f{} ...f{}}}", n + 1, n + 1))
        .collect();
    format!("{{...f0}}{spreads}fragment f30 on Query{{viewer{{id}}}}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_of_fragments_is_refused_over_http_and_websocket() {
    let world = World::start(Backend::Sqlite).await;
    let carla = world.client(Person::Carla);
    for client in [&carla, &world.anonymous()] {
        let answer = client.ask(&bomb(), json!({})).await;
        assert_eq!(answer.code(), "TOO_COMPLEX", "{:#}", answer.body);
        assert!(answer.message().contains("2000"), "{}", answer.message());
    }
    let mut socket = carla.socket().await;
    socket.subscribe(&bomb(), json!({})).await;
    let message = socket.receive().await.unwrap();
    assert!(message.to_string().contains("TOO_COMPLEX"), "{message:#}");
    // The socket and the server go on.
    carla.get("{ viewer { id } }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_as_tools_send_it_passes() {
    let world = World::start(Backend::Sqlite).await;
    let deep = "ofType { kind name ".repeat(8) + &"}".repeat(8);
    let query = format!(
        "query {{ __schema {{ types {{ kind name fields(includeDeprecated: true) {{ name args {{ \
         name type {{ kind name {deep} }} }} type {{ kind name {deep} }} }} }} }} }}"
    );
    let data = world.client(Person::Carla).get(&query, json!({})).await;
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_ends_with_its_token() {
    let world = World::start(Backend::Sqlite).await;
    let exp = (world.clock.now() + chrono::TimeDelta::minutes(5)).timestamp();
    let claims = json!({ "sub": "short", "name": "Short", "role": "agent", "exp": exp });
    let mut socket = world.client_with(claims).socket().await;
    socket
        .subscribe("subscription { queue { kind } }", json!({}))
        .await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    world.clock.advance(chrono::TimeDelta::minutes(6));
    assert_eq!(socket.receive().await, Err(4403));
}
