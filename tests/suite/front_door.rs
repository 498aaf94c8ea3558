//! GraphQL over HTTP to the letter: media types, status codes, GET, origins, known documents, time.

use deskwire_tests::{Backend, Client, Person, World, on_both};
use reqwest::{Method, Response};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const CREATE: &str = "mutation { createTicket(input: { subject: \"A\", description: \"b\" }) {
    ticket { id } userErrors { message } } }";

/// A request with these headers and this body.
async fn send(client: &Client, headers: &[(&str, &str)], body: impl Into<String>) -> Response {
    let url = format!("{}/graphql", client.base());
    let mut request = client.http().request(Method::POST, url).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = client.token() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.send().await.unwrap()
}

async fn get(client: &Client, accept: &str, parameters: &[(&str, &str)]) -> Response {
    let mut url = reqwest::Url::parse(&format!("{}/graphql", client.base())).unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    let mut request = client.http().get(url).header("accept", accept);
    if let Some(token) = client.token() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.send().await.unwrap()
}

async fn body(response: Response) -> Value {
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    deskwire_tests::check_clean(&body);
    body
}

async fn tickets(world: &World) -> i64 {
    let susan = world.client(Person::Susan);
    let data = susan.get("{ queue { totalCount } }", json!({})).await;
    data["queue"]["totalCount"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_says_what_the_media_type_promises() {
    let world = World::start(Backend::Sqlite).await;
    let (carla, nobody) = (world.client(Person::Carla), world.anonymous());
    let request = |query: &str| json!({ "query": query }).to_string();
    let wide = format!("{{ {} }}", "viewer { id } ".repeat(21));
    // What is asked; the status for the newer media type (the older one says 200); is there data?
    let cases = [
        (&carla, request("{ viewer { name } }"), 200, true),
        (&carla, request("{ viewer"), 400, false),
        (&carla, request("{ wombat }"), 400, false),
        (&carla, request(&wide), 400, false),
        (
            &carla,
            request("query A { __typename } query B { __typename }"),
            400,
            false,
        ),
        (
            &carla,
            request("subscription { queue { kind } }"),
            400,
            false,
        ),
        (
            &carla,
            json!({ "query": "query($id: ID!) { node(id: $id) { id } }", "variables": {} })
                .to_string(),
            400,
            false,
        ),
        (
            &carla,
            json!({ "query": "{ viewer { id } }", "operationName": "Nope" }).to_string(),
            400,
            false,
        ),
        // Whoever gets this far is told in the middle of the data, which is then null.
        (&carla, request("{ queue { position } }"), 200, true),
        (&nobody, request("{ viewer { name } }"), 200, true),
    ];
    for (client, request, status, data) in cases {
        for (accept, status) in [(GRAPHQL, status), (JSON, 200), ("*/*", 200)] {
            let headers = [("content-type", JSON), ("accept", accept)];
            let response = send(client, &headers, &*request).await;
            assert_eq!(response.status().as_u16(), status, "{accept} {request}");
            let wanted = if accept == GRAPHQL { GRAPHQL } else { JSON };
            let kind = response.headers()["content-type"].to_str().unwrap();
            assert!(kind.starts_with(wanted), "{accept} {kind}");
            let body = body(response).await;
            assert_eq!(
                body.get("data").is_some(),
                data,
                "{accept} {request} {body:#}"
            );
        }
    }
    let bad = Client::new(world.base(), Some("wombat".to_owned()));
    for accept in [GRAPHQL, JSON] {
        let headers = [("content-type", JSON), ("accept", accept)];
        let response = send(&bad, &headers, request("{ __typename }")).await;
        assert_eq!(response.status().as_u16(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
        let response = send(&carla, &headers, "{").await;
        assert_eq!(response.status().as_u16(), 400);
        let response = send(&carla, &headers, "{}").await;
        assert_eq!(response.status().as_u16(), 400);
    }
    let headers = [("content-type", JSON), ("accept", "text/html")];
    let response = send(&carla, &headers, request("{ __typename }")).await;
    assert_eq!(response.status().as_u16(), 406);
}

async fn queries_can_be_sent_by_get_and_mutations_cannot(world: World) {
    let carla = world.client(Person::Carla);
    let query = "query Q($n: Int) { myTickets(first: $n) { nodes { id } } }";
    let parameters = [
        ("query", query),
        ("variables", r#"{"n": 3}"#),
        ("operationName", "Q"),
        ("utm_source", "ignored"),
    ];
    for accept in [GRAPHQL, JSON, "*/*"] {
        let response = get(&carla, accept, &parameters).await;
        assert_eq!(response.status().as_u16(), 200);
        let body = body(response).await;
        assert_eq!(body["data"]["myTickets"]["nodes"], json!([]));
    }
    for (parameters, status) in [
        (&[("query", CREATE)][..], 405),
        (
            &[
                ("query", "{ __typename } mutation M { __typename }"),
                ("operationName", "M"),
            ],
            400,
        ),
        (
            &[
                ("query", "query A { __typename } mutation M { __typename }"),
                ("operationName", "M"),
            ],
            405,
        ),
        (&[("query", "subscription { queue { kind } }")], 400),
        (&[("variables", "{}")], 400),
        (&[("query", "{ __typename }"), ("variables", "wombat")], 400),
        (&[("query", "{ __typename }"), ("variables", "[1]")], 400),
        (
            &[("query", "{ __typename }"), ("query", "{ __typename }")],
            400,
        ),
        (&[], 400),
    ] {
        let response = get(&carla, GRAPHQL, parameters).await;
        assert_eq!(response.status().as_u16(), status, "{parameters:?}");
        let body = body(response).await;
        assert!(
            body["errors"][0]["message"].as_str().unwrap().len() > 20,
            "{body:#}"
        );
    }
    assert_eq!(tickets(&world).await, 0);
}

async fn nothing_but_json_of_our_own_pages_has_an_effect(world: World) {
    let carla = world.client(Person::Carla);
    let create = json!({ "query": CREATE }).to_string();
    let form = format!("query={CREATE}");
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n\
                     {\"query\":\"mutation\"}\r\n--x--";
    for (kind, body) in [
        ("text/plain", &*create),
        ("text/plain;charset=UTF-8", &*create),
        ("application/graphql", CREATE),
        ("application/x-www-form-urlencoded", &*form),
        ("multipart/form-data; boundary=x", multipart),
        ("application/json; charset=utf-16", &*create),
        ("application/vnd.api+json", &*create),
        ("json", &*create),
        ("", &*create),
    ] {
        let response = send(&carla, &[("content-type", kind)], body).await;
        assert_eq!(response.status().as_u16(), 415, "{kind}");
    }
    let response = send(&carla, &[], &*create).await;
    assert_eq!(response.status().as_u16(), 415);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let headers = [("content-type", JSON), ("origin", origin)];
        let response = send(&carla, &headers, &*create).await;
        assert_eq!(response.status().as_u16(), 403, "{origin}");
        assert!(
            !response
                .headers()
                .contains_key("access-control-allow-origin")
        );
        let body = body(response).await;
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("DESKWIRE_ALLOWED_ORIGINS"), "{message}");
    }
    let batch = format!("[{create},{create}]");
    for json in [&*batch, " \n[]", "\"x\"", "7"] {
        let response = send(&carla, &[("content-type", JSON)], json).await;
        assert_eq!(response.status().as_u16(), 400, "{json}");
    }
    assert_eq!(tickets(&world).await, 0);
    // Our own page may.
    let headers = [
        ("content-type", "application/json; charset=UTF-8"),
        ("origin", world.base()),
    ];
    let response = send(&carla, &headers, create).await;
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(tickets(&world).await, 1);
}

on_both!(
    queries_can_be_sent_by_get_and_mutations_cannot,
    nothing_but_json_of_our_own_pages_has_an_effect
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_an_allowed_origin_can_read_answers() {
    const OTHER: &str = "https://app.example.com";
    let change = |config: &mut deskwire_api::Config| {
        config.allowed_origins = vec![OTHER.to_owned()];
    };
    let world = World::start_with(Backend::Sqlite, change).await;
    let carla = world.client(Person::Carla);
    let url = format!("{}/graphql", world.base());
    for (origin, allowed) in [(OTHER, Some(OTHER)), ("https://evil.example", None)] {
        let preflight = carla
            .http()
            .request(Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            );
        let response = preflight.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_lowercase())
        };
        assert_eq!(header("access-control-allow-origin").as_deref(), allowed);
        assert!(
            header("access-control-allow-headers")
                .unwrap()
                .contains("authorization")
        );
        let query = json!({ "query": "{ viewer { id } }" }).to_string();
        let headers = [("content-type", JSON), ("origin", origin)];
        let response = send(&carla, &headers, query).await;
        let given = response.headers().get("access-control-allow-origin");
        assert_eq!(given.map(|value| value.to_str().unwrap()), allowed);
        assert_eq!(response.status().is_success(), allowed.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_says_what_it_cost_and_the_limits_can_be_asked_for() {
    let world = World::start(Backend::Sqlite).await;
    let alice = world.client(Person::Alice);
    let answer = alice
        .ask("{ limits { cost fields } viewer { id } }", json!({}))
        .await;
    assert_eq!(answer.body["extensions"]["cost"], 5, "{:#}", answer.body);
    assert_eq!(answer.body["data"]["limits"]["cost"], 100_000);
    let page = "query($n: Int) { queue(first: $n) { nodes { messages(first: 100) { nodes {
        id body author { name } } } } } }";
    let answer = alice.ask(page, json!({ "n": 10 })).await;
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    let body = "{ viewer { id } }";
    let wide = format!("{page} query Other {body}").replace("query(", "query Page(");
    let wide = wide.replace(
        "id body",
        "id internal createdAt authorRole bodyHtml body author { id }",
    );
    let request = json!({ "query": wide, "operationName": "Page", "variables": { "n": 100 } });
    let refused = alice.post(JSON, request.to_string()).await.unwrap();
    assert_eq!(refused.code(), "TOO_COMPLEX", "{:#}", refused.body);
    assert!(
        refused.message().contains("smaller pages"),
        "{}",
        refused.message()
    );
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The exchange of Apollo's clients: the hash alone, then with the text, then the hash alone again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_is_persisted_at_its_first_use() {
    let world = World::start(Backend::Sqlite).await;
    let carla = world.client(Person::Carla);
    let query = "{ viewer { name } }";
    let extensions =
        json!({ "persistedQuery": { "version": 1, "sha256Hash": hash(query) } }).to_string();
    let hash_alone = [("extensions", &*extensions)];
    let not_found = body(get(&carla, JSON, &hash_alone).await).await;
    assert_eq!(not_found["errors"][0]["message"], "PersistedQueryNotFound");
    let both = [("extensions", &*extensions), ("query", query)];
    for parameters in [&both[..], &hash_alone[..]] {
        let found = body(get(&carla, JSON, parameters).await).await;
        assert_eq!(found["data"]["viewer"]["name"], "Carla", "{found:#}");
    }
    // The socket knows it as well.
    let mut socket = carla.socket().await;
    let payload = json!({ "extensions": serde_json::from_str::<Value>(&extensions).unwrap() });
    socket
        .send(json!({ "id": "1", "type": "subscribe", "payload": payload }))
        .await;
    assert_eq!(socket.event("viewer").await["name"], "Carla");
    let wrong = [("extensions", &*extensions), ("query", "{ __typename }")];
    let refused = body(get(&carla, JSON, &wrong).await).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_INPUT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_list_of_operations_no_others_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("operations.json");
    let list = json!({ "me": "{ viewer { name } }", "live": "subscription { queue { kind } }" });
    std::fs::write(&path, list.to_string()).unwrap();
    let change = |config: &mut deskwire_api::Config| config.bounds.operations = Some(path);
    let world = World::start_with(Backend::Sqlite, change).await;
    let alice = world.client(Person::Alice);
    let headers = [("content-type", JSON)];
    let named = json!({ "documentId": "me" }).to_string();
    let answer = body(send(&alice, &headers, named).await).await;
    assert_eq!(answer["data"]["viewer"]["name"], "Alice");
    let answer = alice.ask("{ viewer { name } }", json!({})).await;
    assert_eq!(answer.body["data"]["viewer"]["name"], "Alice");
    for query in ["{ viewer { id } }", "{ __schema { types { name } } }"] {
        let answer = alice.ask(query, json!({})).await;
        assert!(
            answer.message().contains("DESKWIRE_OPERATIONS"),
            "{:#}",
            answer.body
        );
    }
    let mut socket = alice.socket().await;
    socket
        .subscribe("subscription { queue { kind } }", json!({}))
        .await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    socket
        .subscribe("subscription { queue { position } }", json!({}))
        .await;
    assert_eq!(socket.receive().await.unwrap()["type"], "error");
}

/// Somebody else holds the database's one write lock: the operation is given up in time, and what it
/// was to write is not written twice when it is sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_takes_too_long_is_given_up() {
    let change = |config: &mut deskwire_api::Config| config.bounds.operation_timeout_seconds = 1;
    let world = World::start_with(Backend::Sqlite, change).await;
    let carla = world.client(Person::Carla);
    let headers = [("content-type", JSON), ("accept", GRAPHQL)];
    let query = "mutation { createTicket(input: { subject: \"A\", description: \"b\",
        idempotencyKey: \"one\" }) { ticket { id } userErrors { message } } }";
    let request = json!({ "query": query }).to_string();
    // Sign in first: that writes, too.
    carla.id().await;
    let url = format!(
        "sqlite://{}",
        world.config().data_dir.join("deskwire.db").display()
    );
    let other = sea_orm::Database::connect(url).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let response = send(&carla, &headers, &*request).await;
    assert_eq!(response.status().as_u16(), 504);
    let body = body(response).await;
    assert_eq!(
        body["errors"][0]["extensions"]["code"], "TIMEOUT",
        "{body:#}"
    );
    other.execute_unprepared("COMMIT").await.unwrap();
    deskwire_tests::eventually("the ticket is there, once", || async {
        send(&carla, &headers, &*request)
            .await
            .status()
            .is_success()
            && tickets(&world).await == 1
    })
    .await;
}

/// `curl --http2` offers another protocol with each request, and wants an answer all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_of_other_protocols_are_passed_over() {
    let world = World::start(Backend::Sqlite).await;
    let url = format!("{}/graphql?query=%7B__typename%7D", world.base());
    let request = world.anonymous().http().get(url);
    let response = request.header("upgrade", "h2c").header("accept", "");
    let response = response.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(body(response).await["data"]["__typename"], "Query");
}
