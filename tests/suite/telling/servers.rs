//! Delivery by servers and by a Lambda function.

use std::time::Duration;

use chrono::TimeDelta;
use deskwire_api::Delivery;
use deskwire_tests::{
    Backend, Person, eventually,
    lambda::{Emulator, Function},
    postgres_or_skip, tools_or_skip,
};
use domain::Clock;
use entity::DeliveryState;
use serde_json::json;

use super::scene::{ADMIN, Scene};

/// What a function is told of the surroundings.
pub fn environment(scene: &Scene) -> Vec<(&'static str, String)> {
    let settings = &scene.world.config().delivery;
    vec![
        ("DESKWIRE_MAIL", scene.door.url()),
        ("DESKWIRE_ADMIN_MAIL", ADMIN.to_owned()),
        (
            "DESKWIRE_KAFKA_BROKERS",
            settings.kafka.kafka_brokers.clone(),
        ),
        ("DESKWIRE_WEBHOOKS_ALLOW_PRIVATE", "true".to_owned()),
        ("DESKWIRE_DELIVERY_LEASE_SECONDS", "1".to_owned()),
    ]
}

/// A function that delivers.
pub fn function(scene: &Scene, api: &str) -> Function {
    let environment = environment(scene);
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Function::start_with("outbox-delivery", scene.world.config(), api, &environment)
}

/// The desk's time is the machine's, as jobs see it.
pub fn now(scene: &Scene) {
    let clock = &scene.world.clock;
    clock.advance(Clock::system().now() - clock.now() - TimeDelta::seconds(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lambda_function_delivers() {
    let Some(tools) = tools_or_skip() else { return };
    if postgres_or_skip().is_none() {
        return;
    }
    let scene = Scene::start(Backend::Postgres).await;
    now(&scene);
    scene.endpoint("all", &[]).await;
    scene
        .world
        .client(Person::Carla)
        .open_ticket("To be told")
        .await;
    let emulator = Emulator::start(tools).await;
    let mut function = function(&scene, &emulator.api("outbox-delivery"));
    let reports = tokio::sync::Mutex::new(Vec::new());
    eventually("everything is delivered", async || {
        let report = emulator.invoke("outbox-delivery").await.unwrap();
        assert_eq!(report["outcome"], "DONE", "{report:#}");
        reports.lock().await.push(report);
        scene.is_followed().await
    })
    .await;
    let mut reports = reports.into_inner();
    let total = |pointer: &str| -> u64 {
        reports
            .iter()
            .map(|report| report.pointer(pointer).unwrap().as_u64().unwrap())
            .sum()
    };
    assert_eq!(
        ["/mail/sent", "/webhooks/sent", "/published", "/events"].map(total),
        [2, 1, 1, 1]
    );
    assert_eq!(reports.pop().unwrap()["left"], 0);
    assert_eq!(scene.post.mails().len(), 2);
    let line = function.line().await;
    for name in [
        "Planned",
        "MailsSent",
        "WebhooksSent",
        "Published",
        "LagSeconds",
        "Left",
    ] {
        assert!(line.contains(&format!("\"{name}\":")), "{name} {line}");
    }
    assert!(line.contains("outbox-delivery"), "{line}");
    // Delivered again: nothing is left to do.
    let again = emulator.invoke("outbox-delivery").await.unwrap();
    assert_eq!(
        (&again["mail"]["sent"], &again["lagSeconds"]),
        (&json!(0), &json!(0))
    );
    assert!(function.runs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_send_each_mail_once() {
    if postgres_or_skip().is_none() {
        return;
    }
    let on = |config: &mut deskwire_api::Config| config.deliver = Delivery::On;
    let scene = Scene::start_with(Backend::Postgres, on).await;
    scene.endpoint("all", &[]).await;
    let second = scene.world.second_server().await;
    let (carla, alice) = (
        scene.world.client(Person::Carla),
        scene.world.client(Person::Alice),
    );
    let there = format!("http://{}", second.address());
    for number in 0..10 {
        let ticket = carla.open_ticket(&format!("Ticket {number}")).await;
        let input = json!({ "ticketId": ticket, "body": "An answer" });
        alice.at(&there).run("replyToTicket", input, "").await;
    }
    eventually("everything is delivered", async || {
        scene.is_followed().await && scene.in_state(DeliveryState::Pending).await.is_empty()
    })
    .await;
    scene.each_mail_came_once();
    assert_eq!(scene.mails_to("carla@example.com").len(), 20);
    let rows = scene.outbox().await;
    assert!(
        rows.iter()
            .all(|row| row.state == DeliveryState::Sent && !row.ambiguous)
    );
    assert_eq!(
        scene.hooks.requests("all").len(),
        scene.events().await.len()
    );
    scene.kafka.check(&scene.events().await).await;
    second.stop().await.unwrap();
}

async fn who_stops_finishes_what_is_under_way(scene: Scene) {
    let carla = scene.world.client(Person::Carla);
    let mut config = scene.world.config().clone();
    config.deliver = Delivery::On;
    scene.door.hold(true);
    let mut came = scene.door.came();
    let server = deskwire_api::start(&config, scene.world.clock.clone())
        .await
        .unwrap();
    let address = server.address();
    for number in 0..3 {
        carla.open_ticket(&format!("Ticket {number}")).await;
    }
    came.wait_for(|number| *number == 1).await.unwrap();
    let stopping = tokio::spawn(server.stop());
    eventually("it takes no more", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    // It waits for the answer.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    scene.door.hold(false);
    stopping.await.unwrap().unwrap();
    let mails: Vec<_> = scene.outbox().await;
    let sent = scene.in_state(DeliveryState::Sent).await;
    assert_eq!((sent.len(), scene.post.mails().len()), (1, 1));
    for row in &mails {
        assert!(
            !row.ambiguous && !row.sending && row.claimed_by.is_none(),
            "{row:?}"
        );
        assert_eq!(row.attempts, 0);
    }
    // The next goes on at once, and each comes once.
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;
    scene.each_mail_came_once();
    assert_eq!(scene.post.mails().len(), 6);
}

on_both!(who_stops_finishes_what_is_under_way);
