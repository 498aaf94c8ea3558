//! Wake-ups between servers get lost; what they announce does not.

use std::time::{Duration, Instant};

use deskwire_tests::{Backend, Client, Person, Socket, World, eventually, postgres_or_skip};
use domain::Position;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

use crate::common::text;

const LISTENERS: &str = "FROM pg_stat_activity WHERE datname = current_database()
    AND query LIKE 'LISTEN %' AND pid <> pg_backend_pid()";

/// The connections on which servers listen.
struct Listeners(DatabaseConnection);

impl Listeners {
    async fn number(&self, of: &str) -> i64 {
        let sql = format!("SELECT count({of}) AS number {LISTENERS}");
        let row = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.0.query_one_raw(row).await.unwrap().unwrap();
        row.try_get("", "number").unwrap()
    }

    async fn count(&self) -> i64 {
        self.number("pid").await
    }

    /// Ends them all and says how many there were.
    async fn cut(&self) -> i64 {
        self.number("pg_terminate_backend(pid)").await
    }
}

/// One change here, and its event there.
async fn tell(writer: &Client, reader: &mut Socket, last: &mut Position) {
    let id = writer.open_ticket("Told").await;
    let event = reader.event("queue").await;
    let got = (&event["kind"], &event["ticket"]["id"]);
    assert_eq!(got, (&json!("ENTERED"), &json!(id)));
    let position = Position::decode(&text(&event, "/position")).unwrap();
    assert!(position > *last, "{position:?} came after {last:?}");
    *last = position;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_while_nobody_can_listen_and_wake_ups_work_again() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let (here, there) = (world.process().await, world.process().await);
    let db = Database::connect(world.config().database_url())
        .await
        .unwrap();
    let listeners = Listeners(db);
    let servers = 3;
    eventually("all servers listen", async || {
        listeners.count().await == servers
    })
    .await;

    let writer = world.client(Person::Carla).at(here.base());
    let mut reader = world.client(Person::Alice).at(there.base()).socket().await;
    let follow = "subscription { queue { kind position ticket { id } } }";
    reader.subscribe(follow, Value::Null).await;
    let ready = reader.event("queue").await;
    assert_eq!(ready["kind"], "READY");
    let mut last = Position::decode(&text(&ready, "/position")).unwrap();
    tell(&writer, &mut reader, &mut last).await;

    // Each listener is ended as soon as it is there, until each server has lost a few.
    let mut ended = 0;
    while ended < 4 * servers {
        ended += listeners.cut().await;
        tell(&writer, &mut reader, &mut last).await;
    }

    // Left in peace they listen again, and then nobody waits for the next look at the log, which is
    // a second away after each event.
    eventually("all servers listen again", async || {
        listeners.count().await == servers
    })
    .await;
    let changes = 5;
    for _ in 0..30 {
        let begun = Instant::now();
        for _ in 0..changes {
            tell(&writer, &mut reader, &mut last).await;
        }
        if begun.elapsed() < Duration::from_secs(changes) / 2 {
            return;
        }
    }
    panic!("events come no faster than the log is looked at anyway");
}
