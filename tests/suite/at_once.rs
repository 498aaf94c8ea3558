//! Many at the same time, at two servers: one key, one version, one sequence of numbers.

use std::collections::BTreeSet;

use deskwire_tests::{Client, World, on_both};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::common::{People, keyed, state, text, total};

/// Sixteen requests with one key at the same time.
async fn many_at_once_with_one_key(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let id = carla.open_ticket("A ticket").await;
    let other = world.second_server().await;
    let second = carla.at(&format!("http://{}", other.address()));
    let cases = [
        (
            "createTicket",
            json!({ "subject": "a", "description": "b" }),
            "ticket { id number version }",
        ),
        (
            "replyToTicket",
            json!({ "ticketId": id, "body": "a" }),
            "message { id } ticket { id version }",
        ),
    ];
    for (mutation, input, selection) in cases {
        let before = (
            total(&alice, "queue").await,
            state(&alice, &id).await["messages"]["totalCount"].clone(),
        );
        let clients: Vec<&Client> = (0..16)
            .map(|at| if at % 2 == 0 { &carla } else { &second })
            .collect();
        let input = keyed(input, mutation);
        let all = clients
            .iter()
            .map(|client| client.run(mutation, input.clone(), selection));
        let answers = join_all(all).await;
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:#?}"
        );
        let now = (
            total(&alice, "queue").await,
            state(&alice, &id).await["messages"]["totalCount"].clone(),
        );
        let made = |one: i64, other: &Value, was: &Value| {
            one + other.as_i64().unwrap() - was.as_i64().unwrap()
        };
        assert_eq!(made(now.0 - before.0, &now.1, &before.1), 1, "{mutation}");
    }
    // The same key with different inputs: one is done.
    let inputs = (0..8).map(|n| {
        keyed(
            json!({ "name": format!("Team {n}"), "memberIds": [] }),
            "race",
        )
    });
    let all =
        join_all(inputs.map(|input| susan.attempt("upsertTeam", input, "team { name }"))).await;
    let done = all
        .iter()
        .filter(|payload| payload["userErrors"] == json!([]))
        .count();
    let reused = |payload: &&Value| payload["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED";
    assert_eq!(
        (done, all.iter().filter(reused).count()),
        (1, 7),
        "{all:#?}"
    );
    other.stop().await.unwrap();
}

/// Writers who saw the same version: one wins, the others are told, and nothing is lost.
async fn one_of_many_writers_wins(world: World) {
    let People {
        carla,
        alice,
        bob,
        susan,
        ..
    } = People::of(&world);
    let other = world.second_server().await;
    let bob = bob.at(&format!("http://{}", other.address()));
    let id = carla.open_ticket("A ticket").await;
    for round in 0..5 {
        let version = state(&susan, &id).await["version"].as_i64().unwrap();
        let update = |who, tag: &str| {
            let input = json!({ "ticketId": id, "tags": [format!("{tag}{round}")], "expectedVersion": version });
            Client::attempt(who, "updateTicket", input, "ticket { version tags }")
        };
        let (one, two) = tokio::join!(async { update(&alice, "alice").await }, async {
            update(&bob, "bob").await
        });
        let (won, lost) = if one["ticket"].is_null() {
            (two, one)
        } else {
            (one, two)
        };
        assert_eq!(won["ticket"]["version"], version + 1, "{won:#}");
        assert_eq!(lost["ticket"], Value::Null, "{lost:#}");
        assert_eq!(lost["userErrors"][0]["code"], "CONFLICT", "{lost:#}");
        let message = text(&lost, "/userErrors/0/message");
        assert!(message.contains(&(version + 1).to_string()), "{message}");
    }
    // Without an expected version all are done, one after the other.
    let before = state(&susan, &id).await;
    let replies = (0..10).map(|n| {
        let who = if n % 2 == 0 { &alice } else { &bob };
        let input = json!({ "ticketId": id, "body": format!("reply {n}") });
        who.run("replyToTicket", input, "message { id }")
    });
    let ids: BTreeSet<String> = join_all(replies)
        .await
        .iter()
        .map(|done| text(done, "/message/id"))
        .collect();
    let after = state(&susan, &id).await;
    assert_eq!(ids.len(), 10);
    assert_eq!(after["version"], before["version"].as_i64().unwrap() + 10);
    other.stop().await.unwrap();
}

/// Forty tickets opened at once have forty numbers without a gap.
async fn numbers_are_consecutive(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    // What is refused takes no number.
    let bad = json!({ "subject": "", "description": "b" });
    assert_eq!(carla.user_error("createTicket", bad).await, "REQUIRED");
    let all = (0..40).map(|n| {
        let who = if n % 2 == 0 { &carla } else { &otto };
        let input = json!({ "subject": format!("{n}"), "description": "b" });
        who.run("createTicket", input, "ticket { id number }")
    });
    let made = join_all(all).await;
    let numbers: BTreeSet<String> = made
        .iter()
        .map(|done| text(done, "/ticket/number"))
        .collect();
    let expected: BTreeSet<String> = (1..=40).map(|number| format!("SUP-{number:05}")).collect();
    assert_eq!(numbers, expected);
    assert_eq!(total(&alice, "queue").await, 40);
}

on_both!(
    many_at_once_with_one_key,
    one_of_many_writers_wins,
    numbers_are_consecutive
);
