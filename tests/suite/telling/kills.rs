//! Processes that deliver are killed again and again, at any moment: everything is told, what stands
//! in one ticket in its order, and what came twice says so.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    os::unix::process::ExitStatusExt,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use deskwire_tests::{Backend, Client, Person, Process, eventually, postgres_or_skip};
use domain::Clock;
use entity::{DeliveryState, EventKind, notification};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use tokio::{process::Command, sync::Semaphore, time::sleep};

use super::{
    hooks::Request,
    post::{Arrived, Door},
    scene::{ADMIN, Scene, in_order},
};

const KILLS: usize = 200;
/// How many commands go with each kill.
const COMMANDS: usize = 2;
const TICKETS: usize = 12;
/// What gets everything, and what gets replies.
const RECEIVERS: [&str; 2] = ["all", "replies"];

/// How a process is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Aim {
    /// At any moment of its life.
    Anywhere,
    /// While it waits to hear that its mail was taken.
    Unanswered,
    /// Just after it could hear so.
    Answered,
}

/// What the killers did.
#[derive(Debug, Default)]
struct Tally {
    kills: AtomicUsize,
    hits: std::sync::Mutex<BTreeMap<Aim, usize>>,
}

/// A process that delivers, by a door of its own.
fn job(scene: &Scene, door: &Door) -> Command {
    let settings = &scene.world.config().delivery;
    let mut job = Process::job("outbox-delivery", scene.world.config());
    job.env("DESKWIRE_MAIL", door.url())
        .env("DESKWIRE_ADMIN_MAIL", ADMIN)
        .env("DESKWIRE_KAFKA_BROKERS", &settings.kafka.kafka_brokers)
        .env("DESKWIRE_WEBHOOKS_ALLOW_PRIVATE", "true")
        .env("DESKWIRE_DELIVERY_LEASE_SECONDS", "1")
        .env("DESKWIRE_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    job
}

/// Starts processes and kills them, one after the other.
async fn kill(scene: &Scene, door: &Door, tally: &Tally, writing: &Semaphore, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    while tally.kills.load(Ordering::SeqCst) < KILLS {
        let aim = match rng.random_range(0..4) {
            0 | 1 => Aim::Anywhere,
            2 => Aim::Unanswered,
            _ => Aim::Answered,
        };
        let pause = Duration::from_micros(match aim {
            Aim::Anywhere => rng.random_range(0..500_000),
            Aim::Unanswered => 0,
            Aim::Answered => rng.random_range(0..15_000),
        });
        door.hold(aim == Aim::Unanswered);
        let mut came = door.came();
        let mut child = job(scene, door).spawn().unwrap();
        let hit = async {
            if aim != Aim::Anywhere {
                came.changed().await.unwrap();
            }
            sleep(pause).await;
        };
        tokio::select! {
            () = hit => {}
            // There was nothing to be sent for it.
            ended = child.wait() => assert!(ended.unwrap().code().is_some()),
            () = sleep(Duration::from_secs(2)) => {}
        }
        child.start_kill().ok();
        let ended = child.wait().await.unwrap();
        if ended.signal() == Some(9) {
            tally.kills.fetch_add(1, Ordering::SeqCst);
            *tally.hits.lock().unwrap().entry(aim).or_default() += 1;
            writing.add_permits(COMMANDS);
        }
    }
    door.hold(false);
}

/// Writes on the tickets for as long as there are permits.
async fn write(staff: &Client, tickets: &[(Client, String)], writing: &Semaphore, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for number in 0.. {
        let Ok(permit) = writing.acquire().await else {
            return;
        };
        permit.forget();
        let (customer, ticket) = &tickets[rng.random_range(0..tickets.len())];
        let body = json!({ "ticketId": ticket, "body": format!("Number {number}") });
        match rng.random_range(0..10) {
            0..5 => drop(staff.run("replyToTicket", body, "").await),
            5..7 => drop(customer.run("replyToTicket", body, "").await),
            7..9 => drop(staff.run("addInternalNote", body, "").await),
            _ => {
                let priority = ["LOW", "MEDIUM", "HIGH"][rng.random_range(0..3)];
                let input = json!({ "ticketId": ticket, "priority": priority });
                staff.attempt("updateTicket", input, "").await;
            }
        }
    }
}

async fn open_tickets(scene: &Scene) -> Vec<(Client, String)> {
    let alice = scene.world.client(Person::Alice);
    let me = alice.id().await;
    let mut tickets = Vec::new();
    for number in 0..TICKETS {
        let person = [Person::Carla, Person::Otto][number % 2];
        let customer = scene.world.client(person);
        let ticket = customer.open_ticket(&format!("Ticket {number}")).await;
        let input = json!({ "ticketId": ticket, "assigneeId": me });
        alice.run("assignTicket", input, "").await;
        tickets.push((customer, ticket));
    }
    tickets
}

/// Fails unless what is the same is the same byte by byte. The first occurrences, in their order, and
/// how often each came.
fn firsts<T, K: Copy + Eq + std::hash::Hash>(
    all: &[T],
    id: impl Fn(&T) -> K,
    same: impl Fn(&T, &T) -> bool,
) -> (Vec<&T>, HashMap<K, usize>) {
    let mut seen = HashMap::<K, &T>::new();
    let mut counts = HashMap::new();
    let mut firsts = Vec::new();
    for one in all {
        let id = id(one);
        *counts.entry(id).or_insert(0) += 1;
        if let Some(first) = seen.get(&id) {
            assert!(same(first, one), "the same twice, and not the same");
        } else {
            seen.insert(id, one);
            firsts.push(one);
        }
    }
    (firsts, counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills() {
    if postgres_or_skip().is_none() {
        return;
    }
    let seed = std::env::var("DESKWIRE_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("DESKWIRE_SEED={seed}");
    let scene = Scene::start(Backend::Postgres).await;
    // Processes go by the machine's clock; what is old is told to nobody.
    let clock = &scene.world.clock;
    clock.advance(Clock::system().now() - clock.now() - TimeDelta::seconds(1));
    scene.endpoint(RECEIVERS[0], &[]).await;
    scene.endpoint(RECEIVERS[1], &[EventKind::ReplyAdded]).await;
    scene.hooks.pause(Duration::from_millis(2));
    let tickets = open_tickets(&scene).await;
    let alice = scene.world.client(Person::Alice);
    let (tally, writing) = (Tally::default(), Semaphore::new(10));
    let doors = [scene.post.door().await, scene.post.door().await];
    let killing = async {
        tokio::join!(
            kill(&scene, &doors[0], &tally, &writing, seed),
            kill(&scene, &doors[1], &tally, &writing, seed.wrapping_add(1)),
        );
        writing.close();
    };
    let begun = std::time::Instant::now();
    tokio::join!(
        killing,
        write(&alice, &tickets, &writing, seed.wrapping_add(2))
    );
    let kills = tally.kills.load(Ordering::SeqCst);
    println!(
        "{kills} kills in {:?}: {:?}",
        begun.elapsed(),
        tally.hits.lock().unwrap()
    );

    // Left in peace they finish.
    eventually("everything is delivered", async || {
        let ended = job(&scene, &doors[0]).status().await.unwrap();
        assert_eq!(ended.code(), Some(0));
        scene.is_followed().await && scene.in_state(DeliveryState::Pending).await.is_empty()
    })
    .await;
    println!("done after {:?}", begun.elapsed());
    events_are_published(&scene).await;
    mails_arrived(&scene, kills).await;
    requests_arrived(&scene, kills).await;
    notified_once(&scene).await;
}

async fn events_are_published(scene: &Scene) {
    let events = scene.events().await;
    let again = scene.kafka.check(&events).await;
    println!("{} events, {again} came again", events.len());
    assert!(events.len() > 2 * TICKETS);
}

async fn mails_arrived(scene: &Scene, kills: usize) {
    let rows: Vec<_> = scene.outbox().await;
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|row| row.endpoint_id.is_none())
        .collect();
    assert!(rows.iter().all(|row| row.state == DeliveryState::Sent));
    let mails = scene.post.mails();
    let (firsts, copies) = firsts(&mails, Arrived::delivery, |a, b| a.bytes == b.bytes);
    let wanted: HashSet<i64> = rows.iter().map(|row| row.id).collect();
    assert_eq!(copies.keys().copied().collect::<HashSet<_>>(), wanted);
    in_order(firsts.iter().map(|mail| {
        let about = (mail.to.clone(), mail.header("X-Deskwire-Ticket"));
        (about, mail.delivery())
    }));
    // What took too long on a machine that is busy may come again too, and is flagged as well.
    let slow: i32 = rows.iter().map(|row| row.attempts).sum();
    let extra = mails.len() - firsts.len();
    let flagged = rows.iter().filter(|row| row.ambiguous).count();
    let in_vain = rows
        .iter()
        .filter(|row| row.ambiguous && copies[&row.id] == 1);
    println!(
        "{} mails, {extra} copies, {flagged} flagged ({} came once), {slow} too slow",
        rows.len(),
        in_vain.count()
    );
    assert!(extra <= kills + usize::try_from(slow).unwrap());
    assert!(flagged <= kills + usize::try_from(slow).unwrap());
    for row in rows {
        assert!(row.ambiguous || copies[&row.id] == 1, "{row:?}");
    }
    // Some were killed when their mail had been taken.
    assert!(extra > 0 && flagged > 0);
}

async fn requests_arrived(scene: &Scene, kills: usize) {
    let rows = scene.outbox().await;
    let log = scene.log().await;
    let (mut flagged, mut extra) = (0, 0);
    for receiver in RECEIVERS {
        let requests = scene.hooks.requests(receiver);
        let (firsts, copies) = firsts(&requests, |request: &Request| request.id, |a, b| a == b);
        let wanted = log
            .iter()
            .filter(|event| receiver == "all" || event.kind == EventKind::ReplyAdded);
        let wanted: HashSet<i64> = wanted.map(|event| event.seq).collect();
        assert_eq!(copies.keys().copied().collect::<HashSet<_>>(), wanted);
        in_order(
            firsts
                .iter()
                .map(|request| (request.event()["subject"].to_string(), request.id)),
        );
        extra += requests.len() - firsts.len();
        let url = scene.hooks.url(receiver);
        let endpoint = entity::webhook_endpoint::Entity::find()
            .all(scene.db())
            .await
            .unwrap();
        let endpoint = endpoint.iter().find(|row| row.url == url).unwrap().id;
        for row in rows.iter().filter(|row| row.endpoint_id == Some(endpoint)) {
            assert_eq!(row.state, DeliveryState::Sent, "{row:?}");
            flagged += usize::from(row.ambiguous);
            let came = copies[&row.event_seq.unwrap()];
            assert!(row.ambiguous || came == 1, "{came} {row:?}");
        }
    }
    println!("webhooks: {extra} copies, {flagged} flagged");
    // Each process may write to all endpoints at once.
    assert!(extra <= kills * RECEIVERS.len());
}

/// Planned anew from the beginning, the log tells nothing that is not there already.
async fn notified_once(scene: &Scene) {
    let count = async || {
        let notifications = notification::Entity::find()
            .count(scene.db())
            .await
            .unwrap();
        (notifications, scene.outbox().await.len())
    };
    let before = count().await;
    let rows = notification::Entity::find().all(scene.db()).await.unwrap();
    let told: HashSet<_> = rows
        .iter()
        .map(|row| (row.user_id, row.event_seq, row.kind))
        .collect();
    assert_eq!(told.len(), rows.len());
    let start = entity::follower::ActiveModel {
        xid: sea_orm::Set(0),
        seq: sea_orm::Set(0),
        ..Default::default()
    };
    entity::follower::Entity::update_many()
        .set(start)
        .exec(scene.db())
        .await
        .unwrap();
    let rules = scene.world.config().delivery.rules().unwrap();
    deskwire_tests::telling::plan_all(scene.world.server().desk(), rules).await;
    assert_eq!(count().await, before);
    assert!(before.0 > 0);
    println!("{} notifications", before.0);
}
