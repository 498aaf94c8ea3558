//! Wrong arguments of queries and subscriptions, and requests that are none: BAD_INPUT, with words.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskwire_tests::{Answer, Client, World, on_both};
use serde_json::{Value, json};

use crate::common::{People, ask, fill, first_payload, missing};

/// A supervisor with something in every list, and a ticket.
pub async fn full(world: &World) -> (Client, String) {
    let People { carla, susan, .. } = People::of(world);
    let ticket = carla.open_ticket("A ticket").await;
    susan
        .run(
            "upsertTeam",
            json!({ "name": "Returns", "memberIds": [] }),
            "",
        )
        .await;
    susan
        .run(
            "replyToTicket",
            json!({ "ticketId": ticket, "body": "Hello" }),
            "",
        )
        .await;
    let me = susan.id().await;
    susan
        .run(
            "assignTicket",
            json!({ "ticketId": ticket, "assigneeId": me }),
            "",
        )
        .await;
    (susan, ticket)
}

/// Passes for BAD_INPUT whose message says something.
#[track_caller]
pub fn is_refused(answer: &Answer, what: &str, says: &str) {
    assert_eq!(answer.code(), "BAD_INPUT", "{what}: {:#}", answer.body);
    let message = answer.message();
    assert!(message.contains(says), "{what}: {message}");
}

async fn other_arguments(world: World) {
    let (susan, ticket) = full(&world).await;
    let user = missing("User");
    let many: Vec<String> = (0..101).map(|_| missing("Ticket")).collect();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    is_refused(
        &susan.ask(query, json!({ "ids": many })).await,
        "101 ids",
        "at most 100",
    );
    let found = susan.get(query, json!({ "ids": vec![&ticket; 100] })).await;
    assert_eq!(found["nodes"].as_array().unwrap().len(), 100);
    for (document, says) in [
        ("{ ticket { id } }", "either `id` or `number`"),
        (
            "{ ticket(id: \"TICKET\", number: \"1\") { id } }",
            "either `id` or `number`",
        ),
        (
            "{ queue(filter: { category: [\"wombat\"] }) { totalCount } }",
            "categories",
        ),
        (
            "{ queue(filter: { category: [\"a\\u0000b\"] }) { totalCount } }",
            "NUL",
        ),
        (
            "{ queue(filter: { subject: [\"wombat\"] }) { totalCount } }",
            "subjects",
        ),
        (
            "{ queue(filter: { subject: [\"a\\u0000b\"] }) { totalCount } }",
            "NUL",
        ),
        (
            "{ queue(filter: { tag: [\"a\\u0000b\"] }) { totalCount } }",
            "NUL",
        ),
        ("{ users(query: \"a\\u0000b\") { totalCount } }", "NUL"),
        (
            "{ queue(filter: { team: [\"USER\"] }) { totalCount } }",
            "`team`",
        ),
        (
            "{ queue(filter: { team: [\"x\"] }) { totalCount } }",
            "`team`",
        ),
        (
            "{ queue(filter: { assigneeId: \"TICKET\" }) { totalCount } }",
            "`assigneeId`",
        ),
        ("{ queue(filter: { status: [WOMBAT] }) { totalCount } }", ""),
        (
            "{ queue(filter: { createdAfter: \"yesterday\" }) { totalCount } }",
            "",
        ),
        (
            "{ queue(filter: { createdAfter: \"2026-13-01T00:00:00Z\" }) { totalCount } }",
            "",
        ),
        (
            "{ queue(filter: { createdAfter: \"-200000-01-01T00:00:00Z\" }) { totalCount } }",
            "",
        ),
        (
            "{ queue(filter: { createdBefore: \"+200000-01-01T00:00:00Z\" }) { totalCount } }",
            "",
        ),
        ("{ queue(orderBy: WOMBAT) { totalCount } }", ""),
        ("{ users(role: WOMBAT) { totalCount } }", ""),
        ("{ myTickets(status: WOMBAT) { totalCount } }", ""),
    ] {
        let document = fill(document, &[("TICKET", &ticket), ("USER", &user)]);
        is_refused(&ask(&susan, &document).await, &document, says);
    }
    // Texts that nothing can match find nothing, as long as they are of a sane length.
    for word in ["%", "_", "\\", "'", "\u{10ffff}", &"a".repeat(200)] {
        let query = "query($word: String!) { users(query: $word) { totalCount }
            queue(filter: { tag: [$word] }) { totalCount } ticket(number: $word) { id } }";
        let found = susan.get(query, json!({ "word": word })).await;
        let expected =
            json!({ "users": { "totalCount": 0 }, "queue": { "totalCount": 0 }, "ticket": null });
        assert_eq!(found, expected, "{word:?}");
    }
    // Each word is a condition of its own; a query of thousands once overflowed the stack.
    let query = "query($words: String!) { users(query: $words) { totalCount nodes { id } } }";
    for words in ["a".repeat(100_000), "a ".repeat(2_000), "ä".repeat(201)] {
        is_refused(
            &susan.ask(query, json!({ "words": words })).await,
            "users",
            "200",
        );
    }
    let found = susan.get(query, json!({ "words": "z ".repeat(100) })).await;
    assert_eq!(found["users"]["totalCount"], 0);
    let list = |length: usize| {
        (0..length)
            .map(|number| format!("t{number}"))
            .collect::<Vec<_>>()
    };
    for (field, words) in [
        ("tag", list(101)),
        ("tag", list(4_000)),
        ("category", list(4_000)),
        ("subject", list(101)),
    ] {
        let query =
            "query($filter: QueueFilter!) { queue(filter: $filter) { totalCount nodes { id } } }";
        let answer = susan
            .ask(query, json!({ "filter": { field: words } }))
            .await;
        is_refused(&answer, field, "at most 100");
    }
    // More than that does not get so far.
    let query = "query($filter: QueueFilter!) { queue(filter: $filter) { totalCount } }";
    let many = json!({ "filter": { "tag": list(70_000) } });
    assert_eq!(susan.ask(query, many).await.code(), "TOO_COMPLEX");
    let query = "query($filter: QueueFilter!) { queue(filter: $filter) { totalCount } }";
    susan
        .get(query, json!({ "filter": { "tag": list(100) } }))
        .await;
}

async fn subscriptions(world: World) {
    let (susan, ticket) = full(&world).await;
    let cursor = URL_SAFE_NO_PAD.encode(r#"["activity",[0,1]]"#);
    let garbage = [
        "",
        "x",
        "%%%",
        "🙂",
        cursor.as_str(),
        "YXQ6MQ",
        "YXQ6LTE6LTE",
        "YXQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk6MQ",
    ];
    for after in garbage {
        for root in [
            "queue(after: \"AFTER\")",
            "ticket(id: \"TICKET\", after: \"AFTER\")",
        ] {
            let root = fill(root, &[("AFTER", after), ("TICKET", &ticket)]);
            let payload = first_payload(&susan, &format!("subscription {{ {root} {{ kind }} }}"))
                .await
                .unwrap();
            let error = &payload["errors"][0];
            assert_eq!(
                error["extensions"]["code"], "BAD_INPUT",
                "{root}: {payload:#}"
            );
            assert!(
                error["message"].as_str().unwrap().contains("`after`"),
                "{root}: {payload:#}"
            );
        }
    }
    for document in [
        "subscription { ticket(id: \"x\") { kind } }",
        "subscription { queue(filter: { category: [\"wombat\"] }) { kind } }",
        "subscription { queue(filter: { subject: [\"wombat\"] }) { kind } }",
        "subscription { queue(filter: { team: [\"x\"] }) { kind } }",
        "subscription { queue { wombat } }",
        "subscription { wombat }",
        "subscription { queue",
        "wombat",
        "",
    ] {
        let payload = first_payload(&susan, document).await.unwrap();
        assert_eq!(
            payload["errors"][0]["extensions"]["code"], "BAD_INPUT",
            "{document}: {payload:#}"
        );
    }
}

/// Requests that are none, or not of the schema.
async fn requests(world: World) {
    let (susan, _) = full(&world).await;
    let json_type = "application/json";
    let query = r#"{"query":"{ viewer { id } }"}"#;
    let large = format!(
        r#"{{"query":"{{ viewer {{ id }} }}","variables":{{"x":"{}"}}}}"#,
        "a".repeat(1 << 20)
    );
    let cases: Vec<(&str, String, u16)> = vec![
        (json_type, String::new(), 400),
        (json_type, "{".to_owned(), 400),
        (json_type, "null".to_owned(), 400),
        (json_type, "7".to_owned(), 400),
        (json_type, r#"{"query":7}"#.to_owned(), 400),
        (
            json_type,
            r#"{"query":"{ viewer { id } }","variables":7}"#.to_owned(),
            400,
        ),
        (json_type, format!("[{query}]"), 400),
        (json_type, "[]".to_owned(), 400),
        (json_type, format!("{query}{query}"), 400),
        (json_type, large, 413),
        ("text/plain", query.to_owned(), 415),
        ("application/x-www-form-urlencoded", query.to_owned(), 415),
        ("multipart/form-data; boundary=x", query.to_owned(), 415),
        ("application/jsonp", query.to_owned(), 415),
        ("", query.to_owned(), 415),
    ];
    for (content_type, body, status) in cases {
        let shown: String = body.chars().take(60).collect();
        let answer = susan.post(content_type, body).await.unwrap();
        assert_eq!(
            answer.status, status,
            "{content_type} {shown}: {:#}",
            answer.body
        );
        is_refused(&answer, &shown, "");
        assert_eq!(
            answer.body.get("data").cloned().unwrap_or_default(),
            Value::Null,
            "{shown}"
        );
    }
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(
            susan.post(content_type, query).await.unwrap().code(),
            "",
            "{content_type}"
        );
    }
    let create = "mutation($input: CreateTicketInput!) { createTicket(input: $input) { userErrors { code } } }";
    let cases = [
        ("{ wombat }", json!({})),
        ("{ viewer { wombat } }", json!({})),
        ("{ viewer }", json!({})),
        ("{ viewer { id { x } } }", json!({})),
        ("{ viewer(x: 1) { id } }", json!({})),
        ("{ node { id } }", json!({})),
        ("{ viewer { id }", json!({})),
        ("", json!({})),
        (
            "query A { viewer { id } } query B { viewer { id } }",
            json!({}),
        ),
        ("{ ...Missing }", json!({})),
        (
            "query($id: Wombat!) { node(id: $id) { id } }",
            json!({ "id": "x" }),
        ),
        ("query($id: ID!) { node(id: $id) { id } }", json!({})),
        (
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": null }),
        ),
        (
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": { "a": 1 } }),
        ),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({ "ids": [null] }),
        ),
        (create, json!({})),
        (create, json!({ "input": {} })),
        (create, json!({ "input": { "subject": "a" } })),
        (
            create,
            json!({ "input": { "subject": 7, "description": "b" } }),
        ),
        (
            create,
            json!({ "input": { "subject": null, "description": "b" } }),
        ),
        (
            create,
            json!({ "input": { "subject": "a", "description": "b", "wombat": 1 } }),
        ),
        (
            create,
            json!({ "input": { "subject": "a", "description": "b", "priority": "WOMBAT" } }),
        ),
        (
            create,
            json!({ "input": { "subject": "a", "description": "b", "source": 1 } }),
        ),
        (
            create,
            json!({ "input": { "subject": "a", "description": "b", "links": [{ "kind": "a" }] } }),
        ),
        (
            create,
            json!({ "input": { "subject": "a", "description": "b", "tags": [null] } }),
        ),
        (create, json!({ "input": [] })),
    ];
    let count = "{ queue { totalCount } }";
    let before = ask(&susan, count).await.text;
    for (document, variables) in cases {
        let shown = format!("{document} {variables}");
        is_refused(&susan.ask(document, variables).await, &shown, "");
    }
    assert_eq!(ask(&susan, count).await.text, before);
    // A GET is no way to write.
    let url = format!("{}/graphql?query=mutation{{closeTicket}}", susan.base());
    let response = susan.http().get(url).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(response.headers()["allow"], "POST");
}

on_both!(other_arguments, subscriptions, requests);
