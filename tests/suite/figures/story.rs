//! A random history, played through the API: a desk's tickets over some weeks.

use chrono::TimeDelta;
use deskwire_tests::{Client, Person, World};
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::common::text;

/// A desk whose tickets live random lives.
pub struct Story {
    /// The desk.
    pub world: World,
    /// Where chance comes from.
    pub chance: ChaCha8Rng,
    tickets: Vec<String>,
    customers: [Client; 2],
    staff: [Client; 3],
    staff_ids: Vec<String>,
    carla: String,
    teams: Vec<String>,
}

const CATEGORIES: [&str; 4] = ["bug", "payments", "account", "other"];
const PRIORITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "URGENT"];
const SUBJECTS: [&str; 3] = ["complaint", "technical_support", "general_inquiry"];
const SOURCES: [&str; 3] = ["APP", "EMAIL", "PHONE"];
const MERCHANTS: [&str; 3] = ["m-1", "m-2", "Käse & Co, \"=1\""];

impl Story {
    /// A desk on which nothing has happened.
    pub async fn begin(world: World, seed: u64) -> Self {
        let customers = [Person::Carla, Person::Otto].map(|person| world.client(person));
        let staff = [Person::Alice, Person::Bob, Person::Susan].map(|person| world.client(person));
        let mut staff_ids = Vec::new();
        for client in &staff {
            staff_ids.push(client.id().await);
        }
        let carla = customers[0].id().await;
        customers[1].id().await;
        let mut teams = Vec::new();
        for name in ["First line", "Second line"] {
            let input = json!({ "name": name, "memberIds": staff_ids });
            let payload = staff[2].run("upsertTeam", input, "team { id }").await;
            teams.push(text(&payload, "/team/id"));
        }
        Self {
            world,
            chance: ChaCha8Rng::seed_from_u64(seed),
            tickets: Vec::new(),
            customers,
            staff,
            staff_ids,
            carla,
            teams,
        }
    }

    /// Lets so many things happen, with time between them.
    pub async fn go_on(&mut self, steps: usize) {
        for _ in 0..steps {
            let minutes = *[1, 7, 50, 200, 900].choose(&mut self.chance).unwrap();
            let micros = self.chance.random_range(1..minutes * 60_000_000_i64);
            self.world.clock.advance(TimeDelta::microseconds(micros));
            self.one().await;
        }
    }

    async fn one(&mut self) {
        let dice = self.chance.random_range(0..100);
        if dice < 22 || self.tickets.is_empty() {
            return self.open().await;
        }
        if dice < 26 {
            // Targets are missed, and tickets escalated.
            let desk = self.world.server().desk();
            desk.sweep(&desk.sweeper(), None).await;
            return;
        }
        // Those of late have more to say.
        let late = self.tickets.len().saturating_sub(12);
        let ticket = self.chance.random_range(late..self.tickets.len());
        let ticket = self.tickets[ticket].clone();
        let person = self.chance.random_range(0..3);
        let staff = self.staff[person].clone();
        let of = |rest: Value| {
            let mut input = rest;
            input["ticketId"] = json!(ticket);
            input
        };
        // What the lifecycle does not allow at the moment is refused, and nothing happens.
        match dice {
            26..40 => {
                let customer = self.customers[self.chance.random_range(0..2)].clone();
                let input = of(json!({ "body": "And?" }));
                customer.ask_mutation("replyToTicket", input).await;
            }
            40..58 => {
                let input = of(json!({ "body": "We look into it." }));
                staff.ask_mutation("replyToTicket", input).await;
            }
            58..61 => {
                let input = of(json!({ "body": "Hm." }));
                staff.ask_mutation("addInternalNote", input).await;
            }
            61..68 => {
                let input = of(json!({ "status": "WAITING_ON_USER" }));
                staff.ask_mutation("setTicketStatus", input).await;
            }
            68..80 => {
                let input = of(json!({ "notes": "Done." }));
                staff.ask_mutation("resolveTicket", input).await;
            }
            80..84 => {
                let client = match self.chance.random_range(0..2) {
                    0 => self.customers[0].clone(),
                    _ => staff,
                };
                client.ask_mutation("closeTicket", of(json!({}))).await;
            }
            84..86 => {
                let score = self.chance.random_range(1..=5);
                let input = of(json!({ "score": score, "comment": "So so." }));
                let customer = self.customers[self.chance.random_range(0..2)].clone();
                customer.ask_mutation("rateTicket", input).await;
            }
            86..89 => {
                let client = match self.chance.random_range(0..2) {
                    0 => self.customers[1].clone(),
                    _ => staff,
                };
                client.ask_mutation("reopenTicket", of(json!({}))).await;
            }
            89..94 => {
                let ids = &self.staff_ids;
                let to = match self.chance.random_range(0..4) {
                    3 => Value::Null,
                    who => json!(ids[who]),
                };
                let input = of(json!({ "assigneeId": to }));
                self.staff[2].ask_mutation("assignTicket", input).await;
            }
            _ => {
                let change = match self.chance.random_range(0..4) {
                    0 => json!({ "category": CATEGORIES.choose(&mut self.chance).unwrap() }),
                    1 => json!({ "priority": PRIORITIES.choose(&mut self.chance).unwrap() }),
                    2 => json!({ "subjects": subjects(&mut self.chance) }),
                    _ => json!({ "teamId": self.teams.choose(&mut self.chance).unwrap() }),
                };
                staff.ask_mutation("updateTicket", of(change)).await;
            }
        }
    }

    async fn open(&mut self) {
        let chance = &mut self.chance;
        let mut links = vec![json!({ "kind": "order", "externalId": "m-1" })];
        for merchant in MERCHANTS {
            if chance.random_range(0..3) == 0 {
                links.push(json!({ "kind": "merchant", "externalId": merchant }));
            }
        }
        let mut input = json!({
            "subject": "Something is wrong", "description": "It does not work.",
            "category": CATEGORIES.choose(chance).unwrap(),
            "priority": PRIORITIES.choose(chance).unwrap(),
            "source": SOURCES.choose(chance).unwrap(),
            "subjects": subjects(chance), "links": links,
        });
        let client = match chance.next_u32() % 5 {
            0 => {
                input["requesterId"] = json!(self.carla);
                &self.staff[0]
            }
            // Staff have problems too.
            1 => &self.staff[1],
            2 | 3 => &self.customers[0],
            _ => &self.customers[1],
        };
        let payload = client.run("createTicket", input, "ticket { id }").await;
        self.tickets.push(text(&payload, "/ticket/id"));
    }
}

/// Some subjects, or none.
fn subjects(chance: &mut ChaCha8Rng) -> Vec<&'static str> {
    let wanted = chance.random_range(0..3);
    SUBJECTS.sample(chance, wanted).copied().collect()
}
