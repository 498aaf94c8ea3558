//! The people that tokens stand for: made at first sight, linked, kept up to date.

use deskwire_tests::{Client, World, on_both};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::common::{People, text};

const VIEWER: &str = "{ viewer { id name role email hasLogin } }";

async fn people_follow_their_tokens(world: World) {
    let who = |more: Value| {
        let client = world.client_with(more);
        async move { client.get(VIEWER, json!({})).await["viewer"].clone() }
    };
    let first = who(json!({ "sub": "p", "name": "Pat", "email": "pat@example.com" })).await;
    assert_eq!(
        (&first["name"], &first["role"]),
        (&json!("Pat"), &json!("CUSTOMER"))
    );
    for (more, changed, value) in [
        (
            json!({ "name": "Patricia", "email": "pat@example.com" }),
            "name",
            "Patricia",
        ),
        (
            json!({ "name": "Patricia", "email": "p@example.com" }),
            "email",
            "p@example.com",
        ),
        (
            json!({ "name": "Patricia", "role": "agent" }),
            "role",
            "AGENT",
        ),
        (json!({ "role": "customer" }), "role", "CUSTOMER"),
        // What a token does not say stays.
        (json!({}), "name", "Patricia"),
        (json!({ "email": "no address" }), "email", "p@example.com"),
        (json!({ "name": "  P\u{0}at\n  " }), "name", "Pat"),
    ] {
        let mut more = more;
        more["sub"] = json!("p");
        let now = who(more.clone()).await;
        assert_eq!(
            (&now["id"], &now[changed]),
            (&first["id"], &json!(value)),
            "{more}"
        );
    }
    assert_eq!(
        who(json!({ "sub": "q", "email": "q@example.com" })).await["name"],
        "q@example.com"
    );
    assert_eq!(who(json!({ "sub": "r" })).await["name"], "r");
    // What staff are called is shown to customers: it is no address, wherever it comes from.
    for more in [
        json!({ "sub": "s1", "email": "sue@staff.example" }),
        json!({ "sub": "sue@staff.example" }),
        json!({ "sub": "s2", "name": "sue@staff.example" }),
    ] {
        let mut more = more;
        more["role"] = json!("agent");
        assert_eq!(who(more.clone()).await["name"], "sue", "{more}");
        assert_eq!(who(more.clone()).await["name"], "sue", "{more} again");
    }
    // The same subject of another issuer is somebody else.
    let other = who(json!({ "sub": "p", "iss": "https://id.example" })).await;
    assert_ne!(other["id"], first["id"]);
}

async fn customers_are_linked_by_their_address(world: World) {
    let People { alice, .. } = People::of(&world);
    let register = |name: &str, email: &str| {
        let (alice, input) = (
            alice.clone(),
            json!({ "name": name, "email": email, "mobile": "+49 30 1" }),
        );
        async move {
            text(
                &alice.run("createCustomer", input, "user { id }").await,
                "/user/id",
            )
        }
    };
    let sign_in = |more: Value| {
        let client = world.client_with(more);
        async move { client.get(VIEWER, json!({})).await["viewer"].clone() }
    };
    let walter = register("Walter", "Walter@Example.com").await;
    let behalf = json!({ "subject": "a", "description": "b", "requesterId": walter });
    alice.run("createTicket", behalf, "").await;
    // Not by an address that nobody verified, nor as staff.
    let unverified = json!({ "sub": "w1", "email": "walter@example.com", "email_verified": false });
    assert_ne!(sign_in(unverified).await["id"], walter.as_str());
    let staff = json!({ "sub": "w2", "email": "walter@example.com", "role": "agent" });
    assert_ne!(sign_in(staff).await["id"], walter.as_str());
    let without = json!({ "sub": "w3", "name": "Walter" });
    assert_ne!(sign_in(without).await["id"], walter.as_str());
    // But by a verified one, in any case of letters, with everything that is theirs.
    let verified = json!({ "sub": "w4", "name": "W. Walter", "email": "walter@example.COM", "email_verified": true });
    let linked = sign_in(verified.clone()).await;
    let facts = ["id", "name", "role", "hasLogin"].map(|field| linked[field].clone());
    assert_eq!(
        facts,
        [
            json!(walter),
            json!("W. Walter"),
            json!("CUSTOMER"),
            json!(true)
        ]
    );
    let mine = world
        .client_with(verified)
        .get("{ viewer { mobile } myTickets { totalCount } }", json!({}))
        .await;
    assert_eq!(
        mine,
        json!({ "viewer": { "mobile": "+49 30 1" }, "myTickets": { "totalCount": 1 } })
    );
    // Somebody who has a login is not linked to another.
    let again = json!({ "sub": "w5", "email": "walter@example.com", "email_verified": true });
    assert_ne!(sign_in(again).await["id"], walter.as_str());

    let (one, two) = (
        register("One", "both@example.com").await,
        register("Two", "BOTH@example.com").await,
    );
    let shared = sign_in(json!({ "sub": "b", "email": "both@example.com" })).await["id"].clone();
    assert!(shared != one.as_str() && shared != two.as_str());
    // Letters that stand for any in a pattern stand for themselves here.
    let percent = register("Percent", "a_c@example.com").await;
    assert_ne!(
        sign_in(json!({ "sub": "c", "email": "abc@example.com" })).await["id"],
        percent.as_str()
    );
}

/// Twenty first requests at the same time at two servers make one person, linked or new.
async fn one_person_however_often_at_once(world: World) {
    let People { alice, .. } = People::of(&world);
    let input = json!({ "name": "Linda", "email": "linda@example.com" });
    let linda = text(
        &alice.run("createCustomer", input, "user { id }").await,
        "/user/id",
    );
    let other = world.second_server().await;
    let other_base = format!("http://{}", other.address());
    for (name, known) in [("Newman", None), ("Linda", Some(linda))] {
        let email = format!("{}@example.com", name.to_lowercase());
        let client = world.client_with(json!({ "sub": name, "name": name, "email": email }));
        let clients = (0..20).map(|at| {
            if at % 2 == 0 {
                client.clone()
            } else {
                client.at(&other_base)
            }
        });
        let clients: Vec<Client> = clients.collect();
        let ids = join_all(clients.iter().map(Client::id)).await;
        assert!(ids.iter().all(|id| *id == ids[0]), "{name}: {ids:?}");
        assert!(known.is_none_or(|known| known == ids[0]), "{name}");
        let query = "query($name: String!) { users(query: $name) { totalCount } }";
        let found = alice.get(query, json!({ "name": name })).await;
        assert_eq!(found["users"]["totalCount"], 1, "{name}");
    }
    other.stop().await.unwrap();
}

on_both!(
    people_follow_their_tokens,
    customers_are_linked_by_their_address,
    one_person_however_often_at_once
);
