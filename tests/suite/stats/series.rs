//! Series and the time before, where the clocks change and where offsets are odd.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{Job, Scene};

const BERLIN: &str = "Europe/Berlin";
const KATHMANDU: &str = "Asia/Kathmandu";

/// When tickets are opened around both clock changes of Berlin in 2026, UTC.
const OPENED: [&str; 12] = [
    // 28 March 23:30 in Berlin; the 29th 00:30, 01:30, 03:30, 23:30; the 30th 00:30, twice.
    "03-28 22:30",
    "03-28 23:30",
    "03-29 00:30",
    "03-29 01:30",
    "03-29 21:30",
    "03-29 22:30",
    "03-29 22:30",
    // 24 October 23:30 in Berlin; the 25th 02:30, 02:30 again, 23:30; the 26th 00:30.
    "10-24 21:30",
    "10-25 00:30",
    "10-25 01:30",
    "10-25 22:30",
    "10-25 23:30",
];

async fn scene(world: World, job: Job) -> Scene {
    let mut scene = Scene::empty(world, job).await;
    for time in OPENED {
        scene.at(time).await;
        let carla = scene.desk.people.carla.clone();
        scene.open("A", &carla, json!({})).await;
    }
    scene
}

fn args(from: &str, to: &str, zone: &str) -> String {
    let time = |text: &str| format!("\"2026-{}:00Z\"", text.replace(' ', "T"));
    let (from, to) = (time(from), time(to));
    format!("from: {from}, to: {to}, timeZone: \"{zone}\"")
}

/// When stretches begin and end, and how many tickets were opened in them.
fn stretches(series: &Value) -> Vec<(String, String, i64)> {
    let series = series.as_array().unwrap().iter();
    let time = |value: &Value| value.as_str().unwrap()[5..16].replace('T', " ");
    series
        .map(|stretch| {
            let created = stretch["figures"]["created"].as_i64().unwrap();
            (time(&stretch["from"]), time(&stretch["to"]), created)
        })
        .collect()
}

/// How many tickets were opened, by the number of the stretch, for those in which some were.
fn filled(series: &Value) -> (usize, Vec<(usize, i64)>) {
    let all = stretches(series);
    let created = all.iter().map(|(_, _, created)| *created).enumerate();
    (
        all.len(),
        created.filter(|(_, created)| *created > 0).collect(),
    )
}

fn owned(all: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
    let owned =
        |(from, to, created): &(&str, &str, i64)| ((*from).to_owned(), (*to).to_owned(), *created);
    all.iter().map(owned).collect()
}

const ALL: &str = "hours: series(by: HOUR) { from to figures { created } }
    days: series(by: DAY) { from to figures { created } }
    weeks: series(by: WEEK) { from to figures { created } }
    months: series(by: MONTH) { from to figures { created } }
    totals { created } previous { from to figures { created } }
    peakHours { weekday hour created perWeek }";

async fn spring(scene: &Scene) {
    // Saturday to Monday, of which Sunday has 23 hours.
    let answer = scene
        .stats(&args("03-27 23:00", "03-30 22:00", BERLIN), ALL)
        .await;
    assert_eq!(
        stretches(&answer["days"]),
        owned(&[
            ("03-27 23:00", "03-28 23:00", 1),
            ("03-28 23:00", "03-29 22:00", 4),
            ("03-29 22:00", "03-30 22:00", 2),
        ])
    );
    assert_eq!(
        stretches(&answer["weeks"]),
        owned(&[
            ("03-27 23:00", "03-29 22:00", 5),
            ("03-29 22:00", "03-30 22:00", 2),
        ])
    );
    assert_eq!(
        stretches(&answer["months"]),
        owned(&[("03-27 23:00", "03-30 22:00", 7)])
    );
    let hours = filled(&answer["hours"]);
    let expected = vec![(23, 1), (24, 1), (25, 1), (26, 1), (46, 1), (47, 2)];
    assert_eq!(hours, (24 + 23 + 24, expected));
    // The three days before, Wednesday to Friday, all of 24 hours.
    assert_eq!(
        stretches(&json!([answer["previous"]])),
        owned(&[("03-24 23:00", "03-27 23:00", 0)])
    );
    // The half hours of Sunday at 00:30, 01:30, 03:30 and 23:30.
    let peaks = answer["peakHours"].as_array().unwrap().iter();
    let busy = peaks.filter(|peak| peak["created"] != 0);
    let busy: Vec<_> = busy
        .map(|peak| {
            let weekday = peak["weekday"].as_str().unwrap();
            let number = |name: &str| peak[name].as_f64().unwrap();
            (
                weekday,
                number("hour"),
                number("created"),
                number("perWeek"),
            )
        })
        .collect();
    assert_eq!(
        busy,
        [
            ("MONDAY", 0.0, 2.0, 2.0),
            ("SATURDAY", 23.0, 1.0, 1.0),
            ("SUNDAY", 0.0, 1.0, 1.0),
            ("SUNDAY", 1.0, 1.0, 1.0),
            ("SUNDAY", 3.0, 1.0, 1.0),
            ("SUNDAY", 23.0, 1.0, 1.0),
        ]
    );
}

async fn autumn(scene: &Scene) {
    // Sunday has 25 hours.
    let answer = scene
        .stats(&args("10-24 22:00", "10-25 23:00", BERLIN), ALL)
        .await;
    assert_eq!(
        stretches(&answer["days"]),
        owned(&[("10-24 22:00", "10-25 23:00", 3)])
    );
    assert_eq!(
        filled(&answer["hours"]),
        (25, vec![(2, 1), (3, 1), (24, 1)])
    );
    // The day before has 24.
    assert_eq!(
        stretches(&json!([answer["previous"]])),
        owned(&[("10-23 22:00", "10-24 22:00", 1)])
    );
    // The hour that comes twice counts as one.
    let peaks = answer["peakHours"].as_array().unwrap();
    let two = peaks
        .iter()
        .find(|peak| peak["weekday"] == "SUNDAY" && peak["hour"] == 2);
    assert_eq!(two.unwrap()["created"], 2);
    // Weeks and months over the change, of a time that begins and ends in the middle of a day.
    let answer = scene
        .stats(&args("10-17 12:00", "11-02 12:00", BERLIN), ALL)
        .await;
    assert_eq!(
        stretches(&answer["weeks"]),
        owned(&[
            ("10-17 12:00", "10-18 22:00", 0),
            ("10-18 22:00", "10-25 23:00", 4),
            ("10-25 23:00", "11-01 23:00", 1),
            ("11-01 23:00", "11-02 12:00", 0),
        ])
    );
    assert_eq!(
        stretches(&answer["months"]),
        owned(&[
            ("10-17 12:00", "10-31 23:00", 5),
            ("10-31 23:00", "11-02 12:00", 0),
        ])
    );
    // Sixteen times 24 hours before: it does not begin and end at midnight.
    assert_eq!(
        stretches(&json!([answer["previous"]])),
        owned(&[("10-01 12:00", "10-17 12:00", 0)])
    );
}

async fn three_quarters(scene: &Scene) {
    // Days begin at 18:15 UTC, and hours a quarter past.
    let answer = scene
        .stats(&args("03-28 18:15", "03-30 18:15", KATHMANDU), ALL)
        .await;
    assert_eq!(
        stretches(&answer["days"]),
        owned(&[
            ("03-28 18:15", "03-29 18:15", 4),
            ("03-29 18:15", "03-30 18:15", 3),
        ])
    );
    let expected = vec![(4, 1), (5, 1), (6, 1), (7, 1), (27, 1), (28, 2)];
    assert_eq!(filled(&answer["hours"]), (48, expected));
    // Sunday ends and Monday begins at 18:15.
    assert_eq!(
        stretches(&answer["weeks"]),
        owned(&[
            ("03-28 18:15", "03-29 18:15", 4),
            ("03-29 18:15", "03-30 18:15", 3),
        ])
    );
    assert_eq!(
        stretches(&json!([answer["previous"]])),
        owned(&[("03-26 18:15", "03-28 18:15", 0)])
    );
    // A time that begins within an hour begins with a part of it.
    let answer = scene
        .stats(&args("03-28 22:20", "03-28 23:40", KATHMANDU), ALL)
        .await;
    assert_eq!(
        stretches(&answer["hours"]),
        owned(&[
            ("03-28 22:20", "03-28 23:15", 1),
            ("03-28 23:15", "03-28 23:40", 1),
        ])
    );
}

async fn check(scene: &Scene) {
    spring(scene).await;
    autumn(scene).await;
    three_quarters(scene).await;
}

/// Whether nothing is summed up or all is, by days of one zone or another.
async fn across_clock_changes(world: World) {
    let scene = scene(world, Job::Never).await;
    check(&scene).await;
    scene.aggregate().await;
    check(&scene).await;
    for zone in [BERLIN, KATHMANDU] {
        let input = json!({ "timeZone": zone });
        let susan = &scene.desk.people.susan;
        susan.run("updateStatsSettings", input, "").await;
        // Not summed up by these days yet; then so.
        check(&scene).await;
        scene.aggregate().await;
        check(&scene).await;
        // It is what days are of, if no other zone is asked for.
        let args = "from: \"2026-03-28T18:15:00Z\", to: \"2026-03-30T18:15:00Z\"";
        let answer = scene.stats(args, "timeZone series(by: DAY) { from }").await;
        assert_eq!(answer["timeZone"], zone);
        let days = answer["series"].as_array().unwrap().len();
        assert_eq!(days, if zone == KATHMANDU { 2 } else { 3 });
    }
}

/// The last hours are summed up by nobody yet.
async fn with_the_job_behind(world: World) {
    let scene = scene(world, Job::Between).await;
    check(&scene).await;
}

on_both!(across_clock_changes, with_the_job_behind);
