//! Requests that are small to send and were meant to be large to run.

use serde_json::{Value, json};

/// A request and the code that it is refused with.
#[derive(Clone, Debug)]
pub struct Bomb {
    /// What it is.
    pub name: &'static str,
    /// The JSON of the request.
    pub body: String,
    /// The code of its refusal; `None` if it is no operation at all.
    pub code: Option<&'static str>,
}

fn nested(levels: usize, end: &str) -> String {
    let spreads: String = (0..levels)
        .map(|n| format!("fragment f{n} on Query{{...f{} ...f{}}}", n + 1, n + 1))
        .collect();
    format!("{{...f0}}{spreads}{end}")
}

fn of(name: &'static str, query: String) -> Bomb {
    with(name, query, json!({}))
}

fn with(name: &'static str, query: String, variables: Value) -> Bomb {
    Bomb {
        name,
        body: json!({ "query": query, "variables": variables }).to_string(),
        code: Some("TOO_COMPLEX"),
    }
}

/// All bombs. Each is within the size of a body.
pub fn all() -> Vec<Bomb> {
    let many =
        |count: usize, item: &dyn Fn(usize) -> String| -> String { (0..count).map(item).collect() };
    let deep = |levels: usize| {
        let (open, close) = ("author { ".repeat(levels), " }".repeat(levels));
        format!("{{ viewer {{ {open} id {close} }} }}")
    };
    let page = "first: 100) { nodes { ";
    let pages = format!(
        "{{ queue({page} messages({page} id body internal createdAt author {{ id }} }} }} activity({page} id kind \
         actor {{ id }} }} }} coAssignees {{ id name }} team {{ members {{ id }} }} }} }} }}"
    );
    let (open, close) = ("fields { type { ".repeat(6), "} } ".repeat(6));
    let schema = format!("{{ __schema {{ types {{ {open} name {close} }} }} }}");
    let ids: Vec<String> = (0..60_000).map(|n| format!("id {n}")).collect();
    let mut bombs = vec![
        of(
            "fragments in fragments",
            nested(30, "fragment f30 on Query{viewer{id}}"),
        ),
        of("fragments that end in nothing", nested(30, "")),
        of(
            "aliases",
            format!(
                "{{ viewer {{ {} }} }}",
                many(1_000, &|n| format!("a{n}: id "))
            ),
        ),
        of(
            "fields at the top",
            format!(
                "{{ {} }}",
                many(500, &|n| format!("a{n}: viewer {{ id }} "))
            ),
        ),
        of("depth", deep(60)),
        of("brackets", format!("{{ nodes(ids: {}", "[".repeat(500_000))),
        of("braces", "{ a ".repeat(200_000)),
        of(
            "directives",
            format!("{{ viewer {{ id {} }} }}", "@skip(if: false) ".repeat(900)),
        ),
        of(
            "tokens",
            format!("{{ viewer {{ {} }} }}", "id ".repeat(300_000)),
        ),
        of(
            "fields",
            format!("{{ viewer {{ {} }} }}", "id ".repeat(4_000)),
        ),
        of("pages in pages", pages),
        of("the schema of the schema", schema),
        with(
            "ids in a variable",
            "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Ticket { number subject } } }"
                .to_owned(),
            json!({ "ids": ids }),
        ),
    ];
    let mut other = |name, body: String, code| bombs.push(Bomb { name, body, code });
    let variables = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let body = format!("{{\"query\":\"{{ viewer {{ id }} }}\",\"variables\":{variables}}}");
    other("variables in variables", body, None);
    let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a ...b }";
    let body = json!({ "query": cycle }).to_string();
    other("fragments in a circle", body, Some("BAD_INPUT"));
    let one = json!({ "query": "{ viewer { id } }" }).to_string();
    other(
        "a batch",
        format!("[{}{one}]", format!("{one},").repeat(5_000)),
        None,
    );
    bombs
}
