//! From a figure to what it counted: there are as many entries as it says.

use deskwire_tests::{Client, World, on_both};
use serde_json::{Value, json};

use super::scene::{ALWAYS, BEFORE, DURING, Job, Scene, stats};

/// A figure, what else is asked, and where the same number stands in the statistics.
#[rustfmt::skip]
const FIGURES: [(&str, &str, &str); 29] = [
    ("CREATED", "", "/created"),
    ("RESOLVED", "", "/resolved"),
    ("FIRST_RESOLVED", "", "/firstResolved"),
    ("FIRST_RESOLVED", "", "/firstResolutionTime/count"),
    ("LAST_RESOLVED", "", "/totalResolutionTime/count"),
    ("FIRST_CONTACT", "", "/firstContactResolved"),
    ("REOPENED", "", "/reopened"),
    ("ESCALATED", "", "/escalated"),
    ("FIRST_RESPONDED", "", "/firstResponseTime/count"),
    ("NEXT_RESPONDED", "", "/nextResponseTime/count"),
    ("MET", "", "/met"),
    ("MET", "metric: FIRST_RESPONSE", "/firstMet"),
    ("MET", "metric: NEXT_RESPONSE", "/nextMet"),
    ("MET", "metric: RESOLUTION", "/resolutionMet"),
    ("BREACHED", "", "/breached"),
    ("BREACHED", "metric: FIRST_RESPONSE", "/firstBreached"),
    ("BREACHED", "metric: NEXT_RESPONSE", "/nextBreached"),
    ("BREACHED", "metric: RESOLUTION", "/resolutionBreached"),
    ("STATUS_LEFT", "status: OPEN", "/timeInStatus/0/times"),
    ("STATUS_LEFT", "status: IN_PROGRESS", "/timeInStatus/1/times"),
    ("STATUS_LEFT", "status: WAITING_ON_USER", "/timeInStatus/2/times"),
    ("STATUS_LEFT", "status: RESOLVED", "/timeInStatus/3/times"),
    ("STATUS_LEFT", "status: CLOSED", "/timeInStatus/4/times"),
    ("RATED", "", "/rated"),
    ("RATED", "scores: []", "/satisfaction/count"),
    ("RATED", "scores: [1]", "/satisfaction/scores/0/count"),
    ("RATED", "scores: [2]", "/satisfaction/scores/1/count"),
    ("RATED", "scores: [4]", "/satisfaction/scores/3/count"),
    ("RATED", "scores: [5, 5]", "/satisfaction/scores/4/count"),
];

/// A page of entries.
async fn page(who: &Client, args: &str) -> Value {
    let query = format!(
        "{{ statsEntries({args}) {{ totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor
         endCursor }} nodes {{ at ticket {{ id subject }} agent {{ name }} seconds score }} }} }}"
    );
    who.get(&query, json!({})).await["statsEntries"].clone()
}

/// Subject, agent, seconds and score.
type Told<'a> = (&'a str, Option<&'a str>, Option<i64>, Option<i64>);

/// The entries of a page.
fn told(page: &Value) -> Vec<Told<'_>> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| {
            (
                node["ticket"]["subject"].as_str().unwrap(),
                node["agent"]["name"].as_str(),
                node["seconds"].as_i64(),
                node["score"].as_i64(),
            )
        })
        .collect()
}

/// As many entries as each figure says, for each time, filter and person.
async fn counts(scene: &Scene) {
    let people = &scene.desk.people;
    let bob = people.bob.id().await;
    let filters = [
        "filter: {}".to_owned(),
        "filter: { category: [\"selling\"] }".to_owned(),
        "filter: { priority: [MEDIUM, URGENT], source: [APP] }".to_owned(),
        "filter: { merchant: [\"m-1\", \"m-2\"] }".to_owned(),
        format!("filter: {{ team: [\"{}\"] }}", scene.team),
        format!("filter: {{ agent: [\"{bob}\"] }}"),
    ];
    let mut seen = 0;
    for time in [BEFORE, DURING, ALWAYS] {
        for filter in &filters {
            for who in [&people.susan, &people.bob] {
                let args = format!("{time}, {filter}");
                let said = stats(who, &args, "totals { ...F }").await["totals"].clone();
                // All of them in one operation would be too many fields at its top.
                for some in FIGURES.chunks(15) {
                    let asked: String = some
                        .iter()
                        .enumerate()
                        .map(|(n, (figure, more, _))| {
                            format!(
                                "f{n}: statsEntries(figure: {figure}, {args}, {more} first: 100) {{ \
                                 totalCount nodes {{ at }} }} "
                            )
                        })
                        .collect();
                    let found = who.get(&format!("{{ {asked} }}"), json!({})).await;
                    for (n, (figure, more, place)) in some.iter().enumerate() {
                        let number = said.pointer(place).unwrap().as_u64().unwrap();
                        let found = &found[format!("f{n}")];
                        let listed = found["nodes"].as_array().unwrap().len();
                        let what = format!("{figure} {more} {args}");
                        assert_eq!(found["totalCount"], number, "{what}");
                        assert_eq!(listed, usize::try_from(number).unwrap(), "{what}");
                        seen += listed;
                    }
                }
            }
        }
    }
    assert!(seen > 300, "{seen} entries are no test");
}

/// The backlog and its ages, at this moment.
async fn backlog(scene: &Scene) {
    let susan = &scene.desk.people.susan;
    let answer = scene
        .stats(
            ALWAYS,
            "totals { backlog } backlogByAge { fromSeconds toSeconds tickets }",
        )
        .await;
    let all = page(susan, &format!("figure: IN_WORK, {ALWAYS}")).await;
    assert_eq!(all["totalCount"], answer["totals"]["backlog"]);
    let mut subjects: Vec<_> = told(&all).iter().map(|entry| entry.0).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["C", "G", "I", "J", "K", "L"]);
    let now = scene.desk.world.clock.now();
    let mut sum = 0;
    for age in answer["backlogByAge"].as_array().unwrap() {
        // Opened less than so many seconds ago, and at least so many: to the microsecond.
        let ago = |name: &str| {
            let seconds = age[name].as_i64().unwrap_or(100 * 86_400);
            now - chrono::TimeDelta::seconds(seconds) + chrono::TimeDelta::microseconds(1)
        };
        let (from, to) = (
            ago("toSeconds").to_rfc3339(),
            ago("fromSeconds").to_rfc3339(),
        );
        let args = format!("figure: IN_WORK, from: \"{from}\", to: \"{to}\"");
        let found = page(susan, &args).await;
        assert_eq!(found["totalCount"], age["tickets"], "{age}");
        sum += found["nodes"].as_array().unwrap().len();
    }
    assert_eq!(sum, 6);
}

/// What stands in an entry.
async fn contents(scene: &Scene) {
    let susan = &scene.desk.people.susan;
    let list = async |args: &str| page(susan, &format!("{DURING}, {args}")).await;
    let (alice, bob) = (Some("Alice"), Some("Bob"));
    // Newest first; two of the same moment come in an order that stays.
    let found = list("figure: FIRST_RESOLVED").await;
    assert_eq!(
        told(&found),
        [
            ("F", bob, Some(1_800), None),
            ("B", bob, Some(198_000), None),
            ("E", alice, Some(25_200), None),
            ("D", alice, Some(21_600), None),
        ]
    );
    assert_eq!(found["nodes"][0]["at"], "2026-03-05T09:30:00+00:00");
    assert_eq!(found["nodes"][0]["ticket"]["id"], scene.ticket("F"));
    let found = list("figure: LAST_RESOLVED, atLeastSeconds: 21600").await;
    assert_eq!(
        told(&found).iter().map(|entry| entry.0).collect::<Vec<_>>(),
        ["B", "E", "D"]
    );
    let found = list("figure: NEXT_RESPONDED, atLeastSeconds: 3600").await;
    assert_eq!(told(&found), [("D", alice, Some(3_600), None)]);
    let found = list("figure: NEXT_RESPONDED, atLeastSeconds: 3601").await;
    assert_eq!(found["totalCount"], 0);
    let found = list("figure: STATUS_LEFT, atLeastSeconds: 100000").await;
    assert_eq!(
        told(&found),
        [
            ("A", alice, Some(176_400), None),
            ("B", bob, Some(180_000), None)
        ]
    );
    let found = list("figure: RATED, scores: [1, 2, 3]").await;
    assert_eq!(told(&found), [("F", bob, None, Some(2))]);
    // Judged at the due time, under whose it was then.
    let found = list("figure: BREACHED").await;
    assert_eq!(
        told(&found),
        [
            ("G", bob, None, None),
            ("C", None, None, None),
            ("B", bob, None, None)
        ]
    );
    assert_eq!(found["nodes"][0]["at"], "2026-03-05T17:00:00+00:00");
}

/// Page by page, forwards and backwards, it is the same list.
async fn pages(scene: &Scene) {
    let susan = &scene.desk.people.susan;
    let args = format!("figure: STATUS_LEFT, {ALWAYS}");
    let whole = page(susan, &format!("{args}, first: 100")).await;
    let whole = whole["nodes"].as_array().unwrap();
    assert_eq!(whole.len(), 16);
    for (size, from, next) in [
        ("first", "after", "endCursor"),
        ("last", "before", "startCursor"),
    ] {
        let mut found: Vec<Value> = Vec::new();
        let mut place = String::new();
        for _ in 0..whole.len() {
            let some = page(susan, &format!("{args}, {size}: 3{place}")).await;
            let nodes = some["nodes"].as_array().unwrap().clone();
            assert_eq!(some["totalCount"], 16);
            let more = if size == "first" {
                found.extend(nodes);
                &some["pageInfo"]["hasNextPage"]
            } else {
                found.splice(0..0, nodes);
                &some["pageInfo"]["hasPreviousPage"]
            };
            if more == &json!(false) {
                break;
            }
            place = format!(", {from}: {}", some["pageInfo"][next]);
        }
        assert_eq!(&found, whole, "{size}");
    }
}

async fn as_many_as_the_figure_says(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    for _ in 0..2 {
        counts(&scene).await;
        backlog(&scene).await;
        contents(&scene).await;
        pages(&scene).await;
        scene.aggregate().await;
    }
}

/// Some of it summed up, some of it not.
async fn with_the_job_in_between(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let carla = scene.desk.people.carla.clone();
    for name in ["D", "A"] {
        scene.act(&carla, "reopenTicket", name, json!({})).await;
    }
    let susan = &scene.desk.people.susan;
    let answer = scene.stats(DURING, "totals { reopened backlog }").await;
    assert_eq!(answer["totals"], json!({ "reopened": 2, "backlog": 8 }));
    let found = page(susan, &format!("figure: REOPENED, {DURING}")).await;
    assert_eq!((&found["totalCount"], told(&found).len()), (&json!(2), 2));
    counts(&scene).await;
}

on_both!(as_many_as_the_figure_says, with_the_job_in_between);
