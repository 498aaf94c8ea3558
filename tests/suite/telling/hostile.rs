//! Texts, names, addresses and endpoints that mean harm, or are just broken.

use chrono::TimeDelta;
use deskwire_tests::{Person, tools_or_skip};
use entity::{DeliveryState, delivery, ticket, user, webhook_endpoint};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use super::{
    hooks::Answer,
    post::Arrived,
    scene::{ADMIN, Scene},
};
use crate::common::People;

/// Subjects and names that try to be more than text.
const HOSTILE: [&str; 8] = [
    "a\r\nBcc: victim@example.com\r\n\r\nHello",
    "a\nTo: victim@example.com",
    "a\rX-Injected: yes",
    "\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069}\u{200f}",
    "👩‍👩‍👧‍👦🏴‍☠️ zürich שלום <b>&amp;</b>",
    "=?utf-8?Q?a=0D=0ABcc:_victim@example.com?=",
    "\"quoted\", <victim@example.com>, a@b; c:d;",
    "\u{2028}\u{2029}\u{85}\u{b}\u{c}\u{1b}[31m\u{7f}",
];

/// The headers that mails have, and no others.
const HEADERS: [&str; 18] = [
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "In-Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Message-ID",
    "References",
    "Reply-To",
    "Subject",
    "To",
    "X-Auto-Response-Suppress",
    "X-Deskwire-Kind",
    "X-Deskwire-Ticket",
    "Feedback-ID",
];

/// Fails unless the mail is one mail to its one recipient, as two parsers see it.
async fn is_one_mail(mails: &[Arrived]) {
    for mail in mails {
        let parsed = mail_parser::MessageParser::default()
            .parse(&mail.bytes)
            .unwrap();
        let names: Vec<_> = parsed
            .headers()
            .iter()
            .map(|header| header.name().to_owned())
            .collect();
        for name in &names {
            assert!(
                HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)),
                "{name}"
            );
            let same = names
                .iter()
                .filter(|other| other.eq_ignore_ascii_case(name));
            assert_eq!(same.count(), 1, "{name}");
        }
        let to: Vec<_> = parsed.to().unwrap().iter().collect();
        assert_eq!(to.len(), 1);
        assert_eq!(to[0].address.as_deref(), Some(mail.to[0].as_str()));
        assert_eq!(mail.to.len(), 1);
        assert!(parsed.body_text(0).is_some() && parsed.body_html(0).is_some());
        assert!(!mail.bytes.contains(&0));
        for line in mail.bytes.split(|byte| *byte == b'\n') {
            assert!(line.len() < 999, "{} bytes in a line", line.len());
        }
    }
    let Some(tools) = tools_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, mail) in mails.iter().enumerate() {
        let file = folder.path().join(format!("{number}.eml"));
        std::fs::write(&file, &mail.bytes).unwrap();
        files.push(file);
    }
    for (read, mail) in tools.read_mails(&files).await.iter().zip(mails) {
        assert_eq!(read["defects"], json!([]), "{read:#}");
        assert_eq!(read["to"].as_array().unwrap().len(), 1, "{read:#}");
        assert_eq!(read["to"][0][1], mail.to[0], "{read:#}");
        let headers = read["headers"].as_array().unwrap();
        for header in headers {
            let name = header[0].as_str().unwrap();
            assert!(HEADERS.contains(&name), "{name}");
            assert!(
                !header[1].as_str().unwrap().contains(['\r', '\n']),
                "{header}"
            );
        }
        let parts = json!(["multipart/alternative", "text/plain", "text/html"]);
        assert_eq!(read["parts"], parts);
    }
}

async fn hostile_texts_stay_texts(scene: Scene) {
    let People { carla, alice, .. } = People::of(&scene.world);
    let me = alice.id().await;
    let mut subjects: Vec<String> = HOSTILE.map(str::to_owned).into();
    subjects.push("ü".repeat(1 << 20));
    subjects.push(" ".to_owned());
    if !scene.world.server().desk().db().is_postgres() {
        // PostgreSQL keeps no NUL.
        subjects.push("a\0b".to_owned());
    }
    for subject in &subjects {
        // Most are refused at the door, so they are written where nobody checks.
        let ticket = carla.open_ticket("Harmless").await;
        let input = json!({ "ticketId": ticket, "assigneeId": me });
        alice.run("assignTicket", input, "").await;
        let body =
            json!({ "ticketId": ticket, "body": "An answer\r\n.\r\nQUIT\r\n.hidden\n\nFrom me" });
        alice.run("replyToTicket", body, "").await;
        let id = crate::notifications::scene::uuid(&ticket);
        let row = ticket::Entity::find_by_id(entity::TicketId::from(id));
        let mut row = row
            .one(scene.db())
            .await
            .unwrap()
            .unwrap()
            .into_active_model();
        row.subject = Set(subject.clone());
        row.update(scene.db()).await.unwrap();
    }
    scene.endpoint("all", &[]).await;
    let mut sent = 0;
    let worker = scene.deliverer().await;
    for name in HOSTILE {
        scene
            .person("Carla", |row| row.name = Set(name.to_owned()))
            .await;
        scene
            .person("Alice", |row| row.name = Set(name.to_owned()))
            .await;
        let ticket = carla.open_ticket("Hostile names").await;
        let input = json!({ "ticketId": ticket, "assigneeId": me });
        alice.run("assignTicket", input, "").await;
        scene.deliver(&worker).await;
        let mails = scene.post.mails().split_off(sent);
        sent += mails.len();
        assert!(!mails.is_empty());
        is_one_mail(&mails).await;
        // The token says again who they are.
        back(&scene, name).await;
    }
    for row in scene.outbox().await {
        assert_eq!(row.state, DeliveryState::Sent, "{row:?}");
    }
    assert!(scene.mails_to("victim@example.com").is_empty());
    // One that is larger than the topic takes is left out, and holds up no other.
    let large = ticket::Entity::find().all(scene.db()).await.unwrap();
    let large = large
        .iter()
        .find(|row| row.subject.len() > 1 << 20)
        .unwrap()
        .id;
    let mut events = scene.log().await;
    events.retain(|event| event.ticket_id != large);
    let events: Vec<_> = events.iter().map(|event| event.seq).collect();
    scene.kafka.check(&events).await;
    assert_eq!(
        scene.hooks.requests("all").len(),
        scene.events().await.len()
    );
}

/// People called `name` have their own names again.
async fn back(scene: &Scene, name: &str) {
    for row in user::Entity::find().all(scene.db()).await.unwrap() {
        if row.name == name {
            let own = if row.role == entity::Role::Customer {
                "Carla"
            } else {
                "Alice"
            };
            let mut row = row.into_active_model();
            row.name = Set(own.to_owned());
            row.update(scene.db()).await.unwrap();
        }
    }
}

/// The door refuses what no subject is.
async fn too_much_is_refused_at_the_door(scene: Scene) {
    let carla = scene.world.client(Person::Carla);
    for subject in [
        "a\r\nBcc: b@example.com".to_owned(),
        "a\0".to_owned(),
        "ü".repeat(1 << 20),
    ] {
        let input = json!({ "subject": subject, "description": "text" });
        let answer = carla.ask_mutation("createTicket", input).await;
        let said = answer.body.to_string();
        let refused = answer.status >= 400
            || answer.body.get("errors").is_some()
            || said.contains("INVALID")
            || said.contains("TOO_LONG");
        assert!(refused, "{said}");
    }
    assert!(scene.log().await.is_empty());
}

async fn addresses_that_are_none_hold_up_nobody(scene: Scene) {
    let People {
        carla, otto, alice, ..
    } = People::of(&scene.world);
    let worker = scene.deliverer().await;
    let theirs = carla.open_ticket("Hers").await;
    let hostile = [
        "victim@example.com\r\nBcc: other@example.com",
        "victim@example.com>\r\nRCPT TO:<other@example.com",
        "a@example.com, victim@example.com",
        "no address",
        "<victim@example.com>",
        "@",
        "a@",
        " ",
    ];
    for address in hostile {
        scene
            .person("Carla", |row| row.email = Set(Some(address.to_owned())))
            .await;
        let body = json!({ "ticketId": theirs, "body": "An answer" });
        alice.run("replyToTicket", body, "").await;
        otto.open_ticket("His").await;
        scene.deliver(&worker).await;
    }
    let dead = scene.in_state(DeliveryState::Dead).await;
    assert!(!dead.is_empty());
    for row in &dead {
        assert!(
            row.last_error.as_deref().is_some_and(|why| !why.is_empty()),
            "{row:?}"
        );
        assert!(row.settled_at.is_some());
    }
    assert!(scene.in_state(DeliveryState::Pending).await.is_empty());
    assert_eq!(scene.mails_to("otto@example.com").len(), hostile.len());
    let known = ["otto@example.com", "alice@example.com", ADMIN];
    for mail in scene.post.mails() {
        let to: Vec<_> = mail.to.iter().map(String::as_str).collect();
        assert!(to.len() == 1 && known.contains(&to[0]), "{to:?}");
    }
    // Without an address there is no mail at all.
    scene.person("Carla", |row| row.email = Set(None)).await;
    let before = scene.outbox().await.len();
    let body = json!({ "ticketId": theirs, "body": "An answer" });
    alice.run("replyToTicket", body, "").await;
    scene.deliver(&worker).await;
    assert_eq!(scene.outbox().await.len(), before);
}

async fn what_bounces_is_dead_until_it_is_tried_again(scene: Scene) {
    let People { carla, otto, .. } = People::of(&scene.world);
    scene
        .post
        .refuse("carla@example.com", "550 5.1.1 no such mailbox");
    scene
        .post
        .refuse("otto@example.com", "451 4.7.1 greylisted");
    carla.open_ticket("Hers").await;
    otto.open_ticket("His").await;
    let worker = scene.deliverer().await;
    let reports = scene.deliver(&worker).await;
    assert_eq!(reports.iter().map(|report| report.failed).sum::<u64>(), 1);
    let dead = scene.in_state(DeliveryState::Dead).await;
    assert_eq!(dead.len(), 1);
    assert!(
        dead[0]
            .last_error
            .as_deref()
            .unwrap()
            .contains("no such mailbox"),
        "{dead:?}"
    );
    assert_eq!((dead[0].attempts, dead[0].ambiguous), (1, false));
    let later = scene.in_state(DeliveryState::Pending).await;
    assert_eq!(later.len(), 1);
    assert!(
        later[0]
            .last_error
            .as_deref()
            .unwrap()
            .contains("greylisted"),
        "{later:?}"
    );
    assert_eq!((later[0].attempts, later[0].ambiguous), (1, false));
    assert!(later[0].next_at >= scene.world.clock.now() + TimeDelta::seconds(30));

    scene.post.welcome();
    let again = delivery::ActiveModel {
        id: Set(dead[0].id),
        state: Set(DeliveryState::Pending),
        next_at: Set(scene.world.clock.now()),
        settled_at: Set(None),
        ..Default::default()
    };
    again.update(scene.db()).await.unwrap();
    scene.world.clock.advance(TimeDelta::seconds(46));
    scene.deliver(&worker).await;
    scene.each_mail_came_once();
    for address in ["carla@example.com", "otto@example.com"] {
        assert_eq!(scene.mails_to(address).len(), 1, "{address}");
    }
    assert!(scene.in_state(DeliveryState::Dead).await.is_empty());
}

async fn endpoint(scene: &Scene, receiver: &str) -> webhook_endpoint::Model {
    let url = scene.hooks.url(receiver);
    let all = webhook_endpoint::Entity::find()
        .all(scene.db())
        .await
        .unwrap();
    all.into_iter().find(|row| row.url == url).unwrap()
}

async fn endpoints_that_fail_hold_up_no_other(scene: Scene) {
    let carla = scene.world.client(Person::Carla);
    for receiver in ["well", "broken", "gone", "hangs"] {
        scene.endpoint(receiver, &[]).await;
    }
    let (broken, gone) = (Answer::Status(500), Answer::Status(410));
    scene.hooks.answer("broken", &[broken, broken]);
    scene.hooks.answer("gone", &[gone]);
    scene.hooks.answer("hangs", &[Answer::Hangs]);
    for number in 0..3 {
        carla.open_ticket(&format!("Ticket {number}")).await;
    }
    // Nobody waits for an answer for longer than they may hold what they send.
    let worker = scene
        .deliverer_with(|settings| settings.delivery_lease_seconds = 8)
        .await;
    scene.deliver(&worker).await;
    assert_eq!(scene.hooks.requests("well").len(), 3);
    assert_eq!(scene.post.mails().len(), 6);
    for receiver in ["broken", "gone", "hangs"] {
        // The first failure is enough for now.
        assert_eq!(scene.hooks.requests(receiver).len(), 1, "{receiver}");
    }
    let rows = scene.outbox().await;
    for (receiver, ambiguous, enabled) in [
        ("broken", false, true),
        ("gone", false, false),
        ("hangs", true, true),
    ] {
        let row = endpoint(&scene, receiver).await;
        assert_eq!((row.enabled, row.failures), (enabled, 1), "{receiver}");
        assert!(row.paused_until > Some(scene.world.clock.now()));
        let waiting: Vec<_> = rows
            .iter()
            .filter(|one| one.endpoint_id == Some(row.id))
            .collect();
        assert_eq!(waiting.len(), 3);
        assert!(
            waiting
                .iter()
                .all(|one| one.state == DeliveryState::Pending)
        );
        let tried: Vec<_> = waiting.iter().filter(|one| one.attempts == 1).collect();
        assert_eq!(tried.len(), 1);
        assert_eq!(tried[0].ambiguous, ambiguous, "{receiver}");
        let why = tried[0].last_error.as_deref().unwrap();
        assert_eq!(why.contains("too long"), receiver == "hangs", "{why}");
    }
    let row = endpoint(&scene, "gone").await;
    assert!(row.disabled_because.unwrap().contains("410"));

    // A second failure, then it is well again.
    for _ in 0..8 {
        scene.world.clock.advance(TimeDelta::seconds(100));
        scene.deliver(&worker).await;
    }
    for receiver in ["broken", "hangs"] {
        let row = endpoint(&scene, receiver).await;
        assert_eq!(
            (row.failures, row.failing_since, row.paused_until),
            (0, None, None)
        );
        let mut ids: Vec<_> = scene
            .hooks
            .requests(receiver)
            .iter()
            .map(|one| one.id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids, scene.events().await);
    }
    assert_eq!(scene.hooks.requests("broken").len(), 5);
    assert_eq!(scene.hooks.requests("hangs").len(), 4);
    // Who is gone is asked no more, and holds up no number.
    assert_eq!(scene.hooks.requests("gone").len(), 1);
    let report = worker.run(None).await;
    assert_eq!((report.left, report.lag_seconds), (0, 0));
}

/// It has been failing for long, takes one and fails again: that is a new failure.
async fn an_endpoint_that_took_something_is_not_switched_off(scene: Scene) {
    let carla = scene.world.client(Person::Carla);
    let id = scene.endpoint("moody", &[]).await;
    let failing = webhook_endpoint::ActiveModel {
        id: Set(id),
        failures: Set(9),
        failing_since: Set(Some(scene.world.clock.now() - TimeDelta::days(6))),
        ..Default::default()
    };
    failing.update(scene.db()).await.unwrap();
    carla.open_ticket("One").await;
    carla.open_ticket("Two").await;
    scene.plan().await;
    let (well, broken) = (Answer::Status(204), Answer::Status(500));
    scene.hooks.answer("moody", &[well, broken]);
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;
    let row = endpoint(&scene, "moody").await;
    assert!(row.enabled, "{:?}", row.disabled_because);
    assert_eq!(
        (row.failures, row.failing_since),
        (1, Some(scene.world.clock.now()))
    );
}

/// What waits for an endpoint that was deleted is nobody's delay.
async fn a_deleted_endpoint_counts_for_nothing(scene: Scene) {
    let carla = scene.world.client(Person::Carla);
    let id = scene.endpoint("deleted", &[]).await;
    carla.open_ticket("One").await;
    scene.plan().await;
    let deleted = webhook_endpoint::ActiveModel {
        id: Set(id),
        deleted_at: Set(Some(scene.world.clock.now())),
        ..Default::default()
    };
    deleted.update(scene.db()).await.unwrap();
    scene.world.clock.advance(TimeDelta::seconds(60));
    let worker = scene.deliverer().await;
    scene.deliver(&worker).await;
    let report = worker.run(None).await;
    assert_eq!((report.left, report.lag_seconds), (0, 0));
    assert!(scene.hooks.requests("deleted").is_empty());
}

on_both!(
    hostile_texts_stay_texts,
    too_much_is_refused_at_the_door,
    addresses_that_are_none_hold_up_nobody,
    what_bounces_is_dead_until_it_is_tried_again,
    endpoints_that_fail_hold_up_no_other,
    an_endpoint_that_took_something_is_not_switched_off,
    a_deleted_endpoint_counts_for_nothing,
);
