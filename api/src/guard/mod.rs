//! What reaches the engine is bounded: every operation, over HTTP or WebSocket, passes here first.
//!
//! The engine's own checks walk a document with its fragments expanded, again and again: nested
//! spreads make that exponential, and a kilobyte is enough to keep a processor busy for minutes. So
//! the expanded size is counted here with one visit per fragment, and what is too large never gets
//! there. What passes is handed over parsed.

mod measure;

use async_graphql::{Request, Response, parser::parse_query};
use schema::{Code, failed};

use measure::{Refused, measure};

/// The most fields of an operation, fragments expanded.
const MAX_FIELDS: u64 = 2_000;
/// The deepest nesting, fragments expanded. Introspection as tools send it needs 13.
const MAX_DEPTH: u64 = 20;
/// The most fields at the top, fragments expanded: each may cost several statements.
const MAX_ROOT_FIELDS: u64 = 20;
/// The most directives, fragments expanded.
const MAX_DIRECTIVES: u64 = 100;

/// Lets a request pass, parsed, or says why not.
pub(crate) fn admit(mut request: Request) -> Result<Request, Box<Response>> {
    let document = parse_query(&request.query).map_err(|error| {
        let place = error.positions().next();
        let at = place.map(|at| format!(" (line {}, column {})", at.line, at.column));
        let reason = error.to_string();
        // The parser draws the line at fault; the last line of the picture is the reason.
        let reason = reason
            .lines()
            .rev()
            .map(str::trim)
            .find(|line| !line.is_empty());
        let reason = reason
            .unwrap_or("it cannot be read")
            .trim_start_matches("= ");
        let message = format!(
            "The query is not well-formed{}: {reason}.",
            at.unwrap_or_default()
        );
        Box::new(failed(message, Code::BadInput))
    })?;
    let size = match measure(&document) {
        Ok(size) => size,
        Err(Refused::Cycle(name)) => {
            let message = format!("The fragment {name} contains itself. Take it apart.");
            return Err(Box::new(failed(message, Code::BadInput)));
        }
    };
    let limits = [
        ("fields", size.fields, MAX_FIELDS),
        ("levels", size.depth, MAX_DEPTH),
        ("fields at the top", size.roots, MAX_ROOT_FIELDS),
        ("directives", size.directives, MAX_DIRECTIVES),
    ];
    for (what, count, limit) in limits {
        if count > limit {
            let message = format!(
                "The operation has more than {limit} {what}, fragments expanded. Ask for less, or \
                 in several operations."
            );
            return Err(Box::new(failed(message, Code::TooComplex)));
        }
    }
    request.set_parsed_query(document);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(query: &str) -> Option<String> {
        let response = admit(Request::new(query)).err()?;
        let extensions = response.errors[0].extensions.as_ref()?;
        extensions.get("code").map(ToString::to_string)
    }

    #[test]
    fn an_ordinary_query_passes_and_is_parsed_once() {
        assert_eq!(
            refusal("{ viewer { id ...N } } fragment N on User { name }"),
            None
        );
    }

    #[test]
    fn nested_fragments_are_counted_without_being_walked() {
        let bomb: String = (0..40)
            .map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1))
            .collect();
        let bomb = format!("{{ ...f0 }} {bomb} fragment f40 on Query {{ viewer {{ id }} }}");
        assert_eq!(refusal(&bomb).as_deref(), Some("\"TOO_COMPLEX\""));
    }

    #[test]
    fn what_is_not_used_is_bounded_too() {
        let unused = "fragment u on Query { viewer { id } } ".to_owned();
        let wide: String = (0..3_000).map(|n| format!("a{n}: __typename ")).collect();
        let query = format!("{{ viewer {{ id }} }} {unused} fragment w on Query {{ {wide} }}");
        assert_eq!(refusal(&query).as_deref(), Some("\"TOO_COMPLEX\""));
    }

    #[test]
    fn aliases_depth_directives_and_cycles() {
        let roots: String = (0..21).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
        let deep = format!("{}id{}", "{ a ".repeat(30), "}".repeat(30));
        let directives = format!("{{ viewer {} {{ id }} }}", "@skip(if: false) ".repeat(101));
        for query in [format!("{{ {roots} }}"), deep, directives] {
            assert_eq!(
                refusal(&query).as_deref(),
                Some("\"TOO_COMPLEX\""),
                "{query}"
            );
        }
        let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert_eq!(refusal(cycle).as_deref(), Some("\"BAD_INPUT\""));
        assert_eq!(refusal("{ viewer").as_deref(), Some("\"BAD_INPUT\""));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(query in "[{}()\\[\\]:$@!.a-c0-9\" \n]{0,200}") {
            let _either_way = admit(Request::new(query));
        }
    }
}
