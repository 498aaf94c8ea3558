//! Who gets in at all: development identities, what the server refuses to start with, and the first
//! words on a WebSocket.

use chrono::TimeDelta;
use deskwire_api::Switch;
use deskwire_tests::{Backend, Client, Socket, World, on_both};
use serde_json::{Value, json};

use crate::common::text;

type Headers<'a> = &'a [(&'a str, &'a str)];

/// Asks for a token with these headers and body.
async fn dev_token(world: &World, headers: Headers<'_>, body: &str) -> (u16, Value) {
    let client = Client::new(world.base(), None);
    let mut request = client
        .http()
        .post(format!("{}/dev/token", world.base()))
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
    )
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn development_identities(world: World) {
    let mut ids = Vec::new();
    for (identity, role) in [
        ("customer", "CUSTOMER"),
        ("agent", "AGENT"),
        ("agent2", "AGENT"),
        ("supervisor", "SUPERVISOR"),
    ] {
        let body = json!({ "identity": identity }).to_string();
        let (status, answer) = dev_token(&world, &[JSON], &body).await;
        assert_eq!(status, 200, "{answer:#}");
        let client = Client::new(world.base(), Some(text(&answer, "/token")));
        let viewer = client
            .get("{ viewer { id role name email } }", json!({}))
            .await["viewer"]
            .clone();
        assert_eq!(viewer["role"], role, "{identity}");
        ids.push(text(&viewer, "/id"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    // Servers on one database take each other's.
    let (_, answer) = dev_token(&world, &[JSON], r#"{"identity":"agent"}"#).await;
    let other = world.second_server().await;
    let client = Client::new(
        &format!("http://{}", other.address()),
        Some(text(&answer, "/token")),
    );
    client.id().await;
    other.stop().await.unwrap();
    // For half a day.
    let client = client.at(world.base());
    world.clock.advance(TimeDelta::hours(12));
    client.id().await;
    world.clock.advance(TimeDelta::seconds(30));
    assert_eq!(client.ask("{ viewer { id } }", json!({})).await.status, 401);
}

/// A page elsewhere must not get a token by way of a visitor's browser.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn development_identities_are_for_this_machine() {
    let world = World::start(Backend::Sqlite).await;
    let agent = r#"{"identity":"agent"}"#;
    let good: [Headers<'_>; 7] = [
        &[JSON],
        &[("content-type", "application/json; charset=utf-8")],
        &[JSON, ("host", "localhost:8080")],
        &[JSON, ("host", "[::1]:8080")],
        &[JSON, ("origin", "http://localhost:3000")],
        &[JSON, ("origin", "http://127.0.0.1:3000")],
        &[JSON, ("origin", "https://[::1]")],
    ];
    for headers in good {
        assert_eq!(
            dev_token(&world, headers, agent).await.0,
            200,
            "{headers:?}"
        );
    }
    let bad: [(Headers<'_>, &str, u16); 25] = [
        (&[JSON, ("host", "evil.example")], agent, 403),
        (&[JSON, ("host", "localhost.evil.example")], agent, 403),
        (&[JSON, ("host", "127.0.0.1.evil.example")], agent, 403),
        (&[JSON, ("host", "192.168.0.1")], agent, 403),
        (
            &[JSON, ("host", "evil.example@localhost.evil.example")],
            agent,
            403,
        ),
        (&[JSON, ("origin", "https://evil.example")], agent, 403),
        (
            &[JSON, ("origin", "http://localhost.evil.example")],
            agent,
            403,
        ),
        (&[JSON, ("origin", "null")], agent, 403),
        (&[JSON, ("origin", "localhost")], agent, 403),
        (&[JSON, ("x-forwarded-for", "127.0.0.1")], agent, 403),
        (&[JSON, ("x-real-ip", "127.0.0.1")], agent, 403),
        (&[JSON, ("forwarded", "for=127.0.0.1")], agent, 403),
        (&[], agent, 400),
        (&[("content-type", "text/plain")], agent, 400),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            "identity=agent",
            400,
        ),
        (
            &[("content-type", "multipart/form-data; boundary=x")],
            agent,
            400,
        ),
        (&[JSON], "", 400),
        (&[JSON], "wombat", 400),
        (&[JSON], "{}", 400),
        (&[JSON], r#"{"identity":"wombat"}"#, 400),
        (&[JSON], r#"{"identity":"Agent"}"#, 400),
        (&[JSON], r#"{"identity":"system"}"#, 400),
        (&[JSON], r#"{"identity":null}"#, 400),
        (&[JSON], r#"{"identity":7}"#, 400),
        (&[JSON], r#"{"identity":["agent"]}"#, 400),
    ];
    for (headers, body, status) in bad {
        let (got, answer) = dev_token(&world, headers, body).await;
        assert_eq!(got, status, "{headers:?} {body} {answer:#}");
        assert_eq!(answer.get("token"), None, "{headers:?} {body}");
        assert!(text(&answer, "/error").len() > 20, "{answer:#}");
    }
    let response = Client::new(world.base(), None)
        .http()
        .get(format!("{}/dev/token", world.base()));
    assert_eq!(response.send().await.unwrap().status().as_u16(), 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn development_identities_that_are_off() {
    let on = World::start(Backend::Sqlite).await;
    let (_, answer) = dev_token(&on, &[JSON], r#"{"identity":"supervisor"}"#).await;
    let token = text(&answer, "/token");
    let mut config = on.config().clone();
    // The same database, with the secret that development tokens are signed with in it.
    for switch in [Switch::Off, Switch::Auto] {
        config.dev_identities = switch;
        let off = deskwire_api::start(&config, on.clock.clone())
            .await
            .unwrap();
        let base = format!("http://{}", off.address());
        let client = Client::new(&base, Some(token.clone()));
        for identity in ["agent", "wombat"] {
            let request = client
                .http()
                .post(format!("{base}/dev/token"))
                .header("content-type", "application/json");
            let body = json!({ "identity": identity }).to_string();
            assert_eq!(
                request.body(body).send().await.unwrap().status().as_u16(),
                404
            );
        }
        let answer = client.ask("{ viewer { id } }", json!({})).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        off.stop().await.unwrap();
    }
}

/// What would let in anybody, or nobody, keeps the server from starting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_does_not_start_with() {
    let world = World::start(Backend::Sqlite).await;
    let secret = world.config().jwt_secret.clone();
    let short = Some("short".to_owned());
    for (bind, switch, secret, says) in [
        ("0.0.0.0:0", Switch::On, &secret, Some("loopback")),
        ("[::]:0", Switch::On, &secret, Some("loopback")),
        ("0.0.0.0:0", Switch::On, &None, Some("loopback")),
        (
            "0.0.0.0:0",
            Switch::Auto,
            &None,
            Some("DESKWIRE_JWT_SECRET"),
        ),
        ("0.0.0.0:0", Switch::Off, &None, Some("DESKWIRE_JWT_SECRET")),
        (
            "127.0.0.1:0",
            Switch::Off,
            &None,
            Some("DESKWIRE_JWT_SECRET"),
        ),
        ("0.0.0.0:0", Switch::Off, &short, Some("at least 32")),
        ("0.0.0.0:0", Switch::Auto, &secret, None),
        ("0.0.0.0:0", Switch::Off, &secret, None),
        ("127.0.0.1:0", Switch::Auto, &None, None),
        ("127.0.0.1:0", Switch::On, &short, None),
    ] {
        let mut config = world.config().clone();
        config.bind = bind.parse().unwrap();
        config.dev_identities = switch;
        config.jwt_secret = secret.clone();
        match (
            deskwire_api::start(&config, world.clock.clone()).await,
            says,
        ) {
            (Ok(server), None) => server.stop().await.unwrap(),
            (Err(error), Some(says)) => {
                assert!(error.to_string().contains(says), "{bind}: {error}")
            }
            (Ok(_), Some(_)) => panic!("started on {bind} with {switch:?} and {secret:?}"),
            (Err(error), None) => panic!("{bind} {switch:?} {secret:?}: {error}"),
        }
    }
}

fn init(token: Option<&str>) -> Value {
    let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
    json!({ "type": "connection_init", "payload": payload })
}

/// The close codes of graphql-transport-ws.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_words_on_a_socket() {
    let world = World::start(Backend::Sqlite).await;
    let good = world.token(json!({ "sub": "x", "role": "agent" }));
    let expired = world
        .token(json!({ "sub": "x", "exp": (world.clock.now() - TimeDelta::hours(1)).timestamp() }));
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { queue { kind } }" } });
    let said = |value: Value| value.to_string();
    for (what, words, code) in [
        ("no token", said(init(None)), 4403),
        (
            "no payload",
            r#"{"type":"connection_init"}"#.to_owned(),
            4403,
        ),
        ("a bad token", said(init(Some("wombat"))), 4403),
        ("an expired token", said(init(Some(&expired))), 4403),
        (
            "a token by another name",
            said(json!({ "type": "connection_init", "payload": { "token": good } })),
            4403,
        ),
        (
            "no Bearer",
            said(json!({ "type": "connection_init", "payload": { "authorization": good } })),
            4403,
        ),
        (
            "not a text",
            said(json!({ "type": "connection_init", "payload": { "authorization": 7 } })),
            4403,
        ),
        ("subscribe first", said(subscribe.clone()), 4401),
        ("garbage", "wombat".to_owned(), 4400),
        ("nothing", String::new(), 4400),
        ("no type", "{}".to_owned(), 4400),
        (
            "a type that is none",
            r#"{"type":"wombat"}"#.to_owned(),
            4400,
        ),
        ("a list", "[]".to_owned(), 4400),
        (
            "subscribe without id",
            r#"{"type":"subscribe","payload":{"query":"{ viewer { id } }"}}"#.to_owned(),
            4400,
        ),
    ] {
        let mut socket = Socket::connect(world.base()).await;
        socket.send_text(words).await;
        assert_eq!(socket.receive().await, Err(code), "{what}");
    }
    // Later words.
    for (what, words, code) in [
        ("a second connection_init", said(init(Some(&good))), 4429),
        (
            "a second connection_init with a bad token",
            said(init(Some("wombat"))),
            4429,
        ),
        ("garbage", "wombat".to_owned(), 4400),
    ] {
        let mut socket = Socket::open(world.base(), Some(&good)).await;
        socket.send_text(words).await;
        assert_eq!(socket.receive().await, Err(code), "{what}");
    }
    // Both at once, before the answer to the first.
    let mut socket = Socket::connect(world.base()).await;
    socket.send(init(Some(&good))).await;
    socket.send(init(Some(&good))).await;
    assert_eq!(socket.receive().await.unwrap()["type"], "connection_ack");
    assert_eq!(socket.receive().await, Err(4429));
    // What is well said works: a ping before all else, the name in capitals, a query on a socket.
    let mut socket = Socket::connect(world.base()).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.receive().await.unwrap()["type"], "pong");
    socket.send(json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {good}") } })).await;
    assert_eq!(socket.receive().await.unwrap()["type"], "connection_ack");
    socket.subscribe("{ viewer { role } }", json!({})).await;
    assert_eq!(socket.data().await["viewer"]["role"], "AGENT");
    assert_eq!(socket.receive().await.unwrap()["type"], "complete");
}

/// Pages of other origins cannot open a socket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn origins() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.allowed_origins = vec!["https://app.example.com".to_owned()];
    })
    .await;
    let own = world.base().to_owned();
    let port = own.rsplit_once(':').unwrap().1.to_owned();
    let elsewhere = format!("http://evil.example:{port}");
    for (origin, good) in [
        (own.as_str(), true),
        ("https://app.example.com", true),
        ("https://evil.example", false),
        ("https://app.example.com.evil.example", false),
        ("http://app.example.com", false),
        ("https://app.example.com:8443", false),
        ("http://127.0.0.1", false),
        ("null", false),
        ("", false),
        (&elsewhere, false),
    ] {
        let socket = Socket::connect_with(world.base(), &[("origin", origin)]).await;
        assert_eq!(socket.is_ok(), good, "{origin}");
    }
}

on_both!(development_identities);
