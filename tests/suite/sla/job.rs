//! Case 5: the job, late, twice, at once, cut off, with a wrong clock; judged by event time.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use deskwire_tests::{Backend, World, on_both, postgres_or_skip};
use domain::{
    Clock,
    db::Db,
    sla::{Report, Sweeper},
};
use entity::JobOutcome;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement,
};
use serde_json::json;

use super::scene::{Scene, due, time, utc};

fn fired(report: &Report) -> Vec<(String, String, u64)> {
    let rows = report.fired.iter();
    rows.map(|row| (row.kind.as_str().to_owned(), row.level.clone(), row.count))
        .collect()
}

/// A day late, a warning is of no use any more: what was missed fires, once, stamped with its time.
async fn late_by_a_day_and_run_twice(world: World) {
    let scene = Scene::new(world);
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-03 11:00");
    let report = scene.sweep().await;
    assert_eq!(
        fired(&report),
        [
            ("FIRST_RESPONSE".to_owned(), "100%".to_owned(), 1),
            ("RESOLUTION".to_owned(), "100%".to_owned(), 1),
        ]
    );
    let first = scene.sla(&ticket, "FIRST_RESPONSE").await;
    assert_eq!(time(&first["breachedAt"]), Some(utc("03-02 11:00")));
    let after = scene.ticket(&ticket).await;
    assert_eq!(time(&after["escalatedAt"]), Some(utc("03-03 11:00")));
    let before = (after["version"].clone(), scene.feed(&ticket).await);
    for _ in 0..3 {
        assert_eq!(scene.sweep().await.total(), 0);
    }
    let now = (
        scene.ticket(&ticket).await["version"].clone(),
        scene.feed(&ticket).await,
    );
    assert_eq!(before, now);
}

/// In time, a warning comes before the breach, and each comes once.
async fn a_warning_before_the_breach(world: World) {
    let scene = Scene::new(world);
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 10:36");
    let report = scene.sweep().await;
    assert_eq!(
        fired(&report),
        [("FIRST_RESPONSE".to_owned(), "80%".to_owned(), 1)]
    );
    assert_eq!(scene.ticket(&ticket).await["escalated"], false);
    scene.at("03-02 11:00");
    let report = scene.sweep().await;
    assert_eq!(
        fired(&report),
        [("FIRST_RESPONSE".to_owned(), "100%".to_owned(), 1)]
    );
    assert_eq!(
        scene.feed(&ticket).await,
        ["TICKET_CREATED", "SLA_WARNING", "SLA_BREACHED"]
    );
}

/// A reply after the due time is a breach though no job ran; one before it, or on the dot, is not,
/// however late the job is.
async fn judged_by_event_time(world: World) {
    let scene = Scene::new(world);
    let (late, dot, early) = (
        scene.open(json!({ "priority": "URGENT" })).await,
        scene.open(json!({ "priority": "URGENT" })).await,
        scene.open(json!({ "priority": "URGENT" })).await,
    );
    scene.at("03-02 10:59");
    scene.reply(&scene.people.alice, &early).await;
    scene.at("03-02 11:00");
    scene.reply(&scene.people.alice, &dot).await;
    scene.world.clock.advance(TimeDelta::microseconds(1));
    scene.reply(&scene.people.alice, &late).await;
    for (ticket, state) in [(&early, "MET"), (&dot, "MET"), (&late, "BREACHED")] {
        assert_eq!(
            scene.stands(ticket, "FIRST_RESPONSE").await,
            due(state, "03-02 11:00")
        );
    }
    // The reply wrote the breach down itself, before its own words.
    assert_eq!(
        scene.feed(&late).await,
        ["TICKET_CREATED", "SLA_BREACHED", "REPLY_ADDED"]
    );
    assert_eq!(scene.ticket(&late).await["escalated"], true);
    scene.at("03-02 15:00");
    assert_eq!(scene.sweep().await.total(), 0);
    // A client that expects the version from before the breach is not in conflict with it.
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 18:00");
    let input = json!({ "ticketId": ticket, "body": "Sorry.", "expectedVersion": 1 });
    scene.people.alice.run("replyToTicket", input, "").await;
    assert_eq!(
        scene.stands(&ticket, "FIRST_RESPONSE").await,
        due("BREACHED", "03-02 17:00")
    );
}

/// A job that has no time left says what is left; the next one does it.
async fn out_of_time(world: World) {
    let scene = Scene::new(world);
    for _ in 0..5 {
        scene.open(json!({ "priority": "URGENT" })).await;
    }
    scene.at("03-02 12:00");
    let desk = scene.world.server().desk();
    let report = desk.sweep(&desk.sweeper(), Some(Duration::ZERO)).await;
    assert_eq!(
        (report.outcome, report.left, report.total()),
        (JobOutcome::OutOfTime, 5, 0)
    );
    // Two at a time, and no more than there are.
    let report = desk.sweep(&desk.sweeper().with_batch(2), None).await;
    assert_eq!(
        (report.outcome, report.left, report.total()),
        (JobOutcome::Done, 0, 5)
    );
}

/// One ticket that cannot be worked on does not hold up the others.
async fn one_that_fails(world: World) {
    let scene = Scene::new(world);
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(scene.open(json!({ "priority": "URGENT" })).await);
    }
    // It has fired before, though its timer does not know: the key forbids it.
    let desk = scene.world.server().desk();
    let broken = "INSERT INTO timer_firing (ticket_id, kind, cycle, level, due_at, fired_at) \
        SELECT id, 'FIRST_RESPONSE', 1, '100%', created_at, created_at FROM ticket WHERE number = 2";
    desk.db().admin().execute_unprepared(broken).await.unwrap();
    scene.at("03-02 12:00");
    let report = desk.sweep(&desk.sweeper(), None).await;
    assert_eq!(
        (report.outcome, report.failed, report.total()),
        (JobOutcome::Failed, 1, 3)
    );
    assert_eq!(report.left, 1);
    for (place, ticket) in tickets.iter().enumerate() {
        let escalated = scene.ticket(ticket).await["escalated"] == true;
        assert_eq!(escalated, place != 1, "ticket {place}");
    }
}

on_both!(
    late_by_a_day_and_run_twice,
    a_warning_before_the_breach,
    judged_by_event_time,
    out_of_time,
    one_that_fails,
);

/// The database's clock counts, not that of the machine on which the job runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock() {
    if postgres_or_skip().is_none() {
        return;
    }
    let scene = Scene::new(World::start(Backend::Postgres).await);
    scene.open(json!({})).await;
    scene.open(json!({})).await;
    let db = scene.world.server().desk().db().clone();
    // Due five minutes from now, and five minutes ago, by the database's clock.
    for (number, minutes) in [(1, 5), (2, -5)] {
        let sql = format!(
            "UPDATE timer SET fire_at = CASE WHEN kind = 'FIRST_RESPONSE' \
             THEN now() + interval '{minutes} minutes' END, \
             due_at = now() + interval '{minutes} minutes', \
             started_at = now() + interval '{minutes} minutes' - interval '1 day' \
             WHERE ticket_id IN (SELECT id FROM ticket WHERE number = {number})"
        );
        db.admin().execute_unprepared(&sql).await.unwrap();
    }
    for minutes in [-10, 10] {
        let wrong = Clock::skewed(TimeDelta::minutes(minutes));
        let report = Sweeper::new(db.clone(), wrong).sweep(None, || ()).await;
        assert_eq!(report.outcome, JobOutcome::Done, "{report:?}");
    }
    let fired = entity::timer_firing::Entity::find()
        .all(db.read())
        .await
        .unwrap();
    assert_eq!(fired.len(), 1, "{fired:?}");
}

/// The database goes away half-way: the report says so, and the next run ends where this one would have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_goes_away() {
    if postgres_or_skip().is_none() {
        return;
    }
    let scene = Scene::new(World::start(Backend::Postgres).await);
    for _ in 0..12 {
        scene.open(json!({ "priority": "URGENT" })).await;
    }
    scene.at("03-02 12:00");
    let db = scene.world.server().desk().db().clone();
    let own = Db::connect(db.url(), 1).await.unwrap();
    let me = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid() AS pid");
    let me = own.read().query_one_raw(me).await.unwrap().unwrap();
    let pid: i32 = me.try_get("", "pid").unwrap();
    let (_, name) = db.url().split_once("5432/").unwrap();
    let (name, _) = name.split_once('?').unwrap();
    let allow = async |connections: bool| {
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}");
        postgres_or_skip().unwrap().run(&sql).await;
    };
    let batches = AtomicU32::new(0);
    let cut = async || {
        allow(false).await;
        let kill = format!("SELECT pg_terminate_backend({pid}, 10000)");
        db.admin().execute_unprepared(&kill).await.unwrap();
    };
    let sweeper = Sweeper::new(own, scene.world.clock.clone()).with_batch(2);
    let report = sweeper
        .sweep(None, || {
            if batches.fetch_add(1, Ordering::SeqCst) == 1 {
                let runtime = tokio::runtime::Handle::current();
                tokio::task::block_in_place(|| runtime.block_on(cut()));
            }
        })
        .await;
    allow(true).await;
    assert_eq!(report.outcome, JobOutcome::Failed, "{report:?}");
    assert!(report.error.is_some());
    assert_eq!(report.total(), 4);
    let again = scene.sweep().await;
    assert_eq!(report.total() + again.total(), 12);
    let events = entity::event::Entity::find()
        .filter(entity::event::Column::Kind.eq(entity::EventKind::SlaBreached))
        .count(db.read())
        .await
        .unwrap();
    assert_eq!(events, 12);
}
