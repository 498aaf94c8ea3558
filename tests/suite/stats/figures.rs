//! Every figure of the played scene, worked out by hand.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{DURING, Job, Scene, is_near};

/// Takes the distributions out, which are not exact.
fn without_quantiles(figures: &Value) -> Value {
    let mut figures = figures.clone();
    for name in [
        "firstResponseTime",
        "nextResponseTime",
        "firstResolutionTime",
        "totalResolutionTime",
    ] {
        let duration = figures[name].as_object_mut().unwrap();
        duration.remove("medianSeconds");
        duration.remove("p90Seconds");
    }
    figures
}

fn duration(count: i64, average: f64) -> Value {
    json!({ "count": count, "averageSeconds": average })
}

fn rate(value: f64) -> Value {
    json!({ "value": value })
}

fn scores(times: [i64; 5]) -> Value {
    let score = |(score, count): (usize, &i64)| json!({ "score": score + 1, "count": count });
    times.iter().enumerate().map(score).collect()
}

fn statuses(all: [(&str, i64, Value); 5]) -> Value {
    let status = |(status, times, average)| json!({ "status": status, "times": times, "averageSeconds": average });
    all.map(status).into_iter().collect()
}

/// Wednesday and Thursday.
fn during() -> Value {
    json!({
        "created": 9,                // D to L
        "resolved": 4,               // D, E, B, F
        "reopened": 0,
        "escalated": 1,              // G
        "backlog": 6,                // C, G, I to L
        "firstResolved": 4,          // D, E, B, F
        "firstContactResolved": 2,   // E and F; D and B were answered twice
        "rated": 2,                  // D and F
        "met": 8,
        "breached": 3,
        "compliance": rate(8.0 / 11.0),
        "firstMet": 3,               // D, F, and E when it was opened
        "firstBreached": 1,          // G
        "firstKept": rate(0.75),
        "nextMet": 1,                // D
        "nextBreached": 0,
        "nextKept": rate(1.0),
        "resolutionMet": 4,          // D, E, F, and H, which was closed
        "resolutionBreached": 2,     // B, C
        "resolutionKept": rate(4.0 / 6.0),
        "firstResponseTime": duration(2, 3_000.0),     // D 1.5 h, F 10 min
        "nextResponseTime": duration(1, 3_600.0),      // D 1 h
        "firstResolutionTime": duration(4, 61_650.0),  // D 6 h, E 7 h, B 55 h, F 30 min
        "totalResolutionTime": duration(4, 61_650.0),
        "timeInStatus": statuses([
            // D 1 h, F 10 min, G 10 min, H 1 h
            ("OPEN", 4, json!(2_100.0)),
            // D 1 h and 2 h, E 7 h, B 50 h, F 20 min
            ("IN_PROGRESS", 5, json!(43_440.0)),
            ("WAITING_ON_USER", 1, json!(7_200.0)),    // D 2 h
            ("RESOLVED", 1, json!(176_400.0)),         // A 49 h
            ("CLOSED", 0, json!(null)),
        ]),
        "reopenedRate": rate(0.0),
        "escalatedRate": rate(1.0 / 9.0),
        "firstContactRate": rate(0.5),
        "satisfaction": { "average": 3.5, "count": 2, "scores": scores([0, 1, 0, 0, 1]) },
        "ticketsPer100ActiveUsers": { "value": null },
    })
}

/// Monday and Tuesday.
fn before() -> Value {
    json!({
        "created": 3,                // A, B, C
        "resolved": 2,               // A twice
        "reopened": 1,               // A
        "escalated": 2,              // B, C
        "backlog": 2,                // B, C
        "firstResolved": 1,          // A
        "firstContactResolved": 0,   // A was reopened
        "rated": 0,
        "met": 5,
        "breached": 2,
        "compliance": rate(5.0 / 7.0),
        "firstMet": 1,               // A
        "firstBreached": 2,          // B, C
        "firstKept": rate(1.0 / 3.0),
        "nextMet": 2,                // A, B
        "nextBreached": 0,
        "nextKept": rate(1.0),
        "resolutionMet": 2,          // A, both cycles
        "resolutionBreached": 0,
        "resolutionKept": rate(1.0),
        "firstResponseTime": duration(2, 12_600.0),    // A 2 h, B 5 h
        "nextResponseTime": duration(2, 3_600.0),      // B 1 h, A 1 h
        "firstResolutionTime": duration(1, 10_800.0),  // A 3 h
        "totalResolutionTime": duration(1, 93_600.0),  // A 26 h
        "timeInStatus": statuses([
            ("OPEN", 2, json!(10_800.0)),              // A 1 h, B 5 h
            ("IN_PROGRESS", 2, json!(7_200.0)),        // A 2 h and 2 h
            ("WAITING_ON_USER", 0, json!(null)),
            ("RESOLVED", 1, json!(75_600.0)),          // A 21 h
            ("CLOSED", 0, json!(null)),
        ]),
        "reopenedRate": rate(0.5),
        "escalatedRate": rate(2.0 / 3.0),
        "firstContactRate": rate(0.0),
        "satisfaction": { "average": null, "count": 0, "scores": scores([0; 5]) },
        "ticketsPer100ActiveUsers": { "value": null },
    })
}

async fn check(scene: &Scene) {
    let selection = "from to timeZone asOf totals { ...F } previous { from to figures { ...F } }
        backlogByAge { fromSeconds toSeconds tickets } peakHours { weekday hour created perWeek }
        groups { key }";
    let answer = scene.stats(DURING, selection).await;
    assert_eq!(
        [&answer["from"], &answer["to"], &answer["timeZone"]],
        [
            "2026-03-04T00:00:00+00:00",
            "2026-03-06T00:00:00+00:00",
            "UTC"
        ]
    );
    // Everything up to now is in it.
    assert_eq!(answer["asOf"], "2026-03-05T21:00:00+00:00");
    assert_eq!(without_quantiles(&answer["totals"]), during());
    let previous = &answer["previous"];
    assert_eq!(without_quantiles(&previous["figures"]), before());
    assert_eq!(
        [&previous["from"], &previous["to"]],
        ["2026-03-02T00:00:00+00:00", "2026-03-04T00:00:00+00:00"]
    );
    // The third of four is at nine tenths, the second at the half.
    let resolution = &answer["totals"]["firstResolutionTime"];
    is_near(&resolution["medianSeconds"], 21_600.0);
    is_near(&resolution["p90Seconds"], 25_200.0);
    is_near(
        &answer["totals"]["firstResponseTime"]["medianSeconds"],
        600.0,
    );
    assert_eq!(answer["groups"], json!([]));
    // C is two and a half days old.
    let ages = [
        (0, json!(86_400), 5),
        (86_400, json!(259_200), 1),
        (259_200, json!(604_800), 0),
        (604_800, json!(2_592_000), 0),
        (2_592_000, json!(null), 0),
    ];
    let ages = ages.map(
        |(from, to, tickets)| json!({ "fromSeconds": from, "toSeconds": to, "tickets": tickets }),
    );
    assert_eq!(answer["backlogByAge"], json!(ages));
    // There is one Wednesday and one Thursday.
    let peaks = answer["peakHours"].as_array().unwrap();
    assert_eq!(peaks.len(), 7 * 24);
    let busy = peaks.iter().filter(|peak| peak["created"] != 0);
    let busy: Vec<_> = busy.cloned().collect();
    let peak = |weekday, hour, created: i32| json!({ "weekday": weekday, "hour": hour, "created": created, "perWeek": f64::from(created) });
    assert_eq!(
        busy,
        [
            peak("WEDNESDAY", 8, 2),
            peak("THURSDAY", 9, 1),
            peak("THURSDAY", 13, 1),
            peak("THURSDAY", 20, 5)
        ]
    );
}

/// The same figures while nothing is summed up, and when all is.
async fn before_the_job_and_after_it(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    check(&scene).await;
    scene.aggregate().await;
    check(&scene).await;
    scene.aggregate().await;
    check(&scene).await;
}

/// And when the job has run in the middle of everything.
async fn with_the_job_in_between(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    check(&scene).await;
    scene.aggregate().await;
    check(&scene).await;
}

/// Each part comes alone as it comes with the others: what is not selected is not worked out, and
/// nothing else.
async fn each_part_alone(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let parts = [
        ("totals", "backlog"),
        ("totals", "firstResponseTime { medianSeconds }"),
        ("totals", "nextResponseTime { p90Seconds }"),
        ("totals", "firstResolutionTime { target { isMet } }"),
        ("totals", "totalResolutionTime { medianSeconds }"),
        ("previous", "figures { backlog created }"),
        (
            "previous",
            "figures { firstResponseTime { medianSeconds } }",
        ),
        ("series(by: DAY)", "from figures { backlog }"),
        (
            "series(by: DAY)",
            "figures { firstResponseTime { p90Seconds } }",
        ),
        ("groups", "figures { backlog }"),
        ("groups", "figures { nextResponseTime { medianSeconds } }"),
        ("groups", "previous { firstResponseTime { medianSeconds } }"),
        ("backlogByAge", "tickets"),
        ("peakHours", "created"),
    ];
    let args = format!("{DURING}, groupBy: PRIORITY");
    let all: String = parts
        .iter()
        .enumerate()
        .map(|(n, (field, part))| format!("p{n}: {field} {{ {part} }} "))
        .collect();
    // Both are of the groups of both times.
    let all = format!("{all} g: groups {{ figures {{ backlog }} previous {{ created }} }}");
    let all = scene.stats(&args, &all).await;
    for (n, (field, part)) in parts.iter().enumerate() {
        let grouped = if *field == "groups" {
            "g: groups { figures { backlog } previous { created } }"
        } else {
            ""
        };
        let selection = format!("p: {field} {{ {part} }} {grouped}");
        let alone = scene.stats(&args, &selection).await;
        assert_eq!(alone["p"], all[format!("p{n}")], "{field} {part}");
        assert!(
            !alone["p"].to_string().contains("\"backlog\":null"),
            "{field}"
        );
    }
}

/// What is asked for by a fragment, under an alias and by a variable is found by look-ahead.
async fn however_it_is_selected(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let query = "query($by: StatsInterval!, $table: StatsTable!) {
        stats(from: \"2026-03-04T00:00:00Z\", to: \"2026-03-06T00:00:00Z\") {
            ...A days: series(by: DAY) { figures { created } } csv(table: $table, by: HOUR) } }
        fragment A on Stats { whole: totals { ... on StatsFigures { left: backlog } }
            it: series(by: $by) { ...B } }
        fragment B on StatsPeriod { figures { wait: firstResponseTime { half: medianSeconds } } }";
    let variables = json!({ "by": "WEEK", "table": "SERIES" });
    let found = scene.desk.people.susan.get(query, variables).await;
    let found = &found["stats"];
    assert_eq!(found["whole"]["left"], 6);
    is_near(&found["it"][0]["figures"]["wait"]["half"], 600.0);
    assert_eq!(found["it"].as_array().unwrap().len(), 1);
    assert_eq!(found["days"][1]["figures"]["created"], 7);
    assert_eq!(found["csv"].as_str().unwrap().lines().count(), 1 + 48);
}

on_both!(
    before_the_job_and_after_it,
    with_the_job_in_between,
    each_part_alone,
    however_it_is_selected,
);
