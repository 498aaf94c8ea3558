//! Wake-ups between servers get lost; what they announce does not.

use std::time::{Duration, Instant};

use deskwire_tests::{
    Backend, Client, Cluster, Person, Socket, World, eventually, postgres_or_skip,
};
use domain::Position;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

use crate::common::text;

/// The connections on which the servers of one database listen, seen from another one.
struct Listeners {
    db: DatabaseConnection,
    database: String,
}

impl Listeners {
    async fn of(cluster: &Cluster, url: &str) -> Self {
        let path = url.split('?').next().unwrap();
        let database = path.rsplit('/').next().unwrap().to_owned();
        let db = Database::connect(cluster.url("postgres")).await.unwrap();
        Self { db, database }
    }

    async fn number(&self, of: &str) -> i64 {
        let sql = format!(
            "SELECT count({of}) AS number FROM pg_stat_activity WHERE datname = '{}' \
             AND query LIKE 'LISTEN %'",
            self.database
        );
        let row = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.db.query_one_raw(row).await.unwrap().unwrap();
        row.try_get("", "number").unwrap()
    }

    async fn count(&self) -> i64 {
        self.number("pid").await
    }

    /// Ends them all and says how many there were.
    async fn cut(&self) -> i64 {
        self.number("pg_terminate_backend(pid)").await
    }

    /// Whether the database lets anybody connect who is not connected.
    async fn allow(&self, allowed: bool) {
        let sql = format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS {allowed}",
            self.database
        );
        self.db.execute_unprepared(&sql).await.unwrap();
    }
}

/// The next event: a ticket and its position, which is behind the last one.
async fn next(reader: &mut Socket, last: Position) -> (String, Position) {
    let event = reader.event("queue").await;
    assert_eq!(event["kind"], "ENTERED");
    let position = Position::decode(&text(&event, "/position")).unwrap();
    assert!(position > last, "{position:?} came after {last:?}");
    (text(&event, "/ticket/id"), position)
}

/// One change here, and its event there.
async fn tell(writer: &Client, reader: &mut Socket, last: &mut Position) {
    let id = writer.open_ticket("Told").await;
    let (told, position) = next(reader, *last).await;
    assert_eq!(told, id);
    *last = position;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_while_nobody_can_listen_and_wake_ups_work_again() {
    let Some(cluster) = postgres_or_skip() else {
        return;
    };
    let world = World::start(Backend::Postgres).await;
    let (here, there) = (world.process().await, world.process().await);
    let listeners = Listeners::of(cluster, &world.config().database_url()).await;
    let servers = 3;
    eventually("all servers listen", async || {
        listeners.count().await == servers
    })
    .await;

    let writer = world.client(Person::Carla).at(here.base());
    let other = writer.at(there.base());
    let mut reader = world.client(Person::Alice).at(there.base()).socket().await;
    let follow = "subscription { queue { kind position ticket { id } } }";
    reader.subscribe(follow, Value::Null).await;
    let ready = reader.event("queue").await;
    assert_eq!(ready["kind"], "READY");
    let mut last = Position::decode(&text(&ready, "/position")).unwrap();
    tell(&writer, &mut reader, &mut last).await;

    // Each listener is ended as soon as it is there, until each server has lost a few.
    let mut ended = 0;
    for _ in 0..60 {
        ended += listeners.cut().await;
        tell(&writer, &mut reader, &mut last).await;
        if ended >= 4 * servers {
            break;
        }
    }
    assert!(ended >= 2 * servers, "they do not listen again: {ended}");

    // Who listens anew looks at the log at once. Where nobody can, only looking now and then helps.
    // The servers go on with the connections they have, so let them have enough.
    let crowd = (0..20).map(|number| {
        let who = if number % 2 == 0 { &writer } else { &other };
        who.open_ticket("To open connections")
    });
    join_all(crowd).await;
    for _ in 0..20 {
        last = next(&mut reader, last).await.1;
    }
    listeners.allow(false).await;
    for _ in 0..3 {
        // Also who was just about to listen.
        listeners.cut().await;
        tell(&writer, &mut reader, &mut last).await;
    }
    listeners.allow(true).await;

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
