//! Notifications as they come.

use deskwire_tests::{
    Backend, Client, Events, Person, Socket, World, eventually, on_both, postgres_or_skip,
};
use entity::NotificationKind;
use serde_json::{Value, json};

use super::scene::{News, unread};
use crate::common::People;

const FOLLOW: &str = "subscription($after: String) { notifications(after: $after) {
    position kind unreadCount notification { id kind text actor { name } ticket { number } } } }";

async fn follow(client: &Client, after: Option<&Value>) -> Socket {
    let mut socket = client.socket().await;
    socket.subscribe(FOLLOW, json!({ "after": after })).await;
    let ready = socket.event("notifications").await;
    assert_eq!(
        (&ready["kind"], &ready["notification"]),
        (&json!("READY"), &json!(null))
    );
    socket
}

#[track_caller]
fn is_added(event: &Value, id: &str, unread: i64) {
    assert_eq!(
        (
            &event["kind"],
            &event["notification"]["id"],
            &event["unreadCount"]
        ),
        (&json!("ADDED"), &json!(id), &json!(unread)),
        "{event:#}"
    );
}

#[track_caller]
fn is_read(event: &Value, unread: i64) {
    assert_eq!(
        (
            &event["kind"],
            &event["notification"],
            &event["unreadCount"]
        ),
        (&json!("READ"), &json!(null), &json!(unread)),
        "{event:#}"
    );
}

/// Two agents send the very same operation; each gets their own.
async fn everybody_gets_their_own(world: World) {
    let People {
        carla, alice, bob, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Cannot pay").await;
    let (mut one, mut again) = (follow(&alice, None).await, follow(&alice, None).await);
    let mut other = follow(&bob, None).await;
    let assigned = NotificationKind::AssignedToYou;
    let to_alice = News::new(&world, &alice, &ticket).await.of(assigned);
    let to_bob = News::new(&world, &bob, &ticket).await.of(assigned);
    let first = to_alice.by(&bob).await.told().await;
    for socket in [&mut one, &mut again] {
        let event = socket.event("notifications").await;
        is_added(&event, &first, 1);
        assert_eq!(
            event["notification"]["text"],
            "Bob assigned you to SUP-00001: Cannot pay"
        );
    }
    let to_bob = to_bob.by(&alice).await;
    for unread in 1..=3 {
        let next = to_bob.told().await;
        let event = other.event("notifications").await;
        is_added(&event, &next, unread);
        assert_eq!(event["notification"]["actor"]["name"], "Alice");
    }
    // Read on one connection, told on all of this person.
    let all = json!({ "all": true });
    alice.run("markNotificationsRead", all, "").await;
    for socket in [&mut one, &mut again] {
        is_read(&socket.event("notifications").await, 0);
    }
    assert_eq!(unread(&bob).await, 3);
}

async fn over_server_sent_events(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let mut events = Events::open(&carla, FOLLOW, json!({})).await;
    let ready = events.data().await["notifications"].clone();
    assert_eq!(ready["kind"], "READY");
    let news = News::new(&world, &carla, &ticket).await.by(&alice).await;
    let told = news.told().await;
    is_added(&events.data().await["notifications"], &told, 1);
    let input = json!({ "ids": [told] });
    carla.run("markNotificationsRead", input, "").await;
    is_read(&events.data().await["notifications"], 0);
    let mut again = Events::open(&carla, FOLLOW, json!({ "after": ready["position"] })).await;
    assert_eq!(again.data().await["notifications"]["kind"], "READY");
    is_added(&again.data().await["notifications"], &told, 0);
    is_read(&again.data().await["notifications"], 0);
}

/// What was read in the meantime is told after what came in the meantime, once.
async fn who_comes_back_hears_that_something_was_read(world: World) {
    let People { carla, .. } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let news = News::new(&world, &carla, &ticket).await;
    let first = news.told().await;
    let mut socket = carla.socket().await;
    socket.subscribe(FOLLOW, json!({})).await;
    let before = socket.event("notifications").await["position"].clone();
    socket.cut();
    for id in [first, news.told().await] {
        let input = json!({ "ids": [id] });
        carla.run("markNotificationsRead", input, "").await;
    }
    let mut socket = follow(&carla, Some(&before)).await;
    let added = socket.event("notifications").await;
    assert_eq!(added["kind"], "ADDED");
    let read = socket.event("notifications").await;
    is_read(&read, 0);
    // From there nothing is behind, and what comes next comes.
    let mut socket = follow(&carla, Some(&read["position"])).await;
    let third = news.told().await;
    is_added(&socket.event("notifications").await, &third, 1);
}

on_both!(
    everybody_gets_their_own,
    over_server_sent_events,
    who_comes_back_hears_that_something_was_read
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn across_two_servers() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let second = world.second_server().await;
    let there = format!("http://{}", second.address());
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let ticket = carla.open_ticket("Mine").await;
    let (mut here, mut over_there) = (
        follow(&alice, None).await,
        follow(&alice.at(&there), None).await,
    );
    let news = News::new(&world, &alice, &ticket).await.by(&carla).await;
    let news = news.of(NotificationKind::CustomerReplied);
    for number in 1..4 {
        let told = news.told().await;
        let mut positions = Vec::new();
        for socket in [&mut here, &mut over_there] {
            let event = socket.event("notifications").await;
            is_added(&event, &told, number);
            positions.push(event["position"].clone());
        }
        assert_eq!(positions[0], positions[1], "a position is good at both");
    }
    let all = json!({ "all": true });
    alice.at(&there).run("markNotificationsRead", all, "").await;
    for socket in [&mut here, &mut over_there] {
        is_read(&socket.event("notifications").await, 0);
    }
    second.stop().await.unwrap();
}

/// As with any other subscription: cut off when the token ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_token() {
    let world = World::start(Backend::Sqlite).await;
    let exp = (world.clock.now() + chrono::TimeDelta::minutes(5)).timestamp();
    let claims = json!({ "sub": "short", "name": "Short", "role": "customer", "exp": exp });
    let short = world.client_with(claims);
    let socket = follow(&short, None).await;
    let mut events = Events::open(&short, FOLLOW, json!({})).await;
    assert_eq!(events.data().await["notifications"]["kind"], "READY");
    world.clock.advance(chrono::TimeDelta::minutes(6));
    assert_eq!(events.next().await, None);
    assert_eq!(socket.rest().await, 4403);
}

/// The follower asks the database as long as somebody listens, and nothing when they are gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_listens_and_nothing_is_asked() {
    let world = World::start(Backend::Sqlite).await;
    let alice = world.client(Person::Alice);
    let cost = async || {
        let before = world.statements();
        // Each of these wakes the followers: that of the log asks once or twice.
        for _ in 0..20 {
            alice.run("setNotificationPreferences", json!({}), "").await;
        }
        world.statements() - before
    };
    cost().await;
    let alone = cost().await;
    let socket = follow(&alice, None).await;
    let listening = cost().await;
    assert!(listening >= alone + 10, "{listening} {alone}");
    socket.cut();
    eventually("nothing is asked any more", async || {
        cost().await <= alone + 5
    })
    .await;
}
