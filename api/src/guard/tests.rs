use std::sync::LazyLock;

use async_graphql::Variables;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn rules(introspection: bool) -> Rules {
    Rules {
        introspection,
        limits: Limits::default(),
    }
}

static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::open(rules(true), None).unwrap());

fn code(refusal: &Response) -> String {
    let extensions = refusal.errors[0].extensions.as_ref().unwrap();
    extensions.get("code").unwrap().to_string()
}

fn refusal(query: &str) -> Option<String> {
    let refusal = GUARD.admit(RawRequest::of(query)).err()?;
    Some(code(&refusal))
}

fn cost(query: &str, variables: Value) -> u64 {
    let request = RawRequest {
        variables: Some(Variables::from_json(variables)),
        ..RawRequest::of(query)
    };
    GUARD.admit(request).unwrap().cost
}

const TOO_COMPLEX: Option<&str> = Some("\"TOO_COMPLEX\"");
const BAD_INPUT: Option<&str> = Some("\"BAD_INPUT\"");

#[test]
fn an_ordinary_query_passes() {
    let query = "{ viewer { id ...N } } fragment N on User { name }";
    assert_eq!(refusal(query), None);
}

#[test]
fn nested_fragments_are_counted_without_being_walked() {
    let bomb: String = (0..40)
        .map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1))
        .collect();
    let bomb = format!("{{ ...f0 }} {bomb} fragment f40 on Query {{ viewer {{ id }} }}");
    assert_eq!(refusal(&bomb).as_deref(), TOO_COMPLEX);
}

#[test]
fn nested_fragments_of_nothing_are_counted_too() {
    let bomb: String = (0..40)
        .map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1))
        .collect();
    assert_eq!(
        refusal(&format!("{{ ...f0 }} {bomb}")).as_deref(),
        TOO_COMPLEX
    );
}

#[test]
fn many_operations_are_no_way_around_the_limits_of_one() {
    let fragment = format!(
        "fragment F on Query {{ viewer {{ {} }} }} ",
        "id ".repeat(900)
    );
    let operations: String = (0..3).map(|n| format!("query q{n} {{ ...F }} ")).collect();
    assert_eq!(refusal(&(fragment + &operations)).as_deref(), TOO_COMPLEX);
}

#[test]
fn arguments_of_one_field_are_bounded() {
    let arguments = |count: u32| -> String { (0..count).map(|n| format!("a{n}: 1 ")).collect() };
    assert_eq!(
        refusal(&format!("{{ viewer({}) {{ id }} }}", arguments(50))),
        None
    );
    let many = format!("{{ viewer({}) {{ id }} }}", arguments(51));
    assert_eq!(refusal(&many).as_deref(), TOO_COMPLEX);
    let directive = format!("{{ viewer {{ id @skip({}) }} }}", arguments(51));
    assert_eq!(refusal(&directive).as_deref(), TOO_COMPLEX);
}

#[test]
fn what_is_not_used_is_bounded_too() {
    let wide = "__typename ".repeat(2_100);
    let query = format!("{{ viewer {{ id }} }} fragment w on Query {{ {wide} }}");
    assert_eq!(refusal(&query).as_deref(), TOO_COMPLEX);
}

#[test]
fn aliases_depth_directives_tokens_and_cycles() {
    let roots: String = (0..21).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
    let aliases: String = (0..201).map(|n| format!("a{n}: id ")).collect();
    let deep = format!("{}id{}", "{ a ".repeat(30), "}".repeat(30));
    let directives = format!("{{ viewer {} {{ id }} }}", "@skip(if: false) ".repeat(101));
    let nested = format!("{{ nodes(ids: {}", "[".repeat(5_000));
    let tokens = format!("{{ viewer {{ {} }} }}", "id ".repeat(5_000));
    let aliases = format!("{{ viewer {{ {aliases} }} }}");
    let roots = format!("{{ {roots} }}");
    for query in [roots, aliases, deep, directives, nested, tokens] {
        assert_eq!(refusal(&query).as_deref(), TOO_COMPLEX, "{query}");
    }
    let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
    assert_eq!(refusal(cycle).as_deref(), BAD_INPUT);
    assert_eq!(refusal("{ viewer").as_deref(), BAD_INPUT);
    let two =
        "subscription { queue { kind } ...S } fragment S on Subscription { a: queue { kind } }";
    assert_eq!(refusal(two).as_deref(), BAD_INPUT);
    assert_eq!(refusal("query A { a } query B { b }").as_deref(), BAD_INPUT);
}

#[test]
fn pages_multiply() {
    let none = json!({});
    assert_eq!(cost("{ viewer { id name } }", none.clone()), 3);
    // The queue, its position, and for each of 25 rows: the row, two fields of it.
    let page = "{ queue { position nodes { id number } } }";
    assert_eq!(cost(page, none.clone()), 2 + 25 * 3);
    let query = "query($n: Int = 3) { queue(first: $n) { ...P } }
        fragment P on QueueConnection { edges { cursor node { ...T } } }
        fragment T on Ticket { id messages(first: 2) { nodes { body } } }";
    let row = 1 + 1 + 1 + 1 + 1 + 2 * 2;
    assert_eq!(cost(query, none.clone()), 1 + 3 * row);
    assert_eq!(cost(query, json!({ "n": 10 })), 1 + 10 * row);
    assert_eq!(
        cost("{ nodes(ids: [\"a\", \"b\"]) { id } }", none.clone()),
        1 + 2
    );
    let wide = "{ queue(first: 100) { nodes { messages(first: 100) { nodes {
        id body author { id name email } createdAt } } activity(first: 100) { nodes { id } } } } }";
    assert_eq!(refusal(wide).as_deref(), None.or(TOO_COMPLEX));
}

#[test]
fn statistics_cost_what_they_can_hold() {
    let none = json!({});
    let during = |to: &str, selection: &str| {
        format!("{{ stats(from: \"2026-03-01T00:00:00Z\", to: \"{to}\") {{ {selection} }} }}")
    };
    let day = |selection: &str| during("2026-03-02T00:00:00Z", selection);
    let costs = |query: &str| cost(query, none.clone());
    assert_eq!(costs(&day("asOf")), 1_000 + 1);
    // A day has 24 hours, and three more stretches are possible where it begins and ends.
    let hours = "series(by: HOUR) { from figures { created } }";
    assert_eq!(costs(&day(hours)), 1_000 + 1 + 27 * 3);
    assert_eq!(costs(&day("series(by: MONTH) { from }")), 1_000 + 1 + 3);
    // There are no more than 1,500, and none more than that is taken to be where the time is no time.
    let year = during("2027-03-01T00:00:00Z", hours);
    assert_eq!(costs(&year), 1_000 + 1 + 1_500 * 3);
    assert_eq!(costs(&during("2026-02-01T00:00:00Z", hours)), costs(&year));
    // The same by variables and a fragment, each for its own time.
    let query = "query($to: DateTime!, $by: StatsInterval!) {
        short: stats(from: \"2026-03-01T00:00:00Z\", to: $to) { ...S }
        long: stats(from: \"2026-03-01T00:00:00Z\", to: \"2027-03-01T00:00:00Z\") { ...S }
    } fragment S on Stats { series(by: $by) { from } }";
    let variables = json!({ "to": "2026-03-02T00:00:00Z", "by": "HOUR" });
    assert_eq!(cost(query, variables), 2 * 1_001 + 27 + 1_500);
    let groups = |first: &str| costs(&day(&format!("groups{first} {{ key name }}")));
    assert_eq!(groups(""), 1_000 + 1 + 50 * 2);
    assert_eq!(groups("(first: 7)"), 1_000 + 1 + 7 * 2);
    assert_eq!(groups("(first: 2000)"), 1_000 + 1 + 200 * 2);
    let lists = "totals { timeInStatus { times } satisfaction { scores { count } } }
        peakHours { created } backlogByAge { tickets }";
    assert_eq!(
        costs(&day(lists)),
        1_000 + (1 + (1 + 5) + (1 + 1 + 5)) + (1 + 168) + (1 + 5)
    );
    assert_eq!(costs(&day("csv(table: TOTALS)")), 1_000 + 5_000);
    let tables: String = (0..20)
        .map(|n| format!("t{n}: csv(table: TOTALS) "))
        .collect();
    assert_eq!(refusal(&day(&tables)).as_deref(), TOO_COMPLEX);
}

#[test]
fn variables_are_of_their_types() {
    let query = "query($first: Int, $filter: QueueFilter, $id: ID!) {
        queue(first: $first, filter: $filter) { position } node(id: $id) { id } }";
    let say = |variables: Value| {
        let request = RawRequest {
            variables: Some(Variables::from_json(variables)),
            ..RawRequest::of(query)
        };
        let refusal = GUARD.admit(request).err();
        refusal
            .map(|refusal| refusal.errors[0].message.clone())
            .unwrap_or_default()
    };
    assert_eq!(
        say(json!({ "id": "x", "first": 3, "filter": { "status": ["OPEN"] } })),
        ""
    );
    assert_eq!(
        say(json!({ "id": "x", "filter": { "status": "OPEN" } })),
        ""
    );
    assert!(say(json!({})).contains("$id is not of the type ID!: a value is required"));
    assert!(say(json!({ "id": null })).contains("$id"));
    assert!(say(json!({ "id": "x", "first": "many" })).contains("whole number"));
    let message = say(json!({ "id": "x", "filter": { "status": ["OPEN", "LOST"] } }));
    assert!(
        message.contains("at status[1]: give one of CLOSED, IN_PROGRESS"),
        "{message}"
    );
    let message = say(json!({ "id": "x", "filter": { "colour": 1 } }));
    assert!(message.contains("no field colour"), "{message}");
}

#[test]
fn a_text_is_kept_under_its_hash_once_it_has_passed() {
    let guard = &*GUARD;
    let text = "{ viewer { id } }";
    let digest = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        text,
    ));
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let request = |query: Option<&str>, hash: &str| {
        let request = json!({ "query": query, "extensions": {
            "persistedQuery": { "version": 1, "sha256Hash": hash } } });
        RawRequest::from_json(request.to_string().as_bytes()).unwrap()
    };
    let message = |request| {
        guard.admit(request).err().unwrap().errors[0]
            .message
            .clone()
    };
    assert_eq!(message(request(None, &hash)), "PersistedQueryNotFound");
    assert!(message(request(Some("{ __typename }"), &hash)).contains("not that of the query"));
    assert!(guard.admit(request(Some(text), &hash)).is_ok());
    assert!(guard.admit(request(None, &hash.to_uppercase())).is_ok());
}

#[test]
fn with_a_list_nothing_else_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("operations.json");
    std::fs::write(&path, r#"{"me": "{ viewer { id } }"}"#).unwrap();
    let guard = Guard::open(rules(true), Some(&path)).unwrap();
    let admit = |request: Value| {
        let request = RawRequest::from_json(request.to_string().as_bytes()).unwrap();
        guard.admit(request).is_ok()
    };
    assert!(admit(json!({ "documentId": "me" })));
    assert!(admit(json!({ "query": "{ viewer { id } }" })));
    assert!(admit(
        json!({ "extensions": { "persistedQuery": { "sha256Hash": "me" } } })
    ));
    assert!(!admit(json!({ "query": "{ viewer { id name } }" })));
    assert!(!admit(json!({ "documentId": "you" })));
    std::fs::write(&path, "[]").unwrap();
    let refusal = Guard::open(rules(true), Some(&path)).err().unwrap();
    assert!(refusal.to_string().contains("JSON object"), "{refusal}");
}

#[test]
fn members_of_the_wrong_type_are_refused() {
    for json in [
        "[{\"query\": \"{ a }\"}]",
        "\"{ a }\"",
        "{\"query\": 1}",
        "{\"query\": [\"{ a }\"]}",
        "{\"query\": \"{ a }\", \"variables\": []}",
        "{\"query\": \"{ a }\", \"variables\": \"{}\"}",
        "{\"query\": \"{ a }\", \"operationName\": false}",
        "{\"query\": \"{ a }\", \"extensions\": 0}",
        "{\"query\": \"{ a }\", \"query\": \"{ b }\"}",
        "",
        "{",
    ] {
        assert!(RawRequest::from_json(json.as_bytes()).is_err(), "{json}");
    }
    let nulls =
        r#"{"query": "{ a }", "variables": null, "operationName": null, "extensions": null}"#;
    assert!(RawRequest::from_json(nulls.as_bytes()).is_ok());
}

/// Documents that are well-formed by chance more often than noise is.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("id ".to_owned()),
        Just("...f ".to_owned()),
        Just("...g @skip(if: $v) ".to_owned()),
        Just("a: queue(first: $v) { nodes { id } } ".to_owned()),
        Just("__typename ".to_owned()),
    ];
    let set = leaf.prop_recursive(6, 60, 8, |inner| {
        prop::collection::vec(inner, 1..8).prop_map(|items| {
            let items = items.concat();
            format!("viewer {{ {items} }} ... on Query {{ {items} }} ")
        })
    });
    (set.clone(), set.clone(), set, "query|subscription|mutation|").prop_map(|(a, f, g, kind)| {
        let variables = if kind.is_empty() { "" } else { "($v: Int)" };
        format!("{kind} {variables} {{ {a} }} fragment f on Query {{ {f} }} fragment g on User {{ {g} }}")
    })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(query in "[{}()\\[\\]:$@!.a-c0-9\"# \n]{0,200}") {
        let _either_way = GUARD.admit(RawRequest::of(&query));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _either_way = RawRequest::from_json(&bytes);
    }

    /// What passes is within every limit, however it is written; and it passes again from the cache.
    #[test]
    fn what_passes_is_bounded(query in document()) {
        let guard = &*GUARD;
        let first = guard.admit(RawRequest::of(&query));
        let again = guard.admit(RawRequest::of(&query));
        prop_assert_eq!(first.is_ok(), again.is_ok());
        if let Ok(admitted) = first {
            let size = measure(admitted.operation.document.parsed()).unwrap();
            let limits = guard.limits();
            prop_assert!(size.fields <= limits.fields.into());
            prop_assert!(size.depth <= limits.depth.into());
            prop_assert!(size.roots <= limits.root_fields.into());
            prop_assert!(admitted.cost <= limits.cost.into());
        }
    }
}

#[test]
fn what_is_no_request_is_told_in_words_of_the_client() {
    for json in ["null", "5", "\"x\"", "true"] {
        let why = RawRequest::from_json(json.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            why.contains("no JSON object") && !why.contains("struct"),
            "{why}"
        );
    }
    let long = json!({ "query": "{ a }", "variables": "x".repeat(100_000) }).to_string();
    let why = RawRequest::from_json(long.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(why.len() < 1_000, "{}", why.len());
}

#[test]
fn an_unknown_field_of_a_variable_is_not_quoted_in_full() {
    let request = RawRequest {
        variables: Some(Variables::from_json(
            json!({ "f": { "x".repeat(100_000): 1 } }),
        )),
        ..RawRequest::of("query($f: QueueFilter) { queue(filter: $f) { totalCount } }")
    };
    let refusal = GUARD.admit(request).unwrap_err();
    assert!(refusal.errors[0].message.len() < 1_000);
}

#[test]
fn without_introspection_errors_do_not_say_what_there_is() {
    let guard = Guard::open(rules(false), None).unwrap();
    for (ty, value) in [("QueueFilter", json!({ "x": 1 })), ("Priority", json!("x"))] {
        let request = RawRequest {
            variables: Some(Variables::from_json(json!({ "v": value }))),
            ..RawRequest::of(&format!(
                "query($v: {ty}) {{ queue(filter: $v) {{ totalCount }} }}"
            ))
        };
        let refusal = guard.admit(request).unwrap_err();
        let message = &refusal.errors[0].message;
        assert!(
            !message.contains("assigneeId") && !message.contains("URGENT"),
            "{message}"
        );
    }
}

#[test]
fn variables_hold_so_many_values() {
    let admit = |query: &str, variables: Value| {
        GUARD.admit(RawRequest {
            variables: Some(Variables::from_json(variables)),
            ..RawRequest::of(query)
        })
    };
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let refusal = admit(query, json!({ "ids": vec![1; 5_000] })).unwrap_err();
    assert_eq!(code(&refusal), "\"TOO_COMPLEX\"");
    // What is not declared is not kept either.
    let admitted = admit("{ viewer { id } }", json!({ "ids": vec![1; 5_000] })).unwrap();
    assert!(admitted.operation.variables.is_empty());
}

#[test]
fn a_document_has_so_many_bytes() {
    let comment = |length: usize| format!("{{ viewer {{ id }} }} #{}", "x".repeat(length));
    assert_eq!(refusal(&comment(130_000)), None);
    assert_eq!(refusal(&comment(131_072)).as_deref(), TOO_COMPLEX);
}
