//! Very many who follow a server when it is told to stop: all are told to go elsewhere, and resume
//! there without a gap.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use deskwire_tests::{Backend, Client, Person, World, eventually, postgres_or_skip};
use futures_util::{StreamExt, future::join_all, stream};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{common::text, soak};

mod member;

use member::Member;

/// How many follow the same filter. Each change is one message for each of them.
const GROUP: usize = 50;
/// How many of all resume.
const SAMPLE: usize = 200;
/// Connections that are opened at the same time.
const AT_ONCE: usize = 32;
/// What a process needs open beside its sockets.
const OTHER_FILES: usize = 300;

/// How many sockets this machine lets a process have, at most as many as asked for.
fn sockets() -> usize {
    let wanted = usize::try_from(soak::number("DESKWIRE_SOCKETS", 5_000)).unwrap();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    let possible = files.map_or(wanted, |files| files.saturating_sub(OTHER_FILES));
    if possible < wanted {
        let help = format!(
            "{wanted} sockets need {} open files, and this shell allows {}. Raise it: ulimit -n {}",
            wanted + OTHER_FILES,
            possible + OTHER_FILES,
            (wanted + OTHER_FILES).next_power_of_two()
        );
        assert!(std::env::var_os("DESKWIRE_SOCKETS").is_none(), "{help}");
        eprintln!("Going on with {possible} sockets. {help}");
    }
    wanted.min(possible)
}

fn tag(group: usize) -> String {
    format!("crowd-{group}")
}

/// Opens a ticket in a group.
async fn open(susan: &Client, customer: &str, group: usize) -> String {
    let input = json!({ "subject": "Crowded", "description": "Everybody looks at it.",
        "requesterId": customer, "tags": [tag(group)] });
    let opened = susan.run("createTicket", input, "ticket { id }").await;
    text(&opened, "/ticket/id")
}

/// Changes tickets of all groups until it is told to stop.
async fn write(
    susan: Client,
    mut tickets: Vec<(usize, String)>,
    customer: String,
    mut dice: ChaCha8Rng,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) {
    while !stop.load(Ordering::SeqCst) {
        let (group, ticket) = tickets.choose(&mut dice).unwrap().clone();
        match dice.random_range(0..6) {
            0 => tickets.push((group, open(&susan, &customer, group).await)),
            1 | 2 => {
                let tags = if dice.random_bool(0.5) {
                    vec![tag(group)]
                } else {
                    Vec::new()
                };
                let input = json!({ "ticketId": ticket, "tags": tags });
                susan.run("updateTicket", input, "").await;
            }
            _ => {
                let priority = ["LOW", "HIGH", "URGENT"].choose(&mut dice).unwrap();
                let input = json!({ "ticketId": ticket, "priority": priority });
                susan.run("updateTicket", input, "").await;
            }
        }
        done.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_sent_elsewhere_and_misses_nothing() {
    if postgres_or_skip().is_none() {
        return;
    }
    let sockets = sockets();
    let groups = sockets.div_ceil(GROUP);
    let world = World::start(Backend::Postgres).await;
    let room = (sockets * 2).to_string();
    let room = [("DESKWIRE_SOCKETS_PER_PERSON", room.as_str())];
    let (leaving, staying) = (
        world.process_with(&room).await,
        world.process_with(&room).await,
    );
    let customer = world.client(Person::Carla).id().await;
    let (alice, susan) = (world.client(Person::Alice), world.client(Person::Susan));
    let (alice, susan) = (alice.at(staying.base()), susan.at(staying.base()));

    let mut tickets = Vec::new();
    for group in 0..groups {
        tickets.push((group, open(&susan, &customer, group).await));
    }
    let begins =
        stream::iter(0..groups).then(|group| member::query(&alice, json!({ "tag": [tag(group)] })));
    let begins: Vec<_> = begins.collect().await;
    let here = &alice.at(leaving.base());
    let members = stream::iter(0..sockets).map(|number| {
        let group = number % groups;
        let (position, rows) = begins[group].clone();
        let filter = json!({ "tag": [tag(group)] });
        async move {
            let mut member = Member {
                filter,
                position,
                rows,
            };
            let socket = member.join(here).await;
            (member, socket)
        }
    });
    let members: Vec<_> = members.buffer_unordered(AT_ONCE).collect().await;

    let (done, stop) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let writers: Vec<_> = (0..2)
        .map(|seed| {
            let dice = ChaCha8Rng::seed_from_u64(seed);
            let (done, stop) = (Arc::clone(&done), Arc::clone(&stop));
            tokio::spawn(write(
                susan.clone(),
                tickets.clone(),
                customer.clone(),
                dice,
                done,
                stop,
            ))
        })
        .collect();
    let written = async |more: usize| {
        let enough = done.load(Ordering::SeqCst) + more;
        eventually("more was written", async || {
            done.load(Ordering::SeqCst) >= enough
        })
        .await;
    };
    let members: Vec<_> = members
        .into_iter()
        .map(|(mut member, mut socket)| {
            tokio::spawn(async move {
                let code = member.read(&mut socket, None).await;
                (member, code)
            })
        })
        .collect();

    written(40).await;
    assert_eq!(leaving.terminate().await, Some(0));
    let mut codes = BTreeMap::new();
    let mut sample = Vec::new();
    for member in join_all(members).await {
        let (member, code) = member.unwrap();
        *codes.entry(code).or_insert(0) += 1;
        sample.push(member);
    }
    assert_eq!(
        codes,
        BTreeMap::from([(Some(1001), sockets)]),
        "how the sockets were closed"
    );

    // Those who resume do so while it goes on.
    sample.truncate(SAMPLE);
    let there = &alice;
    let joined = stream::iter(sample).map(async |mut member: Member| {
        let socket = member.join(there).await;
        (member, socket)
    });
    let joined: Vec<_> = joined.buffer_unordered(AT_ONCE).collect().await;
    written(40).await;
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    let mut ends = Vec::new();
    for group in 0..groups {
        ends.push(open(&susan, &customer, group).await);
    }
    let mut expected = Vec::new();
    for group in 0..groups {
        expected.push(member::query(there, json!({ "tag": [tag(group)] })).await.1);
    }
    for (mut member, mut socket) in joined {
        let group = (0..groups).find(|group| member.filter == json!({ "tag": [tag(*group)] }));
        let group: usize = group.unwrap();
        let closed = member.read(&mut socket, Some(&ends[group])).await;
        assert_eq!(closed, None);
        let rows: BTreeMap<String, Value> = expected[group].clone();
        assert_eq!(member.rows, rows, "group {group}");
    }
    assert_eq!(staying.terminate().await, Some(0));
}
