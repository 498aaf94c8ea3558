//! Wrong texts in mutations: each has its user error, and nothing is written.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use crate::{
    bad_input::{Row, refused, with},
    common::{People, text},
};

fn of(length: usize) -> String {
    // Two bytes each: lengths are counted in characters.
    "ä".repeat(length)
}

/// Wrong lines for a field of at most `max` characters.
fn bad_lines(max: usize) -> Vec<(String, &'static str, &'static str)> {
    let mut all = bad_texts(max);
    for line in ["a\nb", "a\rb", "a\u{2028}b", "a\r\nb"] {
        all.push((line.to_owned(), "INVALID", "single line"));
    }
    all
}

/// Wrong texts for a field of at most `max` characters.
fn bad_texts(max: usize) -> Vec<(String, &'static str, &'static str)> {
    vec![
        (String::new(), "REQUIRED", "fill it in"),
        (" \n\t ".to_owned(), "REQUIRED", "fill it in"),
        (of(max + 1), "TOO_LONG", "Shorten it"),
        ("a\u{0}b".to_owned(), "INVALID", "control characters"),
        ("a\u{7}b".to_owned(), "INVALID", "control characters"),
        ("a\u{1b}[31mb".to_owned(), "INVALID", "control characters"),
    ]
}

async fn texts(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let ticket = carla.open_ticket("Fine").await;
    let on = json!({ "ticketId": ticket });
    let new = json!({ "subject": "a", "description": "b" });
    let mut rows: Vec<Row> = Vec::new();
    for (value, code, says) in bad_lines(200) {
        rows.push((
            "createTicket",
            with(&new, json!({ "subject": value })),
            code,
            "subject",
            says,
        ));
        rows.push((
            "updateTicket",
            with(&on, json!({ "subject": value })),
            code,
            "subject",
            says,
        ));
        rows.push((
            "createCustomer",
            json!({ "name": value }),
            code,
            "name",
            says,
        ));
        rows.push((
            "upsertTeam",
            json!({ "name": value, "memberIds": [] }),
            code,
            "name",
            says,
        ));
        let link = json!({ "links": [{ "kind": "order", "externalId": value }] });
        rows.push((
            "createTicket",
            with(&new, link),
            code,
            "links.externalId",
            says,
        ));
    }
    for (value, code, says) in bad_lines(50) {
        let link = json!({ "links": [{ "kind": value, "externalId": "7" }] });
        rows.push(("createTicket", with(&new, link), code, "links.kind", says));
        rows.push((
            "createTicket",
            with(&new, json!({ "tags": ["good", value] })),
            code,
            "tags",
            says,
        ));
        rows.push((
            "updateTicket",
            with(&on, json!({ "tags": ["good", value] })),
            code,
            "tags",
            says,
        ));
        if code != "REQUIRED" {
            for field in ["mobile", "kind", "tier"] {
                rows.push((
                    "createCustomer",
                    with(&json!({ "name": "a" }), json!({ field: value })),
                    code,
                    field,
                    says,
                ));
            }
        }
    }
    for (value, code, says) in bad_texts(20_000) {
        rows.push((
            "createTicket",
            with(&new, json!({ "description": value })),
            code,
            "description",
            says,
        ));
        for mutation in ["replyToTicket", "addInternalNote"] {
            rows.push((
                mutation,
                with(&on, json!({ "body": value })),
                code,
                "body",
                says,
            ));
        }
        if code != "REQUIRED" {
            rows.push((
                "resolveTicket",
                with(&on, json!({ "notes": value })),
                code,
                "notes",
                says,
            ));
        }
    }
    for (value, code, says) in bad_texts(5_000)
        .into_iter()
        .filter(|(_, code, _)| *code != "REQUIRED")
    {
        for (field, path) in [
            ("browser", "environment.browser"),
            ("stepsToReproduce", "environment.stepsToReproduce"),
        ] {
            let environment = json!({ "environment": { field: value } });
            rows.push(("createTicket", with(&new, environment), code, path, says));
        }
    }
    for (value, code) in [
        (String::new(), "REQUIRED"),
        (of(201), "TOO_LONG"),
        ("a\u{0}".to_owned(), "INVALID"),
    ] {
        let key = json!({ "idempotencyKey": value });
        rows.push((
            "createTicket",
            with(&new, key.clone()),
            code,
            "idempotencyKey",
            "Send a UUID",
        ));
        rows.push((
            "closeTicket",
            with(&on, key),
            code,
            "idempotencyKey",
            "Send a UUID",
        ));
    }
    let long = format!("{}@example.com", "a".repeat(250));
    for (email, code) in [
        ("x", "INVALID"),
        ("a@b", "INVALID"),
        ("a b@c.de", "INVALID"),
        ("a@b@c.de", "INVALID"),
        (&long, "TOO_LONG"),
    ] {
        rows.push((
            "createCustomer",
            json!({ "name": "a", "email": email }),
            code,
            "email",
            "",
        ));
    }
    refused(&susan, &ticket, rows).await;
    // All that is wrong is said at once.
    let input = json!({ "subject": "", "description": of(20_001), "tags": ["\n"] });
    let payload = susan.attempt("createTicket", input, "ticket { id }").await;
    assert_eq!(
        payload["userErrors"].as_array().unwrap().len(),
        3,
        "{payload:#}"
    );
    assert_eq!(payload["ticket"], Value::Null);
}

/// The longest that is possible, in characters: a face has four bytes.
async fn the_longest_that_is_possible(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    for letter in ["ä", "😀"] {
        let input = json!({ "subject": letter.repeat(200), "description": letter.repeat(20_000),
            "links": vec![json!({ "kind": letter.repeat(50), "externalId": letter.repeat(200) }); 20] });
        let selection = "ticket { id subject description links { kind } }";
        let ticket = carla.run("createTicket", input, selection).await["ticket"].clone();
        assert_eq!(ticket["subject"], letter.repeat(200));
        assert_eq!(ticket["description"], letter.repeat(20_000));
        assert_eq!(ticket["links"].as_array().unwrap().len(), 20);
        let id = text(&ticket, "/id");
        let tags: Vec<String> = (10..30)
            .map(|number| format!("{}{number}", letter.repeat(48)))
            .collect();
        let tagged = alice
            .run(
                "updateTicket",
                json!({ "ticketId": id, "tags": tags }),
                "ticket { tags }",
            )
            .await;
        assert_eq!(tagged["ticket"]["tags"], json!(tags));
        let body = json!({ "ticketId": id, "body": format!("  {}\n", letter.repeat(20_000)) });
        let reply = alice.run("replyToTicket", body, "message { body }").await;
        assert_eq!(reply["message"]["body"], letter.repeat(20_000));
    }
}

on_both!(texts, the_longest_that_is_possible);
