//! Keys of an identity provider, from a file and from a URL. The keys in `fixtures` are for tests
//! and open nothing.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::TimeDelta;
use deskwire_tests::{Backend, Client, World};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const ALL: &str = include_str!("../fixtures/jwks.json");
const RS256: &[u8] = include_bytes!("../fixtures/rs256.pem");
const RS256_NEXT: &[u8] = include_bytes!("../fixtures/rs256_next.pem");
const RS256_PUBLIC: &str = include_str!("../fixtures/rs256.pub.pem");
const ES256: &[u8] = include_bytes!("../fixtures/es256.pem");
const EDDSA: &[u8] = include_bytes!("../fixtures/eddsa.pem");

/// A document with some of the keys.
fn document(ids: &[&str]) -> String {
    let all: Value = serde_json::from_str(ALL).unwrap();
    let keys = all["keys"].as_array().unwrap();
    let wanted = |key: &&Value| ids.contains(&key["kid"].as_str().unwrap());
    json!({ "keys": keys.iter().filter(wanted).collect::<Vec<_>>() }).to_string()
}

fn token(world: &World, algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey) -> String {
    let exp = (world.clock.now() + TimeDelta::hours(10)).timestamp();
    let header = Header {
        kid: kid.map(str::to_owned),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(
        &header,
        &json!({ "sub": "x", "exp": exp, "role": "agent" }),
        key,
    )
    .unwrap()
}

fn rsa(pem: &[u8]) -> EncodingKey {
    EncodingKey::from_rsa_pem(pem).unwrap()
}

/// A token of the first or the second RSA key.
fn rs256(world: &World, kid: &str) -> String {
    let pem = if kid == "rs256" { RS256 } else { RS256_NEXT };
    token(world, Algorithm::RS256, Some(kid), &rsa(pem))
}

async fn is_good(world: &World, token: &str) -> bool {
    let client = Client::new(world.base(), Some(token.to_owned()));
    let answer = client.ask("{ viewer { role } }", json!({})).await;
    match answer.status {
        200 => answer.data()["viewer"]["role"] == "AGENT",
        status => {
            assert_eq!(
                (status, answer.code()),
                (401, "UNAUTHENTICATED"),
                "{:#}",
                answer.body
            );
            false
        }
    }
}

async fn world_with(jwks: &str, secret: Option<&str>) -> World {
    World::start_with(Backend::Sqlite, |config| {
        config.jwks = Some(jwks.to_owned());
        config.jwt_secret = secret.map(str::to_owned);
    })
    .await
}

fn write(path: &Path, text: &str) -> String {
    fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_key() {
    let folder = tempfile::tempdir().unwrap();
    let place = write(&folder.path().join("jwks.json"), ALL);
    let world = world_with(&place, None).await;
    let (es256, eddsa) = (
        EncodingKey::from_ec_pem(ES256).unwrap(),
        EncodingKey::from_ed_pem(EDDSA).unwrap(),
    );
    for (what, token, good) in [
        ("RS256", rs256(&world, "rs256"), true),
        ("another RS256", rs256(&world, "rs256_next"), true),
        (
            "ES256",
            token(&world, Algorithm::ES256, Some("es256"), &es256),
            true,
        ),
        (
            "ES256 without a kid, there is one",
            token(&world, Algorithm::ES256, None, &es256),
            true,
        ),
        (
            "EdDSA",
            token(&world, Algorithm::EdDSA, Some("eddsa"), &eddsa),
            true,
        ),
        (
            "EdDSA without a kid, there is one",
            token(&world, Algorithm::EdDSA, None, &eddsa),
            true,
        ),
        (
            "RS256 without a kid, there are two",
            token(&world, Algorithm::RS256, None, &rsa(RS256)),
            false,
        ),
        (
            "the kid of another key",
            token(&world, Algorithm::RS256, Some("rs256_next"), &rsa(RS256)),
            false,
        ),
        (
            "the kid of another kind of key",
            token(&world, Algorithm::RS256, Some("es256"), &rsa(RS256)),
            false,
        ),
        (
            "a kid that is none",
            token(&world, Algorithm::RS256, Some("wombat"), &rsa(RS256)),
            false,
        ),
        (
            "RS512 with a key for RS256",
            token(&world, Algorithm::RS512, Some("rs256"), &rsa(RS256)),
            false,
        ),
        (
            "PS256 with a key for RS256",
            token(&world, Algorithm::PS256, Some("rs256"), &rsa(RS256)),
            false,
        ),
    ] {
        assert_eq!(is_good(&world, &token).await, good, "{what}");
    }
    let good = rs256(&world, "rs256");
    let (start, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    assert!(!is_good(&world, &format!("{start}.{turned}")).await);
}

/// A public key is no secret: what is signed with it, in any of its forms, is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_key_does_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys: Value = serde_json::from_str(ALL).unwrap();
    // A symmetric key has no business there.
    let symmetric =
        json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I" });
    keys["keys"].as_array_mut().unwrap().push(symmetric);
    let place = write(&folder.path().join("jwks.json"), &keys.to_string());
    let jwk = keys["keys"][0].to_string();
    let modulus = keys["keys"][0]["n"].as_str().unwrap().to_owned();
    for secret in [
        None,
        Some("a secret that is long enough for HS256 in tests"),
    ] {
        let world = world_with(&place, secret).await;
        for bytes in [
            RS256_PUBLIC,
            RS256_PUBLIC.trim_end(),
            ALL,
            &jwk,
            &modulus,
            "secret secret secret secret secr",
            "",
        ] {
            let key = EncodingKey::from_secret(bytes.as_bytes());
            for kid in [None, Some("rs256"), Some("oct")] {
                let token = token(&world, Algorithm::HS256, kid, &key);
                assert!(!is_good(&world, &token).await, "{kid:?} {bytes}");
            }
        }
        assert!(is_good(&world, &rs256(&world, "rs256")).await);
        if let Some(secret) = secret {
            let key = EncodingKey::from_secret(secret.as_bytes());
            assert!(is_good(&world, &token(&world, Algorithm::HS256, None, &key)).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_file_are_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let place = write(&path, &document(&["rs256"]));
    let world = world_with(&format!("file://{place}"), None).await;
    let (old, new) = (rs256(&world, "rs256"), rs256(&world, "rs256_next"));
    assert!(is_good(&world, &old).await && !is_good(&world, &new).await);
    // A new key is there some seconds later at most.
    write(&path, &document(&["rs256", "rs256_next"]));
    world.clock.advance(TimeDelta::seconds(10));
    assert!(is_good(&world, &new).await && is_good(&world, &old).await);
    // An old one is gone some minutes later at most.
    write(&path, &document(&["rs256_next"]));
    world.clock.advance(TimeDelta::minutes(5));
    assert!(!is_good(&world, &old).await && is_good(&world, &new).await);
    // What cannot be read changes nothing.
    for broken in [
        "",
        "wombat",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kty":"wombat"}]}"#,
    ] {
        write(&path, broken);
        world.clock.advance(TimeDelta::minutes(6));
        assert!(
            is_good(&world, &new).await && !is_good(&world, &old).await,
            "{broken}"
        );
    }
    fs::remove_file(&path).unwrap();
    world.clock.advance(TimeDelta::minutes(6));
    assert!(is_good(&world, &new).await);
    // And it goes on when it is mended.
    write(&path, &document(&["rs256"]));
    world.clock.advance(TimeDelta::seconds(10));
    assert!(is_good(&world, &old).await && !is_good(&world, &new).await);
}

/// A web server that answers everything alike.
struct Web {
    url: String,
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
}

impl Web {
    async fn serve(body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new((200, body)));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shared, counter) = (Arc::clone(&answer), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4_096];
                let _read = stream.read(&mut request).await;
                counter.fetch_add(1, Ordering::SeqCst);
                let (status, body) = shared.lock().unwrap().clone();
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _gone = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Self { url, answer, asked }
    }

    fn says(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_url_are_rotated_and_not_asked_for_too_often() {
    let web = Web::serve(document(&["rs256"])).await;
    let world = world_with(&web.url, None).await;
    let (old, new) = (rs256(&world, "rs256"), rs256(&world, "rs256_next"));
    for _ in 0..10 {
        assert!(is_good(&world, &old).await && !is_good(&world, &new).await);
    }
    assert_eq!(web.asked(), 1);
    web.says(200, &document(&["rs256_next"]));
    world.clock.advance(TimeDelta::seconds(10));
    let all = futures_util::future::join_all((0..10).map(|_| is_good(&world, &new))).await;
    assert!(all.into_iter().all(|good| good));
    assert!(!is_good(&world, &old).await);
    assert_eq!(web.asked(), 2);
    // The provider has a bad day: its keys stay good.
    for (status, body) in [(500, "no"), (404, ""), (200, "<html>"), (302, "")] {
        web.says(status, body);
        world.clock.advance(TimeDelta::minutes(6));
        assert!(is_good(&world, &new).await, "{status} {body}");
    }
    // So long an answer is none.
    web.says(
        200,
        &format!("{}{}", " ".repeat(2 << 20), document(&["rs256"])),
    );
    world.clock.advance(TimeDelta::minutes(6));
    assert!(is_good(&world, &new).await && !is_good(&world, &old).await);
}

/// A server without good keys does not start, and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_keys_no_start() {
    let world = World::start(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let web = Web::serve("no".to_owned()).await;
    web.says(404, "no");
    let symmetric = r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#;
    let mut places = vec![
        folder.path().join("missing").to_str().unwrap().to_owned(),
        web.url.clone(),
    ];
    for (number, text) in ["", "wombat", "{}", r#"{"keys":[]}"#, symmetric]
        .into_iter()
        .enumerate()
    {
        places.push(write(&path.with_extension(number.to_string()), text));
    }
    for place in places {
        let mut config = world.config().clone();
        config.jwks = Some(place.clone());
        let error = deskwire_api::start(&config, world.clock.clone())
            .await
            .err();
        let message = error
            .unwrap_or_else(|| panic!("started with {place}"))
            .to_string();
        assert!(
            message.contains("DESKWIRE_JWKS") && message.contains(&place),
            "{message}"
        );
    }
}
