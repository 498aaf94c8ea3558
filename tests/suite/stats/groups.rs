//! Figures by category, priority and so on.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{DURING, FORMULA, Job, Scene, stats};

const GROUPS: &str = "groups { key name category { code name } team { id name members { name } }
    agent { id name away { from } } priority source merchant
    figures { created resolved backlog } previous { created } }";

/// Key, name, created, resolved, backlog, created before.
type Row<'a> = (&'a str, &'a str, i64, i64, i64, i64);

fn rows<'a>(answer: &'a Value) -> Vec<Row<'a>> {
    let row = |group: &'a Value| {
        let text = |name: &str| group[name].as_str().unwrap();
        let number = |pointer: &str| group.pointer(pointer).unwrap().as_i64().unwrap();
        (
            text("key"),
            text("name"),
            number("/figures/created"),
            number("/figures/resolved"),
            number("/figures/backlog"),
            number("/previous/created"),
        )
    };
    answer["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

async fn check(scene: &Scene) {
    let by = async |dimension: &str| {
        let args = format!("{DURING}, groupBy: {dimension}");
        scene.stats(&args, GROUPS).await
    };
    let answer = by("CATEGORY").await;
    assert_eq!(
        rows(&answer),
        [
            // D, E, H to L, and A and C before; D and E are resolved; C, I to L are in work.
            ("buying", "Buying", 7, 2, 5, 2),
            // F and G, and B before; B and F are resolved; G is in work.
            ("selling", "Selling", 2, 2, 1, 1),
        ]
    );
    assert_eq!(
        answer["groups"][1]["category"],
        json!({ "code": "selling", "name": "Selling" })
    );
    assert_eq!(answer["groups"][1]["team"], json!(null));

    let answer = by("PRIORITY").await;
    let mut found = rows(&answer);
    // Those with as many tickets come in no order that anybody relies on.
    found[1..3].sort_unstable();
    assert_eq!(
        found,
        [
            // E, F, G, I to L; before: A.
            ("MEDIUM", "MEDIUM", 7, 2, 5, 1),
            // H; before: C, which is in work.
            ("LOW", "LOW", 1, 0, 1, 1),
            // D.
            ("URGENT", "URGENT", 1, 1, 0, 0),
            // B, which was opened before.
            ("HIGH", "HIGH", 0, 1, 0, 1),
        ]
    );
    assert_eq!(answer["groups"][0]["priority"], "MEDIUM");

    let answer = by("SOURCE").await;
    let mut found = rows(&answer);
    found[1..].sort_unstable();
    assert_eq!(
        found,
        [
            // D, F, G, H; before: A, C.
            ("APP", "APP", 4, 2, 2, 2),
            // I; before: B.
            ("EMAIL", "EMAIL", 1, 1, 1, 1),
            ("HELP_CENTER", "HELP_CENTER", 1, 0, 1, 0),
            ("PHONE", "PHONE", 1, 1, 0, 0),
            ("WALK_IN", "WALK_IN", 1, 0, 1, 0),
            ("WHATSAPP", "WHATSAPP", 1, 0, 1, 0),
        ]
    );
    assert_eq!(answer["groups"][0]["source"], "APP");

    let answer = by("TEAM").await;
    assert_eq!(
        rows(&answer),
        [
            ("", "(none)", 7, 2, 6, 3),
            // D and F.
            (scene.team.as_str(), "Returns", 2, 2, 0, 0),
        ]
    );
    assert_eq!(
        answer["groups"][1]["team"],
        json!({ "id": scene.team, "name": "Returns", "members": [{ "name": "Bob" }] })
    );

    let answer = by("AGENT").await;
    let people = &scene.desk.people;
    let (alice, bob) = (people.alice.id().await, people.bob.id().await);
    assert_eq!(
        rows(&answer),
        [
            // All but E are nobody's when they are opened; of those in work, G is Bob's.
            ("", "(none)", 8, 0, 5, 3),
            // D and E, though it was Bob who resolved it.
            (alice.as_str(), "Alice", 1, 2, 0, 0),
            // B and F.
            (bob.as_str(), "Bob", 0, 2, 1, 0),
        ]
    );
    assert_eq!(answer["groups"][0]["agent"], json!(null));
    let agent = json!({ "id": alice, "name": "Alice", "away": null });
    assert_eq!(answer["groups"][1]["agent"], agent);

    let answer = by("MERCHANT").await;
    let mut found = rows(&answer);
    found[1..].sort_unstable();
    assert_eq!(
        found,
        [
            // D, E, H to L; before: C.
            ("", "(none)", 7, 2, 5, 1),
            // G, which is about two.
            (FORMULA, FORMULA, 1, 0, 1, 0),
            // G; before: A and B.
            ("m-1", "m-1", 1, 1, 1, 2),
            // F; before: B.
            ("m-2", "m-2", 1, 2, 0, 1),
        ]
    );
    assert_eq!(answer["groups"][0]["merchant"], json!(null));

    let answer = by("SUBJECT").await;
    assert_eq!(rows(&answer), [("", "(none)", 9, 4, 6, 3)]);
}

/// The key of a group is what the filter takes: the filtered totals are the group's figures.
async fn keys_are_what_the_filter_takes(scene: &Scene) {
    for (dimension, field, quoted) in [
        ("CATEGORY", "category", true),
        ("PRIORITY", "priority", false),
        ("SOURCE", "source", false),
        ("TEAM", "team", true),
        ("AGENT", "agent", true),
        ("MERCHANT", "merchant", true),
    ] {
        let args = format!("{DURING}, groupBy: {dimension}");
        let all = scene
            .stats(
                &args,
                "groups { key figures { ...F } previous { created } }",
            )
            .await;
        for group in all["groups"].as_array().unwrap() {
            let key = group["key"].as_str().unwrap();
            if key.is_empty() {
                continue;
            }
            let value = if quoted {
                json!(key).to_string()
            } else {
                key.to_owned()
            };
            let args = format!("{DURING}, filter: {{ {field}: [{value}] }}");
            let alone = scene
                .stats(&args, "totals { ...F } previous { figures { created } }")
                .await;
            assert_eq!(alone["totals"], group["figures"], "{dimension} {key}");
            assert_eq!(
                alone["previous"]["figures"], group["previous"],
                "{dimension} {key}"
            );
        }
    }
}

/// Filters together, and a filter with groups by something else.
async fn crossed(scene: &Scene) {
    let created = async |filter: &str| {
        let args = format!("{DURING}, filter: {{ {filter} }}");
        let answer = scene.stats(&args, "totals { created backlog } peakHours { created }");
        let answer = answer.await;
        let peaks = answer["peakHours"].as_array().unwrap().iter();
        let sum: i64 = peaks.map(|peak| peak["created"].as_i64().unwrap()).sum();
        assert_eq!(answer["totals"]["created"], sum, "{filter}");
        (sum, answer["totals"]["backlog"].as_i64().unwrap())
    };
    assert_eq!(created("").await, (9, 6));
    assert_eq!(created("category: [], priority: []").await, (9, 6));
    assert_eq!(created("category: [\"buying\", \"selling\"]").await, (9, 6));
    // H to L; C is in work too.
    assert_eq!(
        created("category: [\"buying\"], priority: [MEDIUM, LOW]").await,
        (6, 5)
    );
    // A ticket that is about both counts once.
    assert_eq!(created("merchant: [\"m-1\", \"m-2\"]").await, (2, 1));
    assert_eq!(
        created("merchant: [\"m-1\"], category: [\"buying\"]").await,
        (0, 0)
    );
    assert_eq!(created("merchant: [\"no such\"]").await, (0, 0));
    let args = format!("{DURING}, groupBy: PRIORITY, filter: {{ category: [\"selling\"] }}");
    let answer = scene.stats(&args, GROUPS).await;
    assert_eq!(
        rows(&answer),
        [
            ("MEDIUM", "MEDIUM", 2, 1, 1, 0),
            ("HIGH", "HIGH", 0, 1, 0, 1)
        ]
    );
}

/// The first ones, and names in a number of statements that does not depend on how many there are.
async fn some_of_them(scene: &Scene) {
    let args = format!("{DURING}, groupBy: CATEGORY");
    let answer = scene
        .stats(
            &args,
            "all: groups { key } first: groups(first: 1) { key } groups(first: 200) { key }",
        )
        .await;
    assert_eq!(answer["all"], answer["groups"]);
    assert_eq!(answer["first"], json!([answer["all"][0]]));
}

async fn by_each_dimension(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    for _ in 0..2 {
        check(&scene).await;
        keys_are_what_the_filter_takes(&scene).await;
        crossed(&scene).await;
        some_of_them(&scene).await;
        scene.aggregate().await;
    }
}

/// What was counted under another value before leaves no trace, whether the job has run or not.
async fn changed_values(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    scene.aggregate().await;
    let alice = scene.desk.people.alice.clone();
    for name in ["D", "F"] {
        let team = json!({ "teamId": null });
        scene.act(&alice, "updateTicket", name, team).await;
    }
    for _ in 0..2 {
        let args = format!("{DURING}, groupBy: TEAM");
        let answer = scene.stats(&args, GROUPS).await;
        assert_eq!(rows(&answer), [("", "(none)", 9, 4, 6, 3)]);
        scene.aggregate().await;
    }
}

/// A backlog of old tickets alone is there, though nothing happened.
async fn an_old_backlog(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let args = "from: \"2026-03-05T22:00:00Z\", to: \"2026-03-05T23:00:00Z\", groupBy: PRIORITY";
    for _ in 0..2 {
        let selection = "groups { key figures { created backlog } }";
        let answer = scene.stats(args, selection).await;
        assert_eq!(
            answer["groups"],
            json!([
                { "key": "LOW", "figures": { "created": 0, "backlog": 1 } },
                { "key": "MEDIUM", "figures": { "created": 0, "backlog": 5 } },
            ])
        );
        let answer = scene.stats(args, "groups { key }").await;
        assert_eq!(answer["groups"], json!([]));
        scene.aggregate().await;
    }
}

/// Names of groups and tickets of entries are fetched at once.
async fn in_few_statements(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    scene.aggregate().await;
    let susan = &scene.desk.people.susan;
    let mut costs = Vec::new();
    for (from, first) in [("2026-03-04T16:00:00Z", 1), ("2026-01-01T00:00:00Z", 100)] {
        let args = format!("from: \"{from}\", to: \"2026-03-06T00:00:00Z\", groupBy: AGENT");
        let groups = format!("groups(first: {first}) {{ name agent {{ name email }} }}");
        let entries = format!(
            "{{ statsEntries(figure: STATUS_LEFT, from: \"2026-01-01T00:00:00Z\", \
             to: \"2026-03-06T00:00:00Z\", first: {first}) {{ nodes {{ agent {{ name }} \
             ticket {{ number category {{ name }} assignee {{ name }} }} }} }} }}"
        );
        stats(susan, &args, &groups).await;
        let before = scene.desk.world.statements();
        stats(susan, &args, &groups).await;
        susan.get(&entries, json!({})).await;
        costs.push(scene.desk.world.statements() - before);
    }
    // The follower of the log looks there once a second.
    assert!(costs[1] <= costs[0] + 3, "{costs:?}");
}

on_both!(
    by_each_dimension,
    changed_values,
    an_old_backlog,
    in_few_statements
);
