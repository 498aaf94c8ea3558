//! Many jobs at once, some of them killed at random: everything fires, and nothing twice.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use deskwire_tests::{Backend, World, postgres_or_skip, telling};
use domain::{db::Db, sla::Sweeper, telling::Planner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectionTrait, Statement};

use super::scene::Scene;

/// Copies of one ticket with one due timer each, made in the database.
async fn fill(db: &Db, count: u64) {
    let (id, numbers) = if db.is_postgres() {
        (
            "gen_random_uuid()",
            format!("generate_series(2, {})", count + 1),
        )
    } else {
        (
            "randomblob(16)",
            format!(
                "(WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n <= {count}) SELECT n FROM n)"
            ),
        )
    };
    let column = if db.is_postgres() { "AS n(n)" } else { "AS n" };
    let copy = format!(
        "INSERT INTO ticket (id, number, requester_id, subject, description, category_id, priority, status, \
         source, co_assignees, tags, version, created_at, updated_at, sla_state, sla_due_at) \
         SELECT {id}, n.n, requester_id, subject, description, category_id, priority, status, source, \
         co_assignees, tags, version, created_at, updated_at, sla_state, sla_due_at \
         FROM ticket, {numbers} {column} WHERE number = 1"
    );
    let timers = "INSERT INTO timer (ticket_id, kind, cycle, latest, started_at, pauses, policy_id, calendar_id, \
        calendar_version, target_seconds, due_at, fire_at, levels) \
        SELECT ticket.id, kind, cycle, latest, started_at, pauses, policy_id, calendar_id, calendar_version, \
        target_seconds, due_at, fire_at, levels FROM ticket, timer \
        WHERE ticket.number > 1 AND timer.kind = 'FIRST_RESPONSE' \
        AND timer.ticket_id = (SELECT id FROM ticket WHERE number = 1)";
    let rest = "DELETE FROM timer WHERE kind <> 'FIRST_RESPONSE'";
    let analyze = "ANALYZE";
    for sql in [copy.as_str(), timers, rest, analyze] {
        db.admin().execute_unprepared(sql).await.unwrap();
    }
}

async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), sql);
    let row = db.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

/// Four planners at once, killed at random until they are through.
async fn plan_all(scene: &Scene) {
    let desk = scene.world.server().desk();
    let db = desk.db();
    let planning = async |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        loop {
            let own = Db::connect(db.url(), 1).await.unwrap();
            let planner = Planner::new(own, scene.world.clock.clone(), telling::rules());
            let planning = async {
                while planner
                    .step()
                    .await
                    .unwrap()
                    .is_none_or(|done| done.events > 0)
                    || !telling::is_planned(desk).await
                {}
            };
            // What takes longer is dropped where it is.
            let patience = Duration::from_millis(rng.random_range(100..2_000));
            if tokio::time::timeout(patience, planning).await.is_ok() {
                return;
            }
        }
    };
    futures_util::future::join_all((0..4).map(planning)).await;
}

async fn all_fired_once(scene: &Scene, count: i64) {
    plan_all(scene).await;
    let db = scene.world.server().desk().db();
    for (what, sql) in [
        (
            "escalated tickets",
            "SELECT count(*) AS n FROM ticket WHERE escalated AND sla_state = 'BREACHED'",
        ),
        (
            "events",
            "SELECT count(*) AS n FROM event WHERE kind = 'SLA_BREACHED'",
        ),
        (
            "tickets with an event",
            "SELECT count(DISTINCT ticket_id) AS n FROM event WHERE kind = 'SLA_BREACHED'",
        ),
        (
            "firings",
            "SELECT count(*) AS n FROM timer_firing WHERE level = '100%'",
        ),
        (
            "mails",
            "SELECT count(*) AS n FROM delivery WHERE kind = 'SLA_BREACH' AND channel = 'MAIL'",
        ),
        (
            "at version 2",
            "SELECT count(*) AS n FROM ticket WHERE version = 2",
        ),
        (
            "breached timers",
            "SELECT count(*) AS n FROM timer WHERE breached_at IS NOT NULL AND fire_at IS NULL",
        ),
    ] {
        assert_eq!(number(db, sql).await, count, "{what}");
    }
    assert_eq!(
        number(
            db,
            "SELECT count(*) AS n FROM event WHERE kind = 'SLA_WARNING'"
        )
        .await,
        0
    );
}

/// `jobs` jobs at once over `count` due timers. Until half is done, jobs are killed at random moments
/// and replaced.
async fn at_once(world: World, jobs: u64, count: u64) {
    let scene = Scene::new(world);
    scene
        .open(serde_json::json!({ "priority": "URGENT" }))
        .await;
    let db = scene.world.server().desk().db().clone();
    fill(&db, count - 1).await;
    scene.at("03-02 12:00");
    let (done, killed) = (AtomicBool::new(false), AtomicU64::new(0));
    let job = async |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut kills = 6;
        while !done.load(Ordering::SeqCst) {
            // A connection of its own, as a process of its own has.
            let own = Db::connect(db.url(), 1).await.unwrap();
            let clock = scene.world.clock.clone();
            let running =
                tokio::spawn(async move { Sweeper::new(own, clock).sweep(None, || ()).await });
            if kills > 0 {
                kills -= 1;
                tokio::time::sleep(Duration::from_millis(rng.random_range(1..400))).await;
                if !running.is_finished() {
                    running.abort();
                    killed.fetch_add(1, Ordering::SeqCst);
                }
                continue;
            }
            let report = running.await.unwrap();
            if report.left == 0 && report.error.is_none() {
                done.store(true, Ordering::SeqCst);
            }
        }
    };
    futures_util::future::join_all((0..jobs).map(job)).await;
    // Those that were killed last may have held something; what is left is left for the next run.
    scene.sweep().await;
    assert!(killed.load(Ordering::SeqCst) > 0);
    all_fired_once(&scene, i64::try_from(count).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_jobs_on_postgres() {
    if postgres_or_skip().is_some() {
        at_once(World::start(Backend::Postgres).await, 8, 100_000).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_jobs_on_sqlite() {
    at_once(World::start(Backend::Sqlite).await, 2, 10_000).await;
}

/// With 20,000 running timers of which 100 are due, the job looks at the 100.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_follows_what_is_due() {
    if postgres_or_skip().is_none() {
        return;
    }
    // Sessions tell of what they read when they are asked to, or when they end: with one session,
    // all is told before the job runs.
    let world = World::start_with(Backend::Postgres, |config| config.db_connections = 1).await;
    let scene = Scene::new(world);
    scene
        .open(serde_json::json!({ "priority": "URGENT" }))
        .await;
    let db = scene.world.server().desk().db().clone();
    fill(&db, 19_999).await;
    let later = "UPDATE timer SET started_at = started_at + interval '1 year', fire_at = fire_at + interval '1 year', \
        due_at = due_at + interval '1 year' WHERE ticket_id IN (SELECT id FROM ticket WHERE number > 100)";
    for sql in [later, "VACUUM ANALYZE timer"] {
        db.admin().execute_unprepared(sql).await.unwrap();
    }
    scene.at("03-02 12:00");
    // How much was read of timers, table and index, by all sessions so far.
    let read = async || {
        let sql = "SELECT (seq_tup_read + COALESCE(idx_tup_fetch, 0) + (SELECT idx_tup_read FROM pg_stat_user_indexes \
            WHERE indexrelname = 'timer_due'))::bigint AS n FROM pg_stat_user_tables WHERE relname = 'timer'";
        db.admin()
            .execute_unprepared("SELECT pg_stat_force_next_flush()")
            .await
            .unwrap();
        number(&db, sql).await
    };
    let own = Db::connect(db.url(), 1).await.unwrap();
    let before = read().await;
    let report = Sweeper::new(own, scene.world.clock.clone())
        .sweep(None, || ())
        .await;
    assert_eq!((report.total(), report.left), (100, 0));
    deskwire_tests::eventually("what was read is told", async || read().await > before + 99).await;
    let rows = read().await - before;
    assert!(
        (100..2_000).contains(&rows),
        "{rows} rows read for 100 due timers"
    );
}

/// Kills and deliveries of the same event by real processes: SIGKILL, not an ended task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_are_killed() {
    if postgres_or_skip().is_none() {
        return;
    }
    let scene = Scene::new(World::start(Backend::Postgres).await);
    scene
        .open(serde_json::json!({ "priority": "URGENT" }))
        .await;
    let db = scene.world.server().desk().db().clone();
    fill(&db, 4_999).await;
    // By the machine's clock everything is long due.
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let start = || {
        deskwire_tests::Process::job("sla-escalation", scene.world.config())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    for _ in 0..10 {
        let mut both = [start(), start()];
        tokio::time::sleep(Duration::from_millis(rng.random_range(30..300))).await;
        for job in &mut both {
            job.kill().await.unwrap();
        }
    }
    let output = deskwire_tests::Process::job("sla-escalation", scene.world.config())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["outcome"], &report["left"]),
        (&"DONE".into(), &0.into())
    );
    all_fired_once(&scene, 5_000).await;
}
