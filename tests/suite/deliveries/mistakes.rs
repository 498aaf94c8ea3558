//! What is refused: wrong endpoints, and people for whom they are not.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::endpoint;
use crate::common::{People, ask, keyed, text, total};

const SAVE: &str = "upsertWebhookEndpoint";
const ROTATE: &str = "rotateWebhookSecret";

async fn wrong_endpoints(world: World) {
    let People { susan, .. } = People::of(&world);
    let long = format!("https://example.com/{}", "x".repeat(2_048));
    let huge = format!("https://example.com/{}", "x".repeat(900_000));
    for (url, code, words) in [
        ("", "REQUIRED", "fill it in"),
        (" \t ", "REQUIRED", "fill it in"),
        (&long, "TOO_LONG", "at most 2048"),
        (&huge, "TOO_LONG", "at most 2048"),
        ("https://example.com/\u{0}", "INVALID", "control characters"),
        ("https://exa\nmple.com/", "INVALID", "single line"),
        ("wombat", "INVALID", "such as https://example.com/"),
        ("http://example.com/", "INVALID", "must begin with https://"),
        ("ftp://example.com/", "INVALID", "not by ftp"),
        (
            "https://user:pass@example.com/",
            "INVALID",
            "a password in it",
        ),
        ("https://key@example.com/", "INVALID", "a user name or"),
        ("https://localhost/", "INVALID", "public internet only"),
        (
            "https://127.0.0.1/",
            "INVALID",
            "127.0.0.1 is not a public address",
        ),
        (
            "https://2130706433/",
            "INVALID",
            "127.0.0.1 is not a public address",
        ),
        (
            "https://10.1.2.3/",
            "INVALID",
            "10.1.2.3 is not a public address",
        ),
        (
            "https://169.254.169.254/latest/",
            "INVALID",
            "public internet only",
        ),
        ("https://[::1]/", "INVALID", "::1 is not a public address"),
        ("https://[fd00::1]/", "INVALID", "public internet only"),
        ("https://example.com:0/", "INVALID", "no port 0"),
    ] {
        for input in [
            json!({ "url": url }),
            keyed(json!({ "url": url }), "the key"),
        ] {
            let answer = susan.ask_mutation(SAVE, input).await;
            assert!(
                answer.text.len() < 1_000,
                "what was sent does not come back"
            );
            let errors = answer.data()[SAVE]["userErrors"].clone();
            let short: String = url.chars().take(60).collect();
            assert_eq!(errors.as_array().unwrap().len(), 1, "{short}: {errors}");
            assert_eq!(errors[0]["code"], code, "{short}: {errors}");
            assert_eq!(errors[0]["field"], json!(["url"]), "{short}");
            let message = text(&errors[0], "/message");
            assert!(message.contains(words), "{short}: {message}");
        }
    }
    // Several mistakes come together.
    let input = json!({ "url": "http://example.com/", "description": "x".repeat(201) });
    let payload = susan.attempt(SAVE, input, "secret").await;
    let errors = payload["userErrors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|error| &error["field"][0]).collect();
    assert_eq!(fields, ["url", "description"]);
    assert_eq!(total(&susan, "webhookEndpoints").await, 0);
    // A refused request leaves its key free.
    let input = keyed(json!({ "url": "https://example.com/" }), "the key");
    susan.run(SAVE, input, "").await;
}

async fn what_is_no_request(world: World) {
    let People { susan, .. } = People::of(&world);
    for (document, words) in [
        (
            "mutation { upsertWebhookEndpoint(input: { url: \"https://example.com\",
                eventKinds: [TICKET_EXPLODED] }) { secret } }",
            "TICKET_EXPLODED",
        ),
        (
            "mutation { upsertWebhookEndpoint(input: {}) { secret } }",
            "url",
        ),
        (
            "{ deliveries(filter: { state: [LOST] }) { totalCount } }",
            "LOST",
        ),
        (
            "{ deliveries(filter: { ticketId: \"wombat\" }) { totalCount } }",
            "`ticketId`",
        ),
        (
            "{ deliveries(filter: { endpointId: \"VGlja2V0OjE\" }) { totalCount } }",
            "`endpointId`",
        ),
        ("{ deliveries(first: 101) { totalCount } }", "1 to 100"),
        ("{ deliveries(after: \"wombat\") { totalCount } }", "cursor"),
        ("{ webhookEndpoints(last: 0) { totalCount } }", "1 to 100"),
    ] {
        let answer = ask(&susan, document).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{document}");
        assert!(answer.message().contains(words), "{}", answer.message());
    }
    let (id, _) = endpoint(&susan, "https://example.com/").await;
    for hours in [-1, 169, i32::MIN, i32::MAX] {
        let input = json!({ "endpointId": id, "overlapHours": hours });
        let payload = susan.attempt(ROTATE, input, "secret").await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"], &payload["secret"]),
            (&json!("INVALID"), &json!(["overlapHours"]), &Value::Null)
        );
        assert!(text(error, "/message").contains("0 to 168"));
    }
}

/// For whom it is not, for them it is not there; and nothing happens.
async fn customers_and_agents(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let (id, _) = endpoint(&susan, "https://example.com/?key=hidden").await;
    let before = super::scene::seen(&susan, &id).await;
    let node = format!("{{ node(id: \"{id}\") {{ id }} }}");
    for client in [&carla, &alice] {
        for (mutation, input) in [
            (SAVE, json!({ "url": "https://example.com/" })),
            (SAVE, json!({ "id": id, "url": "https://example.com/" })),
            // Not even what is wrong with it is said.
            (SAVE, json!({ "url": "" })),
            (ROTATE, json!({ "endpointId": id })),
            ("deleteWebhookEndpoint", json!({ "endpointId": id })),
        ] {
            let answer = client.ask_mutation(mutation, input).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{mutation}");
            assert!(answer.message().contains("webhook endpoints"), "{mutation}");
        }
        let answer = ask(client, "{ webhookEndpoints { nodes { url } } }").await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert_eq!(ask(client, &node).await.data(), json!({ "node": null }));
    }
    let retry = json!({ "ids": [] });
    let answer = carla.ask_mutation("retryDeliveries", retry).await;
    assert_eq!(answer.code(), "FORBIDDEN");
    let answer = ask(&carla, "{ deliveries { totalCount } }").await;
    assert_eq!(answer.code(), "FORBIDDEN");
    assert_eq!(super::scene::seen(&susan, &id).await, before);
}

on_both!(wrong_endpoints, what_is_no_request, customers_and_agents);
