//! The job that keeps statistics: run once as by cron, as a Lambda function, and in a server.

use std::sync::atomic::{AtomicU64, Ordering};

use deskwire_tests::{Backend, Person, World, eventually, on_both, postgres_or_skip};
use serde_json::{Value, json};

use crate::{
    job_once::{cannot_begin, open_tickets, report, run_job},
    lambda::{alarms_watch, started_with},
};

const STATS: &str = "stats-aggregation";

fn counts(report: &Value) -> [Value; 3] {
    ["events", "tickets", "left"].map(|of| report[of].clone())
}

async fn it_catches_up_and_says_so(world: World) {
    let config = world.config();
    let run = async |args: &[&str]| report(&run_job(STATS, config, args, &[]).await, 0);
    assert_eq!(counts(&run(&[]).await), [0, 0, 0].map(Value::from));
    open_tickets(&world, 3).await;
    let late = run(&["--max-seconds", "0"]).await;
    assert_eq!(late["outcome"], "OUT_OF_TIME", "{late:#}");
    assert_eq!(counts(&late), [0, 0, 3].map(Value::from));
    assert!(late["lagSeconds"].as_i64().unwrap() > 86_400, "{late:#}");
    let tickets = AtomicU64::new(0);
    eventually("all is worked out", async || {
        let done = run(&[]).await;
        assert_eq!(
            (&done["outcome"], &done["busy"]),
            (&json!("DONE"), &json!(false))
        );
        let some = done["tickets"].as_u64().unwrap();
        tickets.fetch_add(some, Ordering::Relaxed) + some == 3
    })
    .await;
    assert_eq!(counts(&run(&[]).await), [0, 0, 0].map(Value::from));

    // Anew: what was right stays, what was damaged is mended.
    // Before the first ticket there is nothing to do.
    let days = ["--rebuild", "2020-03-01", "2026-03-03"];
    let anew = run(&days).await;
    assert_eq!(
        (&anew["tickets"], &anew["days"]),
        (&json!(0), &json!(1)),
        "{anew:#}"
    );
    let db = world.server().desk().db().admin();
    let damage = "UPDATE stats_fact SET marks = 0";
    sea_orm::ConnectionTrait::execute_unprepared(db, damage)
        .await
        .unwrap();
    let times = [
        "--rebuild",
        "2026-03-02T08:00:00Z",
        "2026-03-02T10:00:00+00:00",
    ];
    let mended = run(&times).await;
    assert_eq!(
        (&mended["tickets"], &mended["days"]),
        (&json!(3), &json!(1)),
        "{mended:#}"
    );

    let alice = world.client(Person::Alice);
    let runs = alice.get("{ jobs(first: 50) { nodes { job outcome } } }", json!({}));
    let runs = runs.await["jobs"]["nodes"].clone();
    let late = json!({ "job": "STATS_AGGREGATION", "outcome": "OUT_OF_TIME" });
    assert!(runs.as_array().unwrap().contains(&late), "{runs:#}");
}
on_both!(it_catches_up_and_says_so);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_none_is_refused_in_words() {
    let world = World::start(Backend::Sqlite).await;
    for (from, to, words) in [
        (
            "yesterday",
            "2026-03-02",
            "yesterday is neither a day, such as 2026-01-31",
        ),
        ("2026-02-30", "2026-03-02", "2026-02-30 is neither a day"),
        (
            "2026-03-02",
            "2026-03-02T25:00:00Z",
            "2026-03-02T25:00:00Z is neither",
        ),
        ("2026-03-02", "2026-03-02", "TO must be after FROM"),
        ("2026-03-02", "2026-03-01", "TO must be after FROM"),
        ("0000-01-01", "+123456-01-01", "is neither a day"),
    ] {
        let output = run_job(STATS, world.config(), &["--rebuild", from, to], &[]).await;
        cannot_begin(&output, words);
    }
    let output = run_job(STATS, world.config(), &["--rebuild", "2026-03-02"], &[]).await;
    cannot_begin(&output, "2 values required");
    let help = run_job(STATS, world.config(), &["--help"], &[]).await;
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for words in [
        "* * * * *",
        "exit code",
        "DATABASE_URL",
        "Lambda",
        "--rebuild",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

/// What another version wrote is not guessed at: the run fails, says so, and changes nothing.
async fn what_it_cannot_read_makes_it_fail(world: World) {
    open_tickets(&world, 1).await;
    let db = world.server().desk().db().admin();
    let strange = "INSERT INTO event (ticket_id, ticket_version, kind, actor_role, visibility, at, data) \
        SELECT ticket_id, 2, 'OF_LATER', actor_role, visibility, at, data FROM event";
    sea_orm::ConnectionTrait::execute_unprepared(db, strange)
        .await
        .unwrap();
    eventually("the strange event is seen", async || {
        let output = run_job(STATS, world.config(), &[], &[]).await;
        if output.status.code() == Some(0) {
            return false;
        }
        let failed = report(&output, 1);
        assert_eq!(failed["outcome"], "FAILED", "{failed:#}");
        true
    })
    .await;
}
on_both!(what_it_cannot_read_makes_it_fail);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_schedule_brings_them_up_to_date() {
    let Some((world, emulator, mut function)) = started_with(STATS).await else {
        return;
    };
    open_tickets(&world, 4).await;
    let tickets = AtomicU64::new(0);
    eventually("all is worked out", async || {
        let done = emulator.invoke(STATS).await.unwrap();
        let some = done["tickets"].as_u64().unwrap();
        tickets.fetch_add(some, Ordering::Relaxed) + some == 4
    })
    .await;
    alarms_watch(&function.line().await).await;
    // Delivered again: nothing is left to do.
    let again = emulator.invoke(STATS).await.unwrap();
    assert_eq!(
        (&again["outcome"], &again["tickets"]),
        (&json!("DONE"), &json!(0))
    );
}

async fn a_server_keeps_them(backend: Backend) {
    let world = World::start_with(backend, |config| {
        config.stats_interval_seconds = 1;
        config.metrics_bind = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    open_tickets(&world, 3).await;
    let http = world.anonymous();
    let address = world.server().metrics_address().unwrap();
    eventually("the events are in the sums", async || {
        let page = http.http().get(format!("http://{address}/metrics"));
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(page.contains("deskwire_stats_lag_seconds"), "{page}");
        page.lines()
            .any(|line| line == "deskwire_stats_events_total 3")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_keeps_them_on_sqlite() {
    a_server_keeps_them(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_keeps_them_on_postgres() {
    if postgres_or_skip().is_some() {
        a_server_keeps_them(Backend::Postgres).await;
    }
}
