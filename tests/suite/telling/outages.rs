//! The mail server, the brokers or the database are away for a while: the API goes on, nothing is
//! given up, somebody is told how late things are, and afterwards everything comes in order.

use std::time::Duration;

use chrono::TimeDelta;
use deskwire_tests::{Backend, Client, Person, eventually, lambda::RuntimeApi, postgres_or_skip};
use entity::{DeliveryState, JobOutcome};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{
    scene::Scene,
    servers::{function, now},
};

/// The API as on any day: a ticket and two answers. What it said, without ids and times.
async fn day(scene: &Scene) -> Value {
    let (carla, alice) = (
        scene.world.client(Person::Carla),
        scene.world.client(Person::Alice),
    );
    let input = json!({ "subject": "Subject", "description": "Text" });
    let opened = carla
        .run("createTicket", input, "ticket { id status version }")
        .await;
    let ticket = opened["ticket"]["id"].clone();
    let answer = async |who: &Client, body: &str| {
        let input = json!({ "ticketId": ticket, "body": body });
        who.run(
            "replyToTicket",
            input,
            "message { body } ticket { status version }",
        )
        .await
    };
    let staff = answer(&alice, "We look into it.").await;
    let customer = answer(&carla, "Thank you.").await;
    json!([
        opened["ticket"]["status"],
        opened["ticket"]["version"],
        staff,
        customer
    ])
}

async fn lags(scene: &Scene) -> (i64, i64) {
    (scene.lag("mail").await, scene.lag("kafka").await)
}

async fn services_are_away(backend: Backend) {
    let mut scene = Scene::start_with(backend, |config| {
        config.metrics_bind = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let worker = scene.deliverer().await;
    scene.endpoint("all", &[]).await;
    let usual = day(&scene).await;
    scene.deliver(&worker).await;
    let came = scene.post.mails().len();
    assert!(came > 0);
    assert_eq!(lags(&scene).await, (0, 0));

    scene.door.close().await;
    scene.kafka.away(true);
    let mut before = 0;
    for _ in 0..3 {
        assert_eq!(day(&scene).await, usual);
        scene.plan().await;
        scene.world.clock.advance(TimeDelta::seconds(60));
        let report = worker.run(Some(Duration::from_millis(500))).await;
        assert_eq!(report.outcome, JobOutcome::Failed, "{report:?}");
        let error = report.error.unwrap();
        assert!(
            error.contains("Mail: ") && error.contains("Kafka: "),
            "{error}"
        );
        assert_eq!(
            (report.mail.sent, report.published, report.failed),
            (0, 0, 0)
        );
        assert!(report.known && report.left > 0);
        assert_eq!(report.lag_seconds, before + 60);
        assert_eq!(lags(&scene).await, (before + 60, before + 60));
        before = report.lag_seconds;
    }
    let pending = scene.in_state(DeliveryState::Pending).await;
    for row in &pending {
        assert!(
            row.endpoint_id.is_none(),
            "webhooks wait for nobody: {row:?}"
        );
        assert_eq!(
            (row.attempts, row.sending, row.ambiguous),
            (0, false, false),
            "{row:?}"
        );
        assert_eq!(row.claimed_by, None);
    }
    assert!(pending.len() >= 9);
    assert!(scene.in_state(DeliveryState::Dead).await.is_empty());
    assert_eq!(
        scene.hooks.requests("all").len(),
        scene.events().await.len()
    );
    assert_eq!(scene.post.mails().len(), came);

    scene.door.reopen().await;
    scene.kafka.away(false);
    scene.deliver(&worker).await;
    scene.each_mail_came_once();
    assert_eq!(scene.post.mails().len(), came + pending.len());
    let sent = scene.in_state(DeliveryState::Sent).await;
    assert_eq!(sent.len(), scene.outbox().await.len());
    scene.kafka.check(&scene.events().await).await;
    assert_eq!(lags(&scene).await, (0, 0));
    assert_eq!(worker.run(None).await.lag_seconds, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_away_on_sqlite() {
    services_are_away(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_away_on_postgres() {
    if postgres_or_skip().is_some() {
        services_are_away(Backend::Postgres).await;
    }
}

/// The database goes away while a mail is under way, and nobody can note that it was taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_away() {
    let Some(cluster) = postgres_or_skip() else {
        return;
    };
    let scene = Scene::start(Backend::Postgres).await;
    now(&scene);
    let api = RuntimeApi::start().await;
    let mut function = function(&scene, api.address());
    day(&scene).await;
    day(&scene).await;
    scene.door.hold(true);
    let mut came = scene.door.came();
    let url = scene.world.config().database_url.clone().unwrap();
    let (_, name) = url.split_once("5432/").unwrap();
    let (name, _) = name.split_once('?').unwrap();
    // The log may be held up for a moment, and then there is nothing to send yet.
    loop {
        tokio::select! {
            run = api.invoke(TimeDelta::seconds(50)) => {
                assert!(run.is_ok(), "{run:?}");
                function.line().await;
            }
            _ = came.wait_for(|number| *number > 0) => break,
        }
    }
    let closed = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    cluster.run(&closed).await;
    let cut = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    cluster.run(&cut).await;
    scene.door.hold(false);
    // Zeros would look like all is well.
    let line = function.line().await;
    assert!(
        line.contains("Failed") && line.contains("MailsSent"),
        "{line}"
    );
    assert!(
        !line.contains("LagSeconds") && !line.contains("Left"),
        "{line}"
    );
    let failed = api.invoke(TimeDelta::seconds(50)).await.unwrap_err();
    assert_eq!(failed["errorType"], "JobFailed", "{failed:#}");
    let line = function.line().await;
    assert!(
        !line.contains("LagSeconds") && !line.contains("Left"),
        "{line}"
    );
    let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    cluster.run(&open).await;
    // Connections of the desk that broke are found out by being used.
    for _ in 0..20 {
        drop(entity::event::Entity::find().one(scene.db()).await);
    }

    eventually("everything is delivered", async || {
        let run = api.invoke(TimeDelta::seconds(50)).await.unwrap();
        assert_eq!(run["outcome"], "DONE", "{run:#}");
        scene.is_followed().await && scene.in_state(DeliveryState::Pending).await.is_empty()
    })
    .await;
    assert!(function.runs());
    let rows = scene.outbox().await;
    let mails = scene.post.mails();
    for row in &rows {
        assert_eq!((row.state, row.attempts), (DeliveryState::Sent, 0));
        let came = mails
            .iter()
            .filter(|mail| mail.delivery() == row.id)
            .count();
        assert_eq!(came, if row.ambiguous { 2 } else { 1 }, "{row:?}");
    }
    assert_eq!(rows.iter().filter(|row| row.ambiguous).count(), 1);
    scene.kafka.check(&scene.events().await).await;
}
