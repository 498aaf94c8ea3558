//! What holds for every answer of every test: errors are of the published kinds, say something, and
//! tell nothing of the inside.

use serde_json::Value;

/// The closed list of `extensions.code`.
const CODES: [&str; 8] = [
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "BAD_INPUT",
    "TOO_COMPLEX",
    "RATE_LIMITED",
    "TIMEOUT",
    "UNAVAILABLE",
    "INTERNAL",
];

/// Words that only the inside knows: SQL, crates, files, a panic.
const INSIDE: [&str; 19] = [
    "select ",
    "insert into",
    "update \"",
    "delete from",
    " where ",
    "sqlx",
    "sea_orm",
    "sea-orm",
    "sea_query",
    "sqlite",
    "postgres",
    "constraint",
    "panicked",
    "backtrace",
    "rustc",
    ".rs:",
    "/src/",
    "/tmp",
    "/home",
];

/// Looks at the errors and user errors of an answer.
#[track_caller]
pub fn check(answer: &Value) {
    for error in answer["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(CODES.contains(&code), "not a published code: {error:#}");
        tells_nothing(error);
    }
    check_user_errors(&answer["data"]);
}

fn check_user_errors(value: &Value) {
    match value {
        Value::Object(fields) => {
            for error in fields
                .get("userErrors")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                tells_nothing(error);
            }
            fields.values().for_each(check_user_errors);
        }
        Value::Array(items) => items.iter().for_each(check_user_errors),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[track_caller]
fn tells_nothing(error: &Value) {
    // User errors are selected; those asked for without a message have none to look at.
    let message = error
        .get("message")
        .map(|message| message.as_str().unwrap_or_default());
    assert!(
        message.is_none_or(|message| message.len() > 8),
        "says nothing: {error:#}"
    );
    let text = error.to_string().to_lowercase();
    let inside = INSIDE.iter().find(|word| text.contains(**word));
    assert!(
        inside.is_none(),
        "tells of the inside ({inside:?}): {error:#}"
    );
}
