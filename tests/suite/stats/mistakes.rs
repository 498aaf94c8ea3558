//! Wrong questions are refused with words that say what to do.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::{DURING, Job, Scene, ask};
use crate::{bad_request::is_refused, common::missing};

async fn wrong_questions(world: World) {
    let mut scene = Scene::empty(world, Job::Never).await;
    let people = crate::common::People::of(&scene.desk.world);
    scene.open("A", &people.carla, json!({})).await;
    let susan = &people.susan;
    let time = |from: &str, to: &str| format!("from: \"{from}\", to: \"{to}\"");
    let year = time("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let filter = |filter: &str| format!("{DURING}, filter: {{ {filter} }}");
    let many = |one: &str| vec![one; 101].join(", ");
    let (ticket, team) = (scene.ticket("A"), scene.team.as_str());
    let created = "totals { created }";
    for (args, selection, says) in [
        (
            time("2026-03-04T00:00:00Z", "2026-03-03T00:00:00Z"),
            created,
            "after `from`",
        ),
        (
            time("2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z"),
            created,
            "after `from`",
        ),
        (
            time("0000-06-01T00:00:00Z", "2026-03-04T00:00:00Z"),
            created,
            "years 1970 to 9000",
        ),
        (
            time("1969-12-31T23:59:59Z", "2026-03-04T00:00:00Z"),
            created,
            "years 1970 to 9000",
        ),
        (
            time("2026-03-04T00:00:00Z", "9999-12-31T23:59:59Z"),
            created,
            "years 1970 to 9000",
        ),
        (
            time("1970-01-01T00:00:00Z", "2090-03-04T00:00:00Z"),
            created,
            "no more than 100 years",
        ),
        (
            time("yesterday", "2026-03-04T00:00:00Z"),
            created,
            "as 2026-11-22T08:00:00Z, with its offset.",
        ),
        (
            time("2026-03-03", "2026-03-04T00:00:00Z"),
            created,
            "Write a time as",
        ),
        (
            time("2026-03-03T00:00:00", "2026-03-04T00:00:00Z"),
            created,
            "Write a time as",
        ),
        (
            format!("{DURING}, timeZone: \"Mars/Olympus\""),
            created,
            "no time zone",
        ),
        (format!("{DURING}, timeZone: \"\""), created, "no time zone"),
        (
            format!("{DURING}, timeZone: \"../../etc/passwd\""),
            created,
            "no time zone",
        ),
        (year.clone(), "series(by: HOUR) { from }", "at most 1500"),
        (year, "csv(table: SERIES, by: HOUR)", "at most 1500"),
        (DURING.to_owned(), "csv(table: SERIES)", "needs `by`"),
        (
            format!("{DURING}, groupBy: TEAM"),
            "groups(first: 0) { key }",
            "from 1 to 200",
        ),
        (
            format!("{DURING}, groupBy: TEAM"),
            "groups(first: 201) { key }",
            "from 1 to 200",
        ),
        (
            format!("{DURING}, groupBy: TEAM"),
            "groups(first: -1) { key }",
            "from 1 to 200",
        ),
        (format!("{DURING}, groupBy: WEATHER"), created, "WEATHER"),
        (filter("category: [\"no such\"]"), created, "does not exist"),
        (
            filter(&format!("team: [\"{ticket}\"]")),
            created,
            "`team` in the filter is not an id",
        ),
        (
            filter(&format!("agent: [\"{team}\"]")),
            created,
            "`agent` in the filter is not an id",
        ),
        (filter("agent: [\"\"]"), created, "not an id"),
        (
            filter(&format!("merchant: [{}]", many("\"a\""))),
            created,
            "at most 100",
        ),
        (
            filter(&format!("priority: [{}]", many("LOW"))),
            created,
            "at most 100",
        ),
        (
            filter(&format!("source: [{}]", many("APP"))),
            created,
            "at most 100",
        ),
        (
            filter(&format!("team: [{}]", many("\"a\""))),
            created,
            "at most 100",
        ),
        (
            filter(&format!("category: [{}]", many("\"buying\""))),
            created,
            "at most 100",
        ),
        (filter("merchant: [\"a\\u0000b\"]"), created, "NUL"),
        (
            filter(&format!("merchant: [\"{}\"]", "a".repeat(2_000))),
            created,
            "characters",
        ),
    ] {
        is_refused(
            &ask(susan, &args, selection).await,
            &format!("{args} {selection}"),
            says,
        );
    }
    // What is well-formed and names nothing matches nothing.
    for filter in [
        format!("team: [\"{}\"]", missing("Team")),
        format!("agent: [\"{}\"]", missing("User")),
        "merchant: [\"nobody\"]".to_owned(),
    ] {
        let args = format!(
            "from: \"2026-03-01T00:00:00Z\", to: \"2026-03-04T00:00:00Z\", filter: {{ {filter} }}"
        );
        let found = ask(susan, &args, created).await.data();
        assert_eq!(found["stats"]["totals"]["created"], 0, "{filter}");
    }
}

async fn wrong_lists(world: World) {
    let scene = Scene::empty(world, Job::Never).await;
    let susan = &scene.desk.people.susan;
    let queue = susan.get("{ teams(first: 1) { pageInfo { endCursor } } }", json!({}));
    let cursor = queue.await["teams"]["pageInfo"]["endCursor"].clone();
    for (args, says) in [
        (
            "figure: CREATED, from: \"2026-03-04T00:00:00Z\", to: \"2026-03-04T00:00:00Z\""
                .to_owned(),
            "after `from`",
        ),
        (
            format!("figure: CREATED, {DURING}, metric: RESOLUTION"),
            "`metric` does not go",
        ),
        (
            format!("figure: FIRST_RESPONDED, {DURING}, metric: FIRST_RESPONSE"),
            "`metric` does not go",
        ),
        (
            format!("figure: RESOLVED, {DURING}, status: RESOLVED"),
            "`status` does not go",
        ),
        (
            format!("figure: MET, {DURING}, scores: [5]"),
            "`scores` does not go",
        ),
        (
            format!("figure: CREATED, {DURING}, atLeastSeconds: 1"),
            "`atLeastSeconds` does not go",
        ),
        (
            format!("figure: RESOLVED, {DURING}, atLeastSeconds: 1"),
            "`atLeastSeconds` does not go",
        ),
        (
            format!("figure: STATUS_LEFT, {DURING}, atLeastSeconds: -1"),
            "0 or more",
        ),
        (
            format!("figure: RATED, {DURING}, scores: [0]"),
            "from 1 to 5",
        ),
        (
            format!("figure: RATED, {DURING}, scores: [6]"),
            "from 1 to 5",
        ),
        (
            format!("figure: RATED, {DURING}, scores: [65537]"),
            "from 1 to 5",
        ),
        (
            format!("figure: CREATED, {DURING}, first: 0"),
            "from 1 to 100",
        ),
        (
            format!("figure: CREATED, {DURING}, last: 101"),
            "from 1 to 100",
        ),
        (
            format!("figure: CREATED, {DURING}, first: 1, last: 1"),
            "not both",
        ),
        (
            format!("figure: CREATED, {DURING}, after: {cursor}"),
            "cursor",
        ),
        (format!("figure: BACKLOG, {DURING}"), "BACKLOG"),
    ] {
        let query = format!("{{ statsEntries({args}) {{ totalCount }} }}");
        is_refused(&susan.ask(&query, json!({})).await, &args, says);
    }
}

on_both!(wrong_questions, wrong_lists);
