//! One seed: some tickets, some who write, some who follow, and what must hold in the end.

use deskwire_tests::{Client, Person, World, eventually};
use domain::Position;
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    aim::Aim,
    glance::Glance,
    pace::Pace,
    plan::Plan,
    reader::{self, Reader},
    writer::{Tickets, Writer},
};

pub const STATUSES: [&str; 5] = [
    "OPEN",
    "IN_PROGRESS",
    "WAITING_ON_USER",
    "RESOLVED",
    "CLOSED",
];
pub const PRIORITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "URGENT"];
pub const CATEGORIES: [&str; 3] = ["bug", "buying", "other"];

/// The people of all scenes, and the servers that they talk to.
#[derive(Debug)]
pub struct Cast {
    servers: Vec<String>,
    clock: domain::Clock,
    carla: Client,
    pub carla_id: String,
    /// Two agents and a supervisor.
    pub staff: [Client; 3],
    /// Their ids.
    pub ids: [String; 3],
}

impl Cast {
    pub async fn of(world: &World, servers: Vec<String>) -> Self {
        let staff = [Person::Alice, Person::Bob, Person::Susan].map(|one| world.client(one));
        let ids = [
            staff[0].id().await,
            staff[1].id().await,
            staff[2].id().await,
        ];
        let carla = world.client(Person::Carla);
        // The position of a log without events is a matter of its own.
        carla.open_ticket("The first").await;
        let empty = Position::default().encode();
        for server in &servers {
            let there = staff[0].at(server);
            eventually("there is a position", async || {
                reader::origin(&there).await != empty
            })
            .await;
        }
        Self {
            servers,
            clock: world.clock.clone(),
            carla_id: carla.id().await,
            carla,
            staff,
            ids,
        }
    }

    /// Somebody at one of the servers.
    fn anywhere(&self, who: &Client, dice: &mut ChaCha8Rng) -> Client {
        who.at(self.servers.choose(dice).unwrap())
    }

    /// The customer.
    pub fn carla(&self, dice: &mut ChaCha8Rng) -> Client {
        self.anywhere(&self.carla, dice)
    }

    /// The supervisor.
    pub fn susan(&self, dice: &mut ChaCha8Rng) -> Client {
        self.anywhere(&self.staff[2], dice)
    }

    /// Who is the reader of this number.
    pub fn viewer(&self, reader: usize, dice: &mut ChaCha8Rng) -> Client {
        self.anywhere(&self.staff[reader % self.staff.len()], dice)
    }

    /// One of the agents.
    pub fn agent(&self, dice: &mut ChaCha8Rng) -> Client {
        let agent = dice.random_range(0..2);
        self.anywhere(&self.staff[agent], dice)
    }
}

/// The tags of a scene, which no other scene uses.
#[derive(Debug)]
pub struct Tags {
    /// In the filter of every reader.
    pub one: String,
    /// In the filter of every reader, too: a ticket with either is in.
    pub two: String,
}

impl Tags {
    fn of(seed: u64, time: u64) -> Self {
        let one = format!("seed-{seed}-{time}");
        Self {
            two: format!("{one}-b"),
            one,
        }
    }

    /// The tag of a reader's end mark.
    pub fn end(&self, reader: usize) -> String {
        format!("{}-end-{reader}", self.one)
    }

    /// Tags that put a ticket into the scene, or take it out.
    pub fn some(&self, dice: &mut ChaCha8Rng) -> Value {
        let tags = [(self.one.as_str(), 0.6), (&self.two, 0.3), ("vip", 0.3)];
        let tags = tags.iter().filter(|(_, chance)| dice.random_bool(*chance));
        json!(tags.map(|(tag, _)| tag).collect::<Vec<_>>())
    }
}

/// Plays the scene of a seed. The dice are the same each time, the timing is not.
pub async fn play(cast: std::sync::Arc<Cast>, seed: u64, time: u64) {
    let cast = &*cast;
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let tags = &Tags::of(seed, time);
    let writers = dice.random_range(2..5);
    let each = dice.random_range(3..7);
    let tickets = &Tickets::default();
    let mut new_writer = || Writer {
        cast,
        dice: ChaCha8Rng::from_rng(&mut dice),
        tags,
        tickets,
    };
    let mut setup = new_writer();
    let writers: Vec<_> = (0..writers).map(|_| new_writer()).collect();

    // Before there is anything: from here a reader can be told the whole story.
    let number = if dice.random_bool(0.3) { 2 } else { 1 };
    let first = dice.random_range(0..cast.servers.len());
    let origin = reader::origin(&cast.staff[0].at(&cast.servers[first])).await;
    let mut readers = Vec::new();
    for reader in 0..number {
        for _ in 0..dice.random_range(1..5 / number) {
            setup.open().await;
        }
        // Some filters look at when a ticket was opened.
        cast.clock.advance(chrono::TimeDelta::seconds(1));
        let aim = Aim::take(cast, &mut dice, tags, reader).await;
        cast.clock.advance(chrono::TimeDelta::seconds(1));
        let homes = (0..cast.servers.len()).map(|home| {
            let server = &cast.servers[(first + home) % cast.servers.len()];
            cast.staff[reader % cast.staff.len()].at(server)
        });
        let plan = Plan::random(&mut dice, writers.len() * each);
        readers.push(Reader::new(homes.collect(), aim, plan, origin.clone()));
    }

    let pace = &Pace::new();
    let steps = writers.len() * each;
    let ends: Vec<_> = readers.iter().map(Reader::aim).collect();
    let following = join_all(readers.iter_mut().map(|reader| reader.follow(pace)));
    let viewers: Vec<_> = (0..number)
        .map(|reader| cast.viewer(reader, &mut dice))
        .collect();
    let looking = join_all(
        ends.iter()
            .zip(&viewers)
            .map(|(aim, viewer)| Glance::often(viewer.clone(), &aim.filter, pace, steps)),
    );
    let writing = async {
        join_all(writers.into_iter().map(|writer| writer.write(each, pace))).await;
        pace.finish();
        for (aim, viewer) in ends.iter().zip(&viewers) {
            aim.reach(cast, &mut dice, &origin, viewer).await;
        }
    };
    let (_, glances, ()) = tokio::join!(following, looking, writing);
    for reader in &readers {
        reader.check().await;
    }
    for ((aim, viewer), glances) in ends.iter().zip(&viewers).zip(glances) {
        let now = Glance::take(viewer, &aim.filter).await;
        for glance in glances {
            glance.check(&aim.story(), &now[0]);
        }
    }
}
