//! Going on from a position.

use deskwire_tests::{Client, World, on_both};
use domain::{
    Actor, Desk, Settings,
    live::{InboxChange, InboxChangeKind},
    telling::InboxPosition,
};
use entity::NotificationKind;
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::scene::{News, page, uuid};
use crate::common::{People, first_payload, outcome, text};

const FOLLOW: &str = "subscription($after: String) { notifications(after: $after) {
    position kind notification { id } } }";

/// A reader that is cut off again and again while a writer goes on gets everything once, in order.
async fn who_is_cut_off_misses_nothing(world: World) {
    let People {
        carla, alice, bob, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Busy").await;
    let note = NotificationKind::NoteAdded;
    let mine = News::new(&world, &alice, &ticket).await.of(note);
    let others = News::new(&world, &bob, &ticket).await.of(note);
    let start = text(&page(&alice, "").await, "/position");
    let number = 200;
    let writing = tokio::spawn(async move {
        let mut told = Vec::new();
        for round in 0..number {
            if round % 4 == 0 {
                // Any transaction of the server wakes the follower, as the planner's do.
                carla.run("setNotificationPreferences", json!({}), "").await;
            }
            others.tell().await;
            told.push(mine.told().await);
        }
        told
    });
    let (mut seen, mut position, mut sockets) = (Vec::<String>::new(), start, 0);
    while seen.len() < number {
        let mut socket = alice.socket().await;
        sockets += 1;
        let after = json!({ "after": position });
        socket.subscribe(FOLLOW, after).await;
        let ready = socket.event("notifications").await;
        assert_eq!(
            (&ready["kind"], &ready["position"]),
            (&json!("READY"), &json!(position))
        );
        // A few more each time, so that some come live.
        for _ in 0..sockets * 3 {
            if seen.len() == number {
                break;
            }
            let event = socket.event("notifications").await;
            assert_eq!(event["kind"], "ADDED", "{event:#}");
            position = text(&event, "/position");
            seen.push(text(&event, "/notification/id"));
        }
        socket.cut();
    }
    assert_eq!(seen, writing.await.unwrap(), "over {sockets} sockets");
}

async fn a_foreign_position_is_a_resync(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let news = News::new(&world, &carla, &ticket).await;
    let id = news.tell().await;
    let ahead = [
        InboxPosition {
            id: id + 1_000,
            revision: 0,
        },
        InboxPosition { id, revision: 7 },
        InboxPosition {
            id: i64::MAX,
            revision: i64::MAX,
        },
    ];
    for ahead in ahead.map(InboxPosition::encode) {
        let mut socket = carla.socket().await;
        socket.subscribe(FOLLOW, json!({ "after": ahead })).await;
        let ready = socket.event("notifications").await;
        assert_eq!(
            (&ready["kind"], &ready["position"]),
            (&json!("READY"), &json!(ahead))
        );
        let event = socket.event("notifications").await;
        assert_eq!(
            (&event["kind"], &event["notification"]),
            (&json!("RESYNC"), &Value::Null)
        );
        assert_eq!(event["position"], page(&carla, "").await["position"]);
        // The stream goes on from there.
        let next = news.told().await;
        let event = socket.event("notifications").await;
        assert_eq!(event["notification"]["id"], next.as_str());
    }
    // What is no position of notifications at all is refused; so is one of these elsewhere.
    let queue = world.client(deskwire_tests::Person::Alice);
    let log = queue.get("{ queue { position } }", json!({})).await;
    let log = text(&log, "/queue/position");
    for after in ["", "wombat", "aW5ib3g6MTox4", &log] {
        let document =
            format!("subscription {{ it: notifications(after: \"{after}\") {{ kind }} }}");
        assert_eq!(refusal(&carla, &document).await, "BAD_INPUT", "{after}");
    }
    let own = text(&page(&carla, "").await, "/position");
    let document = format!("subscription {{ it: queue(after: \"{own}\") {{ kind }} }}");
    assert_eq!(refusal(&queue, &document).await, "BAD_INPUT");
}

async fn refusal(client: &Client, document: &str) -> String {
    outcome(&first_payload(client, document).await.unwrap())
}

/// A desk of its own, and somebody on it.
async fn small_desk(world: &World, client: &Client, replay_limit: usize) -> (Desk, Actor) {
    let settings = Settings {
        replay_limit,
        ..Settings::default()
    };
    let db = world.server().desk().db().clone();
    let desk = Desk::open(db, world.clock.clone(), settings).await.unwrap();
    let actor = Actor {
        id: uuid(&client.id().await).into(),
        role: entity::Role::Agent,
    };
    (desk, actor)
}

fn added(changes: &[InboxChange]) -> Vec<i64> {
    let rows = changes
        .iter()
        .filter_map(|change| change.notification.as_ref());
    rows.map(|row| row.id).collect()
}

/// Whoever missed more than the server replays is told so, and goes on from the present.
async fn too_much_missed_is_a_resync(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let (desk, actor) = small_desk(&world, &alice, 600).await;
    let ticket = carla.open_ticket("Chatty").await;
    let news = News::new(&world, &alice, &ticket).await;
    let news = news.of(NotificationKind::NoteAdded);
    let start = InboxPosition::default().encode();
    for (more, replayed) in [(600, true), (1, false)] {
        news.many(more).await;
        let changes = desk
            .follow_notifications(actor, Some(&start))
            .await
            .unwrap();
        let changes: Vec<_> = changes
            .map(Result::unwrap)
            .take(if replayed { 601 } else { 602 })
            .collect()
            .await;
        assert_eq!(changes[0].kind, InboxChangeKind::Ready);
        assert_eq!(added(&changes).len(), 600);
        let last = changes.last().unwrap();
        if replayed {
            assert_eq!(last.kind, InboxChangeKind::Added);
        } else {
            assert_eq!(last.kind, InboxChangeKind::Resync);
            let now = text(&page(&alice, "").await, "/position");
            assert_eq!(last.position.encode(), now);
        }
    }
}

/// A follower that is not polled falls behind what is kept for it, and reads on in the table.
async fn who_falls_behind_is_not_left_out(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let (desk, actor) = small_desk(&world, &alice, 10_000).await;
    let ticket = carla.open_ticket("Chatty").await;
    let news = News::new(&world, &alice, &ticket).await;
    let news = news.of(NotificationKind::NoteAdded);
    let slow = desk.follow_notifications(actor, None).await.unwrap();
    let quick = desk.follow_notifications(actor, None).await.unwrap();
    futures_util::pin_mut!(slow, quick);
    assert_eq!(
        slow.next().await.unwrap().unwrap().kind,
        InboxChangeKind::Ready
    );
    let mut told = Vec::new();
    for _ in 0..300 {
        told.push(news.tell().await);
    }
    alice
        .run("markNotificationsRead", json!({ "all": true }), "")
        .await;
    // The process has handed out everything: the quick one has seen it.
    let is_last = |change: &InboxChange| change.position.revision == 1;
    loop {
        let change = quick.next().await.unwrap().unwrap();
        if is_last(&change) {
            break;
        }
    }
    told.push(news.tell().await);
    let mut changes = Vec::new();
    while added(&changes).len() < told.len() || !changes.iter().any(is_last) {
        changes.push(slow.next().await.unwrap().unwrap());
    }
    assert_eq!(added(&changes), told);
    let reads = changes
        .iter()
        .filter(|change| change.kind == InboxChangeKind::Read);
    assert_eq!(reads.count(), 1);
}

on_both!(
    who_is_cut_off_misses_nothing,
    a_foreign_position_is_a_resync,
    too_much_missed_is_a_resync,
    who_falls_behind_is_not_left_out
);
