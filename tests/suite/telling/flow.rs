//! From an event to what people get: planned once, sent in order, as they want it and as long as
//! they may have it.

use std::collections::HashSet;

use chrono::TimeDelta;
use deskwire_tests::Person;
use domain::telling::Planner;
use entity::{DeliveryState, NotificationKind, Role, notification, ticket};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder, Set};
use serde_json::{Value, json};

use super::scene::{ADMIN, Scene};
use crate::common::People;

/// Alice takes it.
async fn taken(people: &People, subject: &str) -> String {
    let ticket = people.carla.open_ticket(subject).await;
    let input = json!({ "ticketId": ticket, "assigneeId": people.alice.id().await });
    people.alice.run("assignTicket", input, "").await;
    ticket
}

/// An answer of somebody on a ticket.
async fn reply(who: &deskwire_tests::Client, ticket: &str, body: &str) {
    let input = json!({ "ticketId": ticket, "body": body });
    who.run("replyToTicket", input, "").await;
}

/// Tickets with a few answers each.
async fn history(people: &People, tickets: usize) {
    for number in 0..tickets {
        let ticket = taken(people, &format!("Ticket {number}")).await;
        for round in 0..3 {
            reply(&people.carla, &ticket, &format!("Question {round}")).await;
            reply(&people.alice, &ticket, &format!("Answer {round}")).await;
        }
    }
}

async fn two_planners_write_nothing_twice(scene: Scene) {
    let people = People::of(&scene.world);
    scene.endpoint("all", &[]).await;
    history(&people, 5).await;
    let desk = scene.world.server().desk();
    let rules = scene.world.config().delivery.rules().unwrap();
    let planner = || Planner::new(desk.db().clone(), desk.clock().clone(), rules.clone());
    let plan = async || {
        let planner = planner();
        let (mut notifications, mut deliveries) = (0, 0);
        while !deskwire_tests::telling::is_planned(desk).await {
            let planned = planner.step().await.unwrap().unwrap_or_default();
            notifications += planned.notifications;
            deliveries += planned.deliveries;
        }
        (notifications, deliveries)
    };
    let all = futures_util::future::join_all([plan(), plan(), plan(), plan()]).await;
    let notifications: u64 = all.iter().map(|planned| planned.0).sum();
    let deliveries: u64 = all.iter().map(|planned| planned.1).sum();
    let rows = scene.outbox().await;
    let keys: HashSet<_> = rows.iter().map(|row| &row.dedupe_key).collect();
    assert_eq!((keys.len(), deliveries), (rows.len(), rows.len() as u64));
    let told = notification::Entity::find()
        .count(scene.db())
        .await
        .unwrap();
    assert!(told > 0);
    assert_eq!(told, notifications);
    let requests = rows.iter().filter(|row| row.endpoint_id.is_some());
    assert_eq!(requests.count(), scene.events().await.len());
}

async fn mails_come_once_and_in_order(scene: Scene) {
    let people = People::of(&scene.world);
    scene.endpoint("all", &[]).await;
    history(&people, 6).await;
    let worker = async || {
        scene
            .deliverer_with(|settings| settings.mail_concurrency = 4)
            .await
    };
    let (one, two) = (worker().await, worker().await);
    tokio::join!(scene.deliver(&one), scene.deliver(&two));
    scene.each_mail_came_once();
    assert_eq!(scene.kafka.check(&scene.events().await).await, 0);
    let sent: Vec<_> = scene.in_state(DeliveryState::Sent).await;
    assert_eq!(sent.len(), scene.outbox().await.len());
    assert!(sent.iter().all(|row| !row.ambiguous && row.attempts == 0));
    let mails = sent.iter().filter(|row| row.endpoint_id.is_none());
    assert_eq!(mails.count(), scene.post.mails().len());
    // Received, taken and three times answered; and of each the admin team was told once.
    assert_eq!(scene.mails_to("carla@example.com").len(), 6 * 5);
    assert_eq!(scene.mails_to(ADMIN).len(), 6);
    let requests = scene.hooks.requests("all");
    let ids: HashSet<_> = requests.iter().map(|request| request.id).collect();
    assert_eq!(
        (ids.len(), requests.len()),
        (scene.events().await.len(), ids.len())
    );
}

fn body(mail: &super::post::Arrived) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes)
        .unwrap();
    parsed.body_text(0).unwrap().into_owned()
}

async fn prefers(who: &deskwire_tests::Client, input: Value) {
    who.run("setNotificationPreferences", input, "").await;
}

async fn a_digest_comes_at_the_boundary_and_urgent_news_at_once(scene: Scene) {
    let people = People::of(&scene.world);
    let kinds = json!([{ "kind": "CUSTOMER_REPLIED", "mail": "DIGEST" }]);
    prefers(
        &people.alice,
        json!({ "digestMinutes": 15, "kinds": kinds }),
    )
    .await;
    let (one, two) = (
        taken(&people, "The first").await,
        taken(&people, "The second").await,
    );
    let urgent = taken(&people, "The urgent one").await;
    let input = json!({ "ticketId": urgent, "priority": "URGENT" });
    people.alice.run("updateTicket", input, "").await;
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;
    let before = scene.mails_to("alice@example.com").len();
    let came = || scene.mails_to("alice@example.com").split_off(before);

    scene.world.clock.advance(TimeDelta::minutes(1));
    for ticket in [&one, &two, &urgent] {
        reply(&people.carla, ticket, "Are you there?").await;
        scene.deliver(&worker).await;
    }
    assert_eq!(came().len(), 1);
    assert!(body(&came()[0]).contains("The urgent one"));
    let held = scene.in_state(DeliveryState::Held).await;
    assert_eq!(held.len(), 2);

    // One more, later in the same quarter of an hour; a second before its end nothing is sent.
    scene.world.clock.advance(TimeDelta::minutes(12));
    reply(&people.carla, &one, "Hello?").await;
    scene.world.clock.advance(TimeDelta::seconds(119));
    scene.deliver(&worker).await;
    assert_eq!(came().len(), 1);
    scene.world.clock.advance(TimeDelta::seconds(1));
    let reports = scene.deliver(&worker).await;
    assert_eq!(reports.iter().map(|report| report.digests).sum::<u64>(), 1);
    let digest = came().pop().unwrap();
    assert_eq!(came().len(), 2);
    let text = body(&digest);
    assert!(
        text.contains("The first") && text.contains("The second"),
        "{text}"
    );
    assert!(!text.contains("The urgent one"), "{text}");
    let bundled = scene.in_state(DeliveryState::Bundled).await;
    assert_eq!(bundled.len(), 3);
    let made = scene.outbox().await;
    let made = made
        .iter()
        .find(|row| row.kind == Some(NotificationKind::Digest))
        .unwrap();
    assert_eq!(made.state, DeliveryState::Sent);
    assert!(bundled.iter().all(|row| row.bundle_id == Some(made.id)));

    // Nothing new, no digest.
    scene.world.clock.advance(TimeDelta::hours(1));
    scene.deliver(&worker).await;
    assert_eq!(came().len(), 2);
}

/// What the skipped mails say of the reason, each once.
async fn skipped(scene: &Scene) -> Vec<String> {
    let rows = scene.in_state(DeliveryState::Skipped).await;
    let mut reasons: Vec<_> = rows.into_iter().filter_map(|row| row.last_error).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

async fn who_wants_or_may_have_it_no_more_gets_nothing(scene: Scene) {
    let people = People::of(&scene.world);
    let kinds = json!([{ "kind": "ASSIGNED_TO_YOU", "mail": "DIGEST" }]);
    prefers(&people.alice, json!({ "kinds": kinds })).await;
    let one = taken(&people, "Not wanted any more").await;
    reply(&people.alice, &one, "An answer").await;
    let two = people.otto.open_ticket("Not his any more").await;
    let taking = json!({ "ticketId": two, "assigneeId": people.bob.id().await });
    people.susan.run("assignTicket", taking, "").await;
    let staffs = json!({ "ticketId": two, "assigneeId": people.alice.id().await });
    people.susan.run("assignTicket", staffs, "").await;
    reply(&people.otto, &two, "A question").await;
    scene.plan().await;
    assert!(!scene.in_state(DeliveryState::Held).await.is_empty());

    let kinds = json!([{ "kind": "STAFF_REPLIED", "mail": "OFF" }]);
    prefers(&people.carla, json!({ "kinds": kinds })).await;
    scene
        .person("Alice", |row| row.role = Set(Role::Customer))
        .await;
    scene.person("Bob", |row| row.email = Set(None)).await;
    let carla = entity::user::Entity::find().all(scene.db()).await.unwrap();
    let carla = carla.iter().find(|row| row.name == "Carla").unwrap().id;
    let newest = ticket::Entity::find().order_by_desc(ticket::Column::Number);
    let newest = newest.one(scene.db()).await.unwrap().unwrap();
    let mut newest = newest.into_active_model();
    newest.requester_id = Set(carla);
    newest.update(scene.db()).await.unwrap();
    scene.world.clock.advance(TimeDelta::hours(2));
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;

    assert_eq!(
        skipped(&scene).await,
        [
            "The recipient does not want this kind of mail any more.",
            "The recipient is no longer staff.",
            "The recipient may not see the ticket any more.",
            "There is no address any more.",
        ]
    );
    for address in ["alice@example.com", "bob@example.com", "otto@example.com"] {
        assert!(scene.mails_to(address).is_empty(), "{address}");
    }
    // Her ticket was received, and taken; she wants to hear nothing of the answer.
    let kinds: Vec<_> = scene.mails_to("carla@example.com");
    assert_eq!(kinds.len(), 2);
    assert!(scene.in_state(DeliveryState::Pending).await.is_empty());
    assert!(scene.in_state(DeliveryState::Held).await.is_empty());
}

async fn what_is_old_is_deleted_and_the_log_stays(scene: Scene) {
    let people = People::of(&scene.world);
    scene.endpoint("all", &[]).await;
    history(&people, 2).await;
    scene
        .post
        .refuse("carla@example.com", "550 no such mailbox");
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;
    let log = scene.log().await;
    let told = async || {
        notification::Entity::find()
            .count(scene.db())
            .await
            .unwrap()
    };
    let (rows, notifications) = (scene.outbox().await.len(), told().await);
    let dead = scene.in_state(DeliveryState::Dead).await.len();
    assert!(dead > 0 && rows > dead && notifications > 0);
    let deleted = async |days| {
        scene.world.clock.advance(TimeDelta::days(days));
        worker.run(None).await.deleted
    };
    assert_eq!(deleted(30).await, 0);
    assert_eq!(deleted(1).await, (rows - dead) as u64);
    assert_eq!(
        (scene.outbox().await.len(), told().await),
        (dead, notifications)
    );
    assert_eq!(deleted(60).await, dead as u64 + notifications);
    assert_eq!((scene.outbox().await.len(), told().await), (0, 0));
    assert_eq!(scene.log().await, log);
    // That it was told is forgotten; nothing is told again all the same.
    let came = scene.post.mails().len();
    scene.deliver(&worker).await;
    assert_eq!(scene.post.mails().len(), came);
    let alice = scene.world.client(Person::Alice);
    let jobs = alice.get("{ queue { totalCount } }", json!({})).await;
    assert_eq!(jobs["queue"]["totalCount"], 2);
}

on_both!(
    two_planners_write_nothing_twice,
    mails_come_once_and_in_order,
    a_digest_comes_at_the_boundary_and_urgent_news_at_once,
    who_wants_or_may_have_it_no_more_gets_nothing,
    what_is_old_is_deleted_and_the_log_stays,
);
