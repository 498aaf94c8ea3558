//! What is refused: wrong rules and scores, and people for whom samples are not.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Scene, wanted};
use crate::common::{ask, missing, text, total};

const DRAW: &str = "drawReviewSample";

async fn wrong_samples(world: World) {
    let scene = Scene::new(world);
    let susan = &scene.people.susan;
    scene.some(&scene.people.alice, 2).await;
    let sized = |size: i64| {
        let mut input = wanted(1, json!({}));
        input["size"] = json!(size);
        input
    };
    let named = |name: &str| {
        let mut input = wanted(1, json!({}));
        input["name"] = json!(name);
        input
    };
    let ruled = |rules: Value| wanted(1, rules);
    let person = missing("User");
    for (input, code, field, words) in [
        (named(" "), "REQUIRED", "name", "fill it in"),
        (named(&"x".repeat(201)), "TOO_LONG", "name", "at most 200"),
        (named("a\nb"), "INVALID", "name", "single line"),
        (sized(0), "INVALID", "size", "from 1 to 500"),
        (sized(-1), "INVALID", "size", "from 1 to 500"),
        (sized(501), "INVALID", "size", "from 1 to 500"),
        (
            ruled(json!({ "perAgent": 0 })),
            "INVALID",
            "rules.perAgent",
            "from 1 to 500",
        ),
        (
            ruled(json!({ "perAgent": 501 })),
            "INVALID",
            "rules.perAgent",
            "from 1 to 500",
        ),
        (
            ruled(json!({ "to": "2026-03-01T00:00:00Z" })),
            "INVALID",
            "rules.to",
            "after `from`",
        ),
        (
            ruled(json!({ "from": "2026-05-01T00:00:00Z" })),
            "INVALID",
            "rules.to",
            "after `from`",
        ),
        (
            ruled(json!({ "from": "-0001-01-01T00:00:00Z" })),
            "INVALID",
            "rules.from",
            "years 1 to 9999",
        ),
        (
            ruled(json!({ "to": "+10000-01-01T00:00:00Z" })),
            "INVALID",
            "rules.to",
            "years 1 to 9999",
        ),
        (
            ruled(json!({ "categories": ["wombats"] })),
            "INVALID",
            "rules.categories",
            "`categories`",
        ),
        (
            ruled(json!({ "teamIds": [missing("Team")] })),
            "NOT_FOUND",
            "rules.teamIds",
            "no such team",
        ),
        (
            ruled(json!({ "teamIds": ["x"] })),
            "NOT_FOUND",
            "rules.teamIds",
            "no such team",
        ),
        (
            ruled(json!({ "teamIds": vec![missing("Team"); 101] })),
            "TOO_LONG",
            "rules.teamIds",
            "at most 100",
        ),
        (
            ruled(json!({ "sources": vec!["PHONE"; 101] })),
            "TOO_LONG",
            "rules.sources",
            "at most 100",
        ),
        (
            ruled(json!({ "assigneeId": person })),
            "NOT_FOUND",
            "rules.assigneeId",
            "no such person",
        ),
        (
            ruled(json!({ "priorities": ["LOW"] })),
            "INVALID",
            "rules",
            "No ticket matches",
        ),
    ] {
        let payload = susan.attempt(DRAW, input.clone(), "sample { id }").await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(
            (errors.len(), &payload["sample"]),
            (1, &Value::Null),
            "{input} {payload}"
        );
        let path: Vec<_> = field.split('.').collect();
        assert_eq!(
            (&errors[0]["code"], &errors[0]["field"]),
            (&json!(code), &json!(path)),
            "{input}"
        );
        let message = text(&errors[0], "/message");
        assert!(message.contains(words), "{input}: {message}");
    }
    // All mistakes at once.
    let mut input = wanted(1, json!({ "perAgent": -5, "to": "2026-03-01T00:00:00Z" }));
    input["size"] = json!(9_999);
    input["name"] = json!("");
    let payload = susan.attempt(DRAW, input, "sample { id }").await;
    let fields = payload["userErrors"].as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|error| error["field"].clone()).collect();
    assert_eq!(
        fields,
        [
            json!(["name"]),
            json!(["size"]),
            json!(["rules", "perAgent"]),
            json!(["rules", "to"])
        ]
    );
    assert_eq!(total(susan, "reviewSamples").await, 0);
    for (document, words) in [
        ("{ reviewSamples(first: 0) { totalCount } }", "1 to 100"),
        ("{ reviewSamples(after: \"x\") { totalCount } }", "cursor"),
        ("{ reviewSamples(first: 1, last: 1) { totalCount } }", "not both"),
        (
            "mutation { drawReviewSample(input: { name: \"a\", size: 1, seed: 4294967296,
                rules: { from: \"2026-03-01T00:00:00Z\", to: \"2026-04-01T00:00:00Z\" } }) { sample { id } } }",
            "Only integers",
        ),
        (
            "mutation { drawReviewSample(input: { name: \"a\", size: 1, rules: {} }) { sample { id } } }",
            "from",
        ),
    ] {
        let answer = ask(susan, document).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{document}");
        assert!(answer.message().contains(words), "{document}: {}", answer.message());
    }
}

async fn wrong_reviews(world: World) {
    let scene = Scene::new(world);
    let susan = &scene.people.susan;
    let tickets = scene.some(&scene.people.alice, 2).await;
    let sample = text(&scene.draw(2, json!({})).await, "/id");
    let outside = scene.resolved(&scene.people.bob, json!({})).await;
    let review = |more: Value| {
        let mut input = json!({ "sampleId": sample, "ticketId": tickets[0], "score": 3 });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        input
    };
    for (input, code, field, words) in [
        (
            review(json!({ "score": 0 })),
            "INVALID",
            "score",
            "from 1, the worst, to 5",
        ),
        (
            review(json!({ "score": 6 })),
            "INVALID",
            "score",
            "from 1, the worst, to 5",
        ),
        (
            review(json!({ "score": -3 })),
            "INVALID",
            "score",
            "from 1, the worst, to 5",
        ),
        (
            review(json!({ "score": 65_539 })),
            "INVALID",
            "score",
            "from 1, the worst, to 5",
        ),
        (
            review(json!({ "notes": "x".repeat(5_001) })),
            "TOO_LONG",
            "notes",
            "at most 5000",
        ),
        (
            review(json!({ "notes": "a\u{0}b" })),
            "INVALID",
            "notes",
            "control characters",
        ),
        (
            review(json!({ "sampleId": missing("ReviewSample") })),
            "NOT_FOUND",
            "sampleId",
            "no such sample",
        ),
        (
            review(json!({ "sampleId": tickets[0] })),
            "NOT_FOUND",
            "sampleId",
            "no such sample",
        ),
        (
            review(json!({ "ticketId": missing("Ticket") })),
            "NOT_FOUND",
            "ticketId",
            "in this sample",
        ),
        (
            review(json!({ "ticketId": outside })),
            "NOT_FOUND",
            "ticketId",
            "in this sample",
        ),
        (
            review(json!({ "ticketId": "x" })),
            "NOT_FOUND",
            "ticketId",
            "in this sample",
        ),
    ] {
        let payload = susan
            .attempt(
                "reviewTicket",
                input.clone(),
                "item { position } sample { id }",
            )
            .await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{input} {payload}");
        assert_eq!(
            (&payload["item"], &payload["sample"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            (&errors[0]["code"], &errors[0]["field"]),
            (&json!(code), &json!([field])),
            "{input}"
        );
        let message = text(&errors[0], "/message");
        assert!(message.contains(words), "{input}: {message}");
    }
    let both = review(json!({ "score": 9, "notes": "x".repeat(5_001) }));
    let payload = susan.attempt("reviewTicket", both, "").await;
    assert_eq!(payload["userErrors"].as_array().unwrap().len(), 2);
    // A half of a score is none.
    let answer = susan
        .ask_mutation("reviewTicket", review(json!({ "score": 3.5 })))
        .await;
    assert_eq!(answer.code(), "BAD_INPUT");
    assert_eq!(
        scene.sample(susan, &sample).await["progress"]["reviewed"],
        0
    );
    // What is empty counts as left out, and the longest notes are taken.
    let longest = "ä".repeat(5_000);
    for (notes, kept) in [(" ", Value::Null), (longest.as_str(), json!(longest))] {
        let done = susan
            .run(
                "reviewTicket",
                review(json!({ "notes": notes })),
                "item { reviews { notes } }",
            )
            .await;
        assert_eq!(done["item"]["reviews"][0]["notes"], kept);
    }
}

/// For whom it is not, for them it is not there; and nothing happens.
async fn customers_and_agents(world: World) {
    let scene = Scene::new(world);
    let (carla, alice, susan) = (
        &scene.people.carla,
        &scene.people.alice,
        &scene.people.susan,
    );
    let ticket = scene.some(alice, 1).await.remove(0);
    let sample = text(&scene.draw(1, json!({})).await, "/id");
    scene.score(susan, &sample, &ticket, 4).await;
    let before = scene.sample(susan, &sample).await;
    for client in [carla, alice, &scene.people.bob] {
        for (mutation, input) in [
            (DRAW, wanted(1, json!({ "excludeReviewed": false }))),
            // Not even what is wrong with it is said.
            (DRAW, wanted(0, json!({ "categories": ["wombats"] }))),
            (
                "reviewTicket",
                json!({ "sampleId": sample, "ticketId": ticket, "score": 1 }),
            ),
            (
                "reviewTicket",
                json!({ "sampleId": "x", "ticketId": "x", "score": 9 }),
            ),
        ] {
            let answer = client.ask_mutation(mutation, input).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{mutation}");
            assert!(
                answer.message().contains("quality reviews"),
                "{}",
                answer.message()
            );
        }
        let answer = ask(client, "{ reviewSamples { totalCount } }").await;
        assert_eq!(answer.code(), "FORBIDDEN");
        let node = |id: &str| format!("{{ node(id: \"{id}\") {{ __typename id }} }}");
        let there = ask(client, &node(&sample)).await;
        let not_there = ask(client, &node(&missing("ReviewSample"))).await;
        assert_eq!(there.text, not_there.text);
        assert_eq!(there.data(), json!({ "node": null }));
    }
    assert_eq!(scene.sample(susan, &sample).await, before);
    assert_eq!(total(susan, "reviewSamples").await, 1);
}

on_both!(wrong_samples, wrong_reviews, customers_and_agents);
