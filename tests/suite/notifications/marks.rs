//! Marking as read.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{News, global, ids, page, unread};
use crate::common::{People, ask, fill, keyed, missing};

const MARK: &str = "markNotificationsRead";
const COUNTS: &str = "markedCount unreadCount";

async fn some_up_to_one_or_all(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let told = News::new(&world, &carla, &ticket).await.many(9).await;
    let mark = async |input: Value| {
        let payload = carla.run(MARK, input, COUNTS).await;
        (
            payload["markedCount"].as_i64().unwrap(),
            payload["unreadCount"].as_i64().unwrap(),
        )
    };
    world.clock.advance(chrono::TimeDelta::seconds(7));
    assert_eq!(
        mark(json!({ "ids": [told[8], told[6], told[8]] })).await,
        (2, 7)
    );
    world.clock.advance(chrono::TimeDelta::seconds(1));
    // What is read stays as it is, with its time.
    assert_eq!(mark(json!({ "ids": [told[8], told[7]] })).await, (1, 6));
    assert_eq!(mark(json!({ "ids": [] })).await, (0, 6));
    assert_eq!(mark(json!({ "upTo": told[3] })).await, (4, 2));
    let nodes = page(&carla, "").await["nodes"].clone();
    assert_eq!(
        (
            &nodes[0]["readAt"],
            &nodes[1]["readAt"],
            &nodes[3]["readAt"]
        ),
        (
            &json!("2026-03-02T09:00:07+00:00"),
            &json!("2026-03-02T09:00:08+00:00"),
            &json!(null)
        )
    );
    assert_eq!(mark(json!({ "all": true })).await, (2, 0));
    assert_eq!(mark(json!({ "all": true })).await, (0, 0));
    assert_eq!(ids(&page(&carla, "unreadOnly: true").await), [""; 0]);
    assert_eq!(unread(&alice).await, 0);
}

async fn a_repeated_request_is_answered_alike(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let news = News::new(&world, &carla, &ticket).await;
    news.many(2).await;
    let input = keyed(json!({ "all": true }), "once");
    let first = carla.run(MARK, input.clone(), COUNTS).await;
    assert_eq!(
        (&first["markedCount"], &first["unreadCount"]),
        (&json!(2), &json!(0))
    );
    let next = news.told().await;
    let again = carla.run(MARK, input, COUNTS).await;
    // The one that came in between is not marked: counts are as they are now.
    assert_eq!(
        (&again["markedCount"], &again["unreadCount"]),
        (&json!(2), &json!(1))
    );
    let other = keyed(json!({ "ids": [next] }), "once");
    assert_eq!(
        carla.user_error(MARK, other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
}

/// Those of others are like those that do not exist: byte for byte.
async fn of_others(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let there = News::new(&world, &carla, &ticket).await.told().await;
    let other = otto.open_ticket("Another").await;
    let own = News::new(&world, &otto, &other).await.told().await;
    let documents = [
        "mutation { markNotificationsRead(input: { ids: [\"ID\"] }) { ALL } }",
        "mutation { markNotificationsRead(input: { ids: [\"OWN\", \"ID\"] }) { ALL } }",
        "mutation { markNotificationsRead(input: { upTo: \"ID\" }) { ALL } }",
        "{ node(id: \"ID\") { __typename id ... on Notification { text readAt } } }",
        "{ nodes(ids: [\"ID\", \"OWN\"]) { __typename id } }",
    ];
    for document in documents {
        for client in [&otto, &alice] {
            let mut answers = Vec::new();
            let none = [
                global(99_999),
                global(0),
                global(-1),
                missing("Notification"),
                "wombat".to_owned(),
                ticket.clone(),
            ];
            for id in std::iter::once(&there).chain(&none) {
                let own = if client.token() == otto.token() {
                    &own
                } else {
                    "none"
                };
                let names = [
                    ("ID", id.as_str()),
                    ("OWN", own),
                    (
                        "ALL",
                        "markedCount unreadCount userErrors { code message field }",
                    ),
                ];
                // Staff see the ticket itself.
                if id == &ticket && (document.contains("node") || client.token() == alice.token()) {
                    continue;
                }
                answers.push(ask(client, &fill(document, &names)).await.text);
            }
            assert!(!answers[0].contains("\"errors\""), "{}", answers[0]);
            for answer in &answers {
                assert_eq!(answer, &answers[0], "{document}");
            }
        }
    }
    assert_eq!((unread(&carla).await, unread(&otto).await), (1, 1));
    let input = json!({ "ids": [there] });
    let payload = otto.attempt(MARK, input, COUNTS).await;
    assert_eq!(payload["markedCount"], json!(null));
    let error = &payload["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["field"], &error["message"]),
        (
            &json!("NOT_FOUND"),
            &json!(["ids"]),
            &json!("There is no such notification. Check the id, it may be mistyped.")
        )
    );
}

async fn one_way_to_say_which(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let told = News::new(&world, &carla, &ticket).await.told().await;
    for input in [
        json!({}),
        json!({ "all": false }),
        json!({ "ids": [told], "all": true }),
        json!({ "ids": [told], "upTo": told }),
        json!({ "upTo": told, "all": true }),
    ] {
        assert_eq!(
            carla.user_error(MARK, input.clone()).await,
            "INVALID",
            "{input}"
        );
    }
    let many = json!({ "ids": vec![told; 501] });
    assert_eq!(carla.user_error(MARK, many).await, "TOO_LONG");
    assert_eq!(unread(&carla).await, 1);
}

/// Each marks something: nobody waits for somebody who waits for them.
async fn the_same_from_many_sides(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let told = News::new(&world, &carla, &ticket).await.many(40).await;
    let marks = (0..16).map(|number| {
        let mut ids = told.clone();
        if number % 2 == 0 {
            ids.reverse();
        }
        let input = match number % 4 {
            0 | 1 => json!({ "ids": ids[..20] }),
            2 => json!({ "upTo": told[20] }),
            _ => json!({ "all": true }),
        };
        let carla = carla.clone();
        async move { carla.run(MARK, input, COUNTS).await["markedCount"].clone() }
    });
    let marked = futures_util::future::join_all(marks).await;
    let marked: i64 = marked.iter().map(|count| count.as_i64().unwrap()).sum();
    assert_eq!(marked, 40);
    assert_eq!(unread(&carla).await, 0);
}

on_both!(
    some_up_to_one_or_all,
    a_repeated_request_is_answered_alike,
    of_others,
    one_way_to_say_which,
    the_same_from_many_sides
);
