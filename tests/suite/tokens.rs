//! Tokens with a shared secret: which are good, and what they say.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskwire_tests::{Backend, Client, World};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::common::text;

const SECRET: &str = "a secret that is long enough for HS256 in tests";
const VIEWER: &str = "{ viewer { id role } }";

/// A token that says exactly `claims`.
fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
}

/// A token's `claims` with more, or others; null takes one away.
fn claims(world: &World, more: Value) -> Value {
    let exp = (world.clock.now() + TimeDelta::hours(1)).timestamp();
    let mut all = json!({ "sub": "x", "exp": exp });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    all
}

/// Who the bearer of `token` is, or nothing if it is refused.
async fn viewer(world: &World, token: &str) -> Option<Value> {
    let answer = Client::new(world.base(), Some(token.to_owned()))
        .ask(VIEWER, json!({}))
        .await;
    match answer.status {
        200 => Some(answer.data()["viewer"].clone()),
        status => {
            assert_eq!(
                (status, answer.code()),
                (401, "UNAUTHENTICATED"),
                "{:#}",
                answer.body
            );
            assert!(answer.message().len() > 20, "{:#}", answer.body);
            None
        }
    }
}

async fn role(world: &World, more: Value) -> Option<String> {
    let token = signed(Algorithm::HS256, SECRET, &claims(world, more));
    viewer(world, &token)
        .await
        .map(|viewer| text(&viewer, "/role"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_and_bad_tokens() {
    let world = World::start(Backend::Sqlite).await;
    let now = world.clock.now().timestamp();
    let good = signed(Algorithm::HS256, SECRET, &claims(&world, json!({})));
    assert!(viewer(&world, &good).await.is_some());

    let parts: Vec<&str> = good.split('.').collect();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, body, signature) = (parts[0], parts[1], parts[2]);
    let agent = part(claims(&world, json!({ "role": "agent" })));
    let none = |name: &str| part(json!({ "alg": name, "typ": "JWT" }));
    let bad = [
        (
            "another secret",
            signed(
                Algorithm::HS256,
                "another secret, just as long as ours",
                &claims(&world, json!({})),
            ),
        ),
        (
            "no secret",
            signed(Algorithm::HS256, "", &claims(&world, json!({}))),
        ),
        (
            "another algorithm",
            signed(Algorithm::HS384, SECRET, &claims(&world, json!({}))),
        ),
        (
            "yet another algorithm",
            signed(Algorithm::HS512, SECRET, &claims(&world, json!({}))),
        ),
        ("other claims", format!("{header}.{agent}.{signature}")),
        ("no signature", format!("{header}.{body}.")),
        ("two parts", format!("{header}.{body}")),
        ("four parts", format!("{good}.x")),
        ("alg none", format!("{}.{agent}.", none("none"))),
        (
            "alg None with a signature",
            format!("{}.{agent}.{signature}", none("None")),
        ),
        (
            "no alg",
            format!("{}.{agent}.{signature}", part(json!({ "typ": "JWT" }))),
        ),
        ("nothing", String::new()),
        ("no token", "wombat".to_owned()),
        ("dots", "...".to_owned()),
        (
            "too long",
            signed(
                Algorithm::HS256,
                SECRET,
                &claims(&world, json!({ "x": "y".repeat(20_000) })),
            ),
        ),
    ];
    for (what, token) in bad {
        assert_eq!(viewer(&world, &token).await, None, "{what}");
    }
    let bad = [
        ("expired", json!({ "exp": now - 30 })),
        ("expired long ago", json!({ "exp": 0 })),
        ("without an end", json!({ "exp": null })),
        ("an end that is no number", json!({ "exp": "tomorrow" })),
        ("not yet", json!({ "nbf": now + 31 })),
        ("without a subject", json!({ "sub": null })),
        ("an empty subject", json!({ "sub": "" })),
        ("a subject that is no text", json!({ "sub": 7 })),
        ("a long subject", json!({ "sub": "x".repeat(255) })),
        ("a subject with NUL", json!({ "sub": "a\u{0}b" })),
        ("an issuer with NUL", json!({ "iss": "a\u{0}b" })),
        ("a long issuer", json!({ "iss": "x".repeat(10_000) })),
        (
            "the issuer of development",
            json!({ "iss": "deskwire-dev" }),
        ),
        ("a role that is none", json!({ "role": "wombat" })),
        ("the desk's own role", json!({ "role": "system" })),
        ("a role that is no text", json!({ "role": 7 })),
    ];
    for (what, more) in bad {
        assert_eq!(role(&world, more).await, None, "{what}");
    }
    // A few seconds between clocks are forgiven.
    for more in [
        json!({ "exp": now - 29 }),
        json!({ "nbf": now + 30 }),
        json!({ "exp": now as f64 + 0.5 }),
    ] {
        assert!(role(&world, more.clone()).await.is_some(), "{more}");
    }
    // It ends while it is in use.
    world.clock.advance(TimeDelta::seconds(3_629));
    assert!(viewer(&world, &good).await.is_some());
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(viewer(&world, &good).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_authorization_header() {
    let world = World::start(Backend::Sqlite).await;
    let good = signed(Algorithm::HS256, SECRET, &claims(&world, json!({})));
    let cases = [
        (format!("Bearer {good}"), 200),
        (format!("bearer {good}"), 200),
        (format!("BEARER   {good}"), 200),
        (good.clone(), 401),
        (format!("Basic {good}"), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer ".to_owned(), 401),
        (String::new(), 401),
    ];
    for (value, status) in cases {
        let http = Client::new(world.base(), None).http().clone();
        let request = http
            .post(format!("{}/graphql", world.base()))
            .header("authorization", &value);
        let request = request.header("content-type", "application/json");
        let answer = request
            .body(r#"{"query":"{ viewer { id } }"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status, "{value}");
        assert_eq!(
            answer.headers().contains_key("www-authenticate"),
            status == 401,
            "{value}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issuer_and_audience() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.jwt_issuer = Some("https://id.example".to_owned());
        config.jwt_audience = Some("deskwire".to_owned());
    })
    .await;
    let (iss, aud) = ("https://id.example", "deskwire");
    for (more, good) in [
        (json!({ "iss": iss, "aud": aud }), true),
        (json!({ "iss": iss, "aud": ["other", aud] }), true),
        (json!({ "iss": iss }), false),
        (json!({ "aud": aud }), false),
        (json!({}), false),
        (json!({ "iss": "https://id.example/", "aud": aud }), false),
        (json!({ "iss": "https://evil.example", "aud": aud }), false),
        (json!({ "iss": iss, "aud": "other" }), false),
        (json!({ "iss": iss, "aud": [] }), false),
        (json!({ "iss": iss, "aud": "" }), false),
    ] {
        assert_eq!(role(&world, more.clone()).await.is_some(), good, "{more}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles() {
    let world = World::start_with(Backend::Sqlite, |config| {
        config.role_claim = "realm_access.roles".to_owned();
    })
    .await;
    let (customer, agent, supervisor) = (Some("CUSTOMER"), Some("AGENT"), Some("SUPERVISOR"));
    for (number, (more, expected)) in [
        (json!({}), customer),
        (json!({ "realm_access": {} }), customer),
        (json!({ "realm_access": 7 }), customer),
        (json!({ "realm_access": { "roles": null } }), customer),
        (json!({ "realm_access": { "roles": [] } }), customer),
        (
            json!({ "realm_access": { "roles": ["offline", 7] } }),
            customer,
        ),
        (json!({ "realm_access": { "roles": ["agent"] } }), agent),
        (
            json!({ "realm_access": { "roles": ["agent", "supervisor", "customer"] } }),
            supervisor,
        ),
        (
            json!({ "realm_access": { "roles": ["system", "agent"] } }),
            agent,
        ),
        (json!({ "realm_access": { "roles": "Agent" } }), agent),
        (json!({ "realm_access.roles": "supervisor" }), supervisor),
        (json!({ "realm_access": { "roles": "wombat" } }), None),
        (
            json!({ "realm_access": { "roles": { "agent": true } } }),
            None,
        ),
        // The name that is not the one configured.
        (json!({ "role": "supervisor" }), customer),
    ]
    .into_iter()
    .enumerate()
    {
        let mut more = more;
        more["sub"] = json!(format!("person {number}"));
        assert_eq!(
            role(&world, more.clone()).await.as_deref(),
            expected,
            "{more}"
        );
    }
}
