//! The jobs run once, as cron does.

use std::process::Output;

use deskwire_api::Config;
use deskwire_tests::{Backend, Person, Process, World, on_both, postgres_or_skip};
use futures_util::{StreamExt, future::join, stream};
use serde_json::{Value, json};

const JOB: &str = "sla-escalation";

/// Opens tickets whose targets have passed long ago by the machine's clock.
pub async fn open_tickets(world: &World, count: usize) -> Vec<String> {
    let carla = &world.client(Person::Carla);
    // The first makes the person known.
    let first = carla.open_ticket("Number 0").await;
    let others = (1..count).map(|number| async move {
        let subject = format!("Number {number}");
        carla.open_ticket(&subject).await
    });
    let mut tickets: Vec<_> = stream::iter(others).buffer_unordered(4).collect().await;
    tickets.push(first);
    tickets
}

/// How many timers a report says that it fired.
pub fn total(report: &Value) -> u64 {
    let fired = report["fired"].as_array().unwrap();
    fired
        .iter()
        .map(|fired| fired["count"].as_u64().unwrap())
        .sum()
}

/// How a ticket stands with its targets.
pub async fn sla_state(world: &World, ticket: &str) -> Value {
    let query = "query($id: ID!) { ticket(id: $id) { slaState } }";
    let agent = world.client(Person::Alice);
    agent.get(query, json!({ "id": ticket })).await["ticket"]["slaState"].clone()
}

async fn run(config: &Config, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Process::job(JOB, config);
    let running = command.args(args).envs(env.iter().copied()).output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), running).await;
    output.expect("the job should have ended").unwrap()
}

/// The report, which is all that is on the standard output.
#[track_caller]
fn report(output: &Output, code: i32) -> Value {
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{log}");
    let text = str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}

async fn a_run_prints_a_report(world: World) {
    let config = world.config();
    let tickets = open_tickets(&world, 3).await;
    // No time at all is no failure: the next run goes on.
    let none = run(config, &["--max-seconds", "0"], &[]).await;
    let none = report(&none, 0);
    assert_eq!((&none["outcome"], total(&none)), (&json!("OUT_OF_TIME"), 0));
    let done = report(&run(config, &[], &[]).await, 0);
    assert_eq!(
        (&done["outcome"], &done["left"]),
        (&json!("DONE"), &json!(0))
    );
    let per_ticket = total(&done) / 3;
    assert!(per_ticket > 0, "{done:#}");
    assert_eq!(sla_state(&world, &tickets[0]).await, "BREACHED");
    assert_eq!(total(&report(&run(config, &[], &[]).await, 0)), 0);

    // Two at once, as when a minute was not enough.
    open_tickets(&world, 8).await;
    let (one, two) = join(run(config, &[], &[]), run(config, &[], &[])).await;
    let fired = total(&report(&one, 0)) + total(&report(&two, 0));
    assert_eq!(fired, 8 * per_ticket);
}

/// One ticket that cannot be worked on is told of, and holds up no other.
async fn a_ticket_that_fails_makes_the_run_fail(world: World) {
    let tickets = open_tickets(&world, 3).await;
    let db = world.server().desk().db().admin();
    // It has fired before, though its timer does not know: the key forbids it.
    let broken = "INSERT INTO timer_firing (ticket_id, kind, cycle, level, due_at, fired_at) \
        SELECT id, 'FIRST_RESPONSE', 1, '100%', created_at, created_at FROM ticket WHERE number = 2";
    sea_orm::ConnectionTrait::execute_unprepared(db, broken)
        .await
        .unwrap();
    let output = run(world.config(), &[], &[]).await;
    let failed = report(&output, 1);
    assert_eq!(
        (&failed["outcome"], &failed["failed"]),
        (&json!("FAILED"), &json!(1))
    );
    assert!(failed["left"].as_u64().unwrap() > 0, "{failed:#}");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("the timers of a ticket cannot be fired"),
        "{log}"
    );
    let mut breached = 0;
    for ticket in &tickets {
        breached += usize::from(sla_state(&world, ticket).await == "BREACHED");
    }
    assert_eq!(breached, 2);
}

on_both!(
    a_run_prints_a_report,
    a_ticket_that_fails_makes_the_run_fail
);

#[track_caller]
fn cannot_begin(output: &Output, words: &str) {
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(log.contains(words), "{words}: {log}");
    assert!(!log.contains("panicked"), "{log}");
    assert!(output.stdout.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_refused_in_words() {
    let world = World::start(Backend::Sqlite).await;
    let config = world.config();
    let missing = config.data_dir.join("missing");
    let missing = missing.to_str().unwrap();
    let cases: [(&[(&str, &str)], &str); 6] = [
        (
            &[("DATABASE_URL", "mysql://localhost/x")],
            "DATABASE_URL must begin with postgres://",
        ),
        (
            &[("DATABASE_URL", "postgres://desk:secret@127.0.0.1:1/desk")],
            "Cannot open the database (DATABASE_URL)",
        ),
        (
            &[("DATABASE_URL", &format!("sqlite://{missing}/desk.db"))],
            "There is no database at",
        ),
        (&[("DESKWIRE_DATA_DIR", missing)], "There is no database at"),
        (
            &[("DESKWIRE_JOB_MAX_SECONDS", "soon")],
            "invalid value 'soon'",
        ),
        (&[("DESKWIRE_DB_CONNECTIONS", "0")], "invalid value '0'"),
    ];
    for (env, words) in cases {
        let output = run(config, &[], env).await;
        cannot_begin(&output, words);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("secret"));
    }
    assert!(!std::path::Path::new(missing).exists());
    cannot_begin(&run(config, &["--nonsense"], &[]).await, "--nonsense");
}

/// The tables are the server's: a job makes none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_the_tables_is_told_how_to_get_them() {
    let Some(cluster) = postgres_or_skip() else {
        return;
    };
    let world = World::start(Backend::Postgres).await;
    let mut empty = world.config().clone();
    empty.database_url = Some(cluster.empty_database().await);
    cannot_begin(&run(&empty, &[], &[]).await, "run: deskwire migrate");
    // One of an older version lacks some of them.
    let db = world.server().desk().db().admin();
    sea_orm::ConnectionTrait::execute_unprepared(db, "DROP TABLE job_run")
        .await
        .unwrap();
    let output = run(world.config(), &[], &[]).await;
    cannot_begin(&output, "run: deskwire migrate");
    cannot_begin(&output, "job_run");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_help_says_how_to_schedule_it() {
    let world = World::start(Backend::Sqlite).await;
    let output = run(world.config(), &["--help"], &[]).await;
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8_lossy(&output.stdout);
    for words in [
        "* * * * *",
        "exit code",
        "DATABASE_URL",
        "Lambda",
        "--max-seconds",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
