//! Wrong page arguments and cursors, in every list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskwire_tests::{World, on_both};
use serde_json::json;

use crate::{
    bad_request::{full, is_refused},
    common::{ask, fill, it},
};

/// Every list, with a place for its page arguments; which cursors it takes is the first word.
const LISTS: [(&str, &str); 10] = [
    ("person", "{ it: users(ARGS) { edges { cursor } } }"),
    ("newest", "{ it: myTickets(ARGS) { edges { cursor } } }"),
    ("urgency", "{ it: queue(ARGS) { edges { cursor } } }"),
    (
        "newest",
        "{ it: queue(orderBy: NEWEST, ARGS) { edges { cursor } } }",
    ),
    ("category", "{ it: categories(ARGS) { edges { cursor } } }"),
    ("subject", "{ it: subjects(ARGS) { edges { cursor } } }"),
    ("team", "{ it: teams(ARGS) { edges { cursor } } }"),
    (
        "message",
        "{ ticket(id: \"TICKET\") { it: messages(ARGS) { edges { cursor } } } }",
    ),
    (
        "message",
        "{ ticket(id: \"TICKET\") { it: messages(order: OLDEST_FIRST, ARGS) { edges { cursor } } } }",
    ),
    (
        "activity",
        "{ ticket(id: \"TICKET\") { it: activity(ARGS) { edges { cursor } } } }",
    ),
];

async fn page_arguments(world: World) {
    let (susan, ticket) = full(&world).await;
    let list = |document: &str, args: &str| fill(document, &[("TICKET", &ticket), ("ARGS", args)]);
    let mut cursors: Vec<(&str, String)> = Vec::new();
    for (kind, document) in LISTS {
        for (args, says) in [
            ("first: 0", "`first` must be from 1 to 100"),
            ("first: -1", "`first` must be from 1 to 100"),
            ("first: 101", "`first` must be from 1 to 100"),
            ("first: 2147483647", "`first` must be from 1 to 100"),
            ("last: 0", "`last` must be from 1 to 100"),
            ("last: -1", "`last` must be from 1 to 100"),
            ("last: 101", "`last` must be from 1 to 100"),
            ("first: 1, last: 1", "not both"),
            ("first: 2147483648", ""),
            ("first: \"1\"", ""),
            ("first: 1.5", ""),
        ] {
            let document = list(document, args);
            is_refused(&ask(&susan, &document).await, &document, says);
        }
        for args in [
            "first: 1",
            "first: 100",
            "last: 1",
            "last: 100",
            "first: null, last: null",
        ] {
            let document = list(document, args);
            let data = ask(&susan, &document).await.data();
            let edges = it(&data)["edges"].as_array().unwrap().clone();
            assert!(!edges.is_empty(), "{document}");
            cursors.push((kind, edges[0]["cursor"].as_str().unwrap().to_owned()));
        }
    }
    cursors.dedup();
    for garbage in ["", "x", "%%%", "bm9wZQ", "VGlja2V0OjEyMw", "🙂"] {
        cursors.push(("garbage", garbage.to_owned()));
    }
    cursors.push(("garbage", "A".repeat(100_000)));
    for (kind, document) in LISTS {
        for (of, cursor) in &cursors {
            for argument in ["after", "before"] {
                let document = list(document, &format!("{argument}: \"{cursor}\""));
                let answer = ask(&susan, &document).await;
                if *of == kind {
                    answer.data();
                } else {
                    is_refused(&answer, &document, &format!("`{argument}`"));
                }
            }
        }
    }
}

/// Cursors that nobody was given: refused or an empty page, and never a failure inside.
async fn forged_cursors(world: World) {
    let (susan, ticket) = full(&world).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let mut keys = Vec::new();
    for time in [
        0,
        -1,
        i64::MAX,
        i64::MIN,
        8_000_000_000_000_000_000,
        -8_000_000_000_000_000_000,
    ] {
        keys.extend([
            json!(["newest", [time, id]]),
            json!(["urgency", [0, time, id]]),
            json!(["message", [time, id]]),
            json!(["activity", [time, time]]),
        ]);
    }
    for name in ["", "a\u{0}b", "'; --", "\u{10ffff}"] {
        keys.extend([json!(["person", [name, id]]), json!(["team", [name, id]])]);
    }
    keys.extend([
        json!(["category", [i32::MIN]]),
        json!(["category", [i64::MAX]]),
        json!(["subject", [i32::MIN]]),
        json!(["subject", [i64::MAX]]),
        json!(["newest", [1]]),
    ]);
    for key in keys {
        let cursor = URL_SAFE_NO_PAD.encode(key.to_string());
        for (kind, document) in LISTS.iter().filter(|(kind, _)| key[0] == *kind) {
            for argument in ["after", "before"] {
                let args = format!("{argument}: \"{cursor}\"");
                let answer = ask(
                    &susan,
                    &fill(document, &[("TICKET", &ticket), ("ARGS", &args)]),
                )
                .await;
                assert!(
                    ["", "BAD_INPUT"].contains(&answer.code()),
                    "{kind} {key}: {:#}",
                    answer.body
                );
            }
        }
    }
}

on_both!(page_arguments, forged_cursors);
