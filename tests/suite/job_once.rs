//! The jobs run once, as cron does.

use std::{fs, path::PathBuf, process::Output};

use deskwire_api::Config;
use deskwire_tests::{Backend, Person, Process, World, on_both, postgres_or_skip};
use futures_util::{StreamExt, future::join, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const JOB: &str = "sla-escalation";
const SWEEP: &str = "upload-sweep";

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

/// Uploads a file whose bytes are `text`, and completes the upload if `complete`.
pub async fn upload(world: &World, text: &str, complete: bool) -> String {
    let carla = world.client(Person::Carla);
    let sha256 = Sha256::digest(text);
    let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = json!({ "fileName": "log.txt", "contentType": "text/plain", "sizeBytes": text.len(),
        "sha256": sha256 });
    let request = "upload { id url method headers { name value } }";
    let payload = carla.run("createUpload", file, request).await;
    let upload = &payload["upload"];
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let method = word(&upload["method"]).parse().unwrap();
    let mut request = carla.http().request(method, word(&upload["url"]));
    for header in upload["headers"].as_array().unwrap() {
        request = request.header(word(&header["name"]), word(&header["value"]));
    }
    let answer = request.body(text.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = word(&upload["id"]);
    if complete {
        let input = json!({ "uploadId": id });
        carla
            .run("completeUpload", input, "attachment { id }")
            .await;
    }
    id
}

/// The files in the folder of attachments, checked or not.
pub fn files(config: &Config) -> Vec<PathBuf> {
    let mut open = vec![config.data_dir.join("attachments")];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let inside = fs::read_dir(path).unwrap();
            open.extend(inside.map(|entry| entry.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files
}

async fn run(config: &Config, args: &[&str], env: &[(&str, &str)]) -> Output {
    run_job(JOB, config, args, env).await
}

/// Runs the job `job` once.
pub async fn run_job(job: &str, config: &Config, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Process::job(job, config);
    let running = command.args(args).envs(env.iter().copied()).output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), running).await;
    output.expect("the job should have ended").unwrap()
}

/// The report, which is all that is on the standard output.
#[track_caller]
pub fn report(output: &Output, code: i32) -> Value {
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

/// The clock of the tests stands in the past, the job goes by the database's: all is long over.
async fn uploads_that_nobody_attached_are_deleted(world: World) {
    let config = world.config();
    let sweep = async |args: &[&str]| report(&run_job(SWEEP, config, args, &[]).await, 0);
    let nothing = sweep(&[]).await;
    let counts =
        |report: &Value| ["expired", "deleted", "cleared", "left"].map(|of| report[of].clone());
    assert_eq!(nothing["outcome"], "DONE", "{nothing:#}");
    assert_eq!(counts(&nothing), [0, 0, 0, 0].map(Value::from));

    upload(&world, "never completed", false).await;
    upload(&world, "never attached", true).await;
    let attached = upload(&world, "attached", true).await;
    let ticket = json!({ "subject": "A log", "description": "x", "attachmentIds": [attached] });
    let carla = world.client(Person::Carla);
    carla.run("createTicket", ticket, "ticket { id }").await;
    assert!(files(config).len() >= 3);
    // No time at all is no failure: the next run goes on.
    let late = sweep(&["--max-seconds", "0"]).await;
    assert_eq!(late["outcome"], "OUT_OF_TIME", "{late:#}");
    assert_eq!(counts(&late), [0, 0, 0, 2].map(Value::from));

    let (one, two) = join(sweep(&[]), sweep(&[])).await;
    for of in ["expired", "deleted"] {
        let both = [&one, &two].map(|report| report[of].as_u64().unwrap());
        assert_eq!(both[0] + both[1], 2, "{of}: {one:#} {two:#}");
    }
    assert_eq!((&one["left"], &two["left"]), (&json!(0), &json!(0)));
    // What is on a ticket stays.
    let left = files(config);
    let texts: Vec<_> = left
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(texts, ["attached"], "{left:?}");
    assert_eq!(counts(&sweep(&[]).await), [0, 0, 0, 0].map(Value::from));
    let query = "{ jobs(first: 50) { nodes { job outcome } } }";
    let alice = world.client(Person::Alice);
    let runs = alice.get(query, json!({})).await["jobs"]["nodes"].clone();
    let late = json!({ "job": "UPLOAD_SWEEP", "outcome": "OUT_OF_TIME" });
    assert!(runs.as_array().unwrap().contains(&late), "{runs:#}");
}

/// The report says why, and the next run deletes what this one could not.
async fn a_file_that_cannot_be_deleted_makes_the_sweep_fail(world: World) {
    let config = world.config();
    upload(&world, "never completed", false).await;
    let file = files(config).pop().unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let output = run_job(SWEEP, config, &[], &[]).await;
    let failed = report(&output, 1);
    assert_eq!(
        (&failed["outcome"], &failed["deleted"]),
        (&json!("FAILED"), &json!(0))
    );
    assert_eq!((&failed["failed"], &failed["left"]), (&json!(1), &json!(1)));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("a file could not be deleted"), "{log}");
    fs::remove_dir(&file).unwrap();
    let done = report(&run_job(SWEEP, config, &[], &[]).await, 0);
    assert_eq!((&done["deleted"], &done["left"]), (&json!(1), &json!(0)));
}

on_both!(
    a_run_prints_a_report,
    a_ticket_that_fails_makes_the_run_fail,
    uploads_that_nobody_attached_are_deleted,
    a_file_that_cannot_be_deleted_makes_the_sweep_fail
);

/// The job says why it does not begin.
#[track_caller]
pub fn cannot_begin(output: &Output, words: &str) {
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

/// A sweep must know where the files are, as the server does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_without_a_storage_is_refused_in_words() {
    let world = World::start(Backend::Sqlite).await;
    let config = world.config();
    let cases: [(&[(&str, &str)], &str); 7] = [
        (
            &[("DESKWIRE_ATTACHMENTS", "off")],
            "Attachments are switched off (DESKWIRE_ATTACHMENTS=off), so there is nothing to sweep",
        ),
        (
            &[("DESKWIRE_ATTACHMENTS", "gs://bucket")],
            "DESKWIRE_ATTACHMENTS is not understood",
        ),
        (
            &[("DESKWIRE_ATTACHMENTS", "folder:/nowhere")],
            "There is no folder of attachments at /nowhere",
        ),
        (
            &[("DESKWIRE_ATTACHMENTS", "folder:/proc")],
            "Cannot keep attachments in the folder /proc (DESKWIRE_ATTACHMENTS)",
        ),
        (&[("DESKWIRE_ATTACHMENTS", "s3://b")], "cannot be a bucket"),
        (
            &[("DESKWIRE_UPLOAD_MINUTES", "61")],
            "DESKWIRE_UPLOAD_MINUTES is 61",
        ),
        (
            &[("DESKWIRE_UNATTACHED_HOURS", "day")],
            "invalid value 'day'",
        ),
    ];
    for (env, words) in cases {
        let env = [&[("AWS_REGION", "eu-central-1")], env].concat();
        cannot_begin(&run_job(SWEEP, config, &[], &env).await, words);
    }
    // A bucket that is away is a run that failed, not a mistake of the operator's.
    let env = [
        ("DESKWIRE_ATTACHMENTS", "s3://bucket"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "word"),
    ];
    let away = report(&run_job(SWEEP, config, &[], &env).await, 1);
    assert!(
        away["error"]
            .as_str()
            .unwrap()
            .contains("S3 did not list quarantine/"),
        "{away:#}"
    );
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
    for (job, when) in [(JOB, "* * * * *"), (SWEEP, "*/15 * * * *")] {
        let output = run_job(job, world.config(), &["--help"], &[]).await;
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8_lossy(&output.stdout);
        for words in [when, "exit code", "DATABASE_URL", "Lambda", "--max-seconds"] {
            assert!(help.contains(words), "{words}: {help}");
        }
    }
}
