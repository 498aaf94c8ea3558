//! What is too large never reaches the engine, whichever way it comes; a socket ends with its token.

use deskwire_tests::{
    Backend, Person, World,
    bombs::{self, Bomb},
};
use serde_json::json;

/// Each bomb over HTTP and over a WebSocket; the server answers others all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_are_refused_and_hurt_nobody() {
    let world = World::start(Backend::Sqlite).await;
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let statements = |world: &World| world.statements();
    carla.id().await;
    alice.id().await;
    for Bomb { name, body, code } in bombs::all() {
        let before = statements(&world);
        for client in [&carla, &world.anonymous()] {
            let answer = client.post("application/json", body.clone()).await.unwrap();
            match code {
                Some(code) => assert_eq!(answer.code(), code, "{name}: {:#}", answer.body),
                None => assert_eq!(answer.status, 400, "{name}: {:#}", answer.body),
            }
        }
        // Nothing of it was run: whatever came in between is the poll of the log.
        assert!(statements(&world) <= before + 2, "{name}");
        let mut socket = carla.socket().await;
        let message = format!("{{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":{body}}}");
        if socket.try_send_text(message).await {
            let answer = socket.receive().await;
            match code {
                Some(code) => {
                    let message = answer.unwrap();
                    assert_eq!(message["type"], "error", "{name}: {message:#}");
                    let got = &message["payload"][0]["extensions"]["code"];
                    assert_eq!(got, code, "{name}: {message:#}");
                }
                None => assert_eq!(answer, Err(4400), "{name}"),
            }
        }
        alice.get("{ queue { nodes { id } } }", json!({})).await;
    }
}

/// What is larger than the limit is not even read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_and_frames_of_64_megabytes_are_refused() {
    let world = World::start(Backend::Sqlite).await;
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let mut socket = carla.socket().await;
    let huge = json!({ "query": "{ viewer { id } }", "variables": { "a": "x".repeat(64 << 20) } });
    let huge = huge.to_string();
    let message = format!("{{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":{huge}}}");
    let (frame, body, other) = tokio::join!(
        async {
            // The server may hang up before all of it is sent.
            socket.try_send_text(message).await;
            socket.receive().await
        },
        carla.post("application/json", huge),
        alice.get("{ queue { nodes { id } } }", json!({})),
    );
    assert!(matches!(frame, Err(1009 | 1006)), "{frame:?}");
    // The same for a body: either the answer gets through, or the connection has ended.
    if let Ok(answer) = body {
        assert_eq!(answer.status, 413, "{:#}", answer.body);
        assert!(answer.message().contains("1048576"), "{}", answer.message());
    }
    assert_eq!(other["queue"]["nodes"], json!([]));
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
