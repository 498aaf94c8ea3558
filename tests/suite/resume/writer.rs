//! Those who change tickets while others follow them.

use std::sync::Mutex;

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    pace::Pace,
    scene::{CATEGORIES, Cast, PRIORITIES, STATUSES, Tags},
};
use crate::common::text;

/// The tickets of a scene, shared by its writers.
pub type Tickets = Mutex<Vec<String>>;

/// One who writes.
#[derive(Debug)]
pub struct Writer<'a> {
    pub cast: &'a Cast,
    pub dice: ChaCha8Rng,
    pub tags: &'a Tags,
    pub tickets: &'a Tickets,
}

impl Writer<'_> {
    /// Does so many things.
    pub async fn write(mut self, steps: usize, pace: &Pace) {
        for _ in 0..steps {
            self.step().await;
            pace.step();
        }
    }

    async fn step(&mut self) {
        let ticket = self.tickets.lock().unwrap().choose(&mut self.dice).cloned();
        let Some(ticket) = ticket else {
            return self.open().await;
        };
        // What may not be done as the ticket is now is refused; that is part of the game.
        let susan = self.cast.susan(&mut self.dice);
        let dice = &mut self.dice;
        let (who, mutation, more) = match dice.random_range(0..24) {
            0..4 => {
                let everybody = self.cast.ids.iter().map(Some).chain([None]);
                let assignee = everybody
                    .collect::<Vec<_>>()
                    .choose(dice)
                    .copied()
                    .flatten();
                (susan, "assignTicket", json!({ "assigneeId": assignee }))
            }
            4..8 => {
                let status = STATUSES.choose(dice);
                (susan, "setTicketStatus", json!({ "status": status }))
            }
            8..11 => {
                let priority = PRIORITIES.choose(dice);
                (
                    self.cast.agent(dice),
                    "updateTicket",
                    json!({ "priority": priority }),
                )
            }
            11 => {
                let category = CATEGORIES.choose(dice);
                (
                    self.cast.agent(dice),
                    "updateTicket",
                    json!({ "category": category }),
                )
            }
            12..16 => {
                let tags = self.tags.some(dice);
                (
                    self.cast.agent(dice),
                    "updateTicket",
                    json!({ "tags": tags }),
                )
            }
            16 => {
                let people = self.cast.ids.iter().filter(|_| dice.random_bool(0.4));
                let people = people.collect::<Vec<_>>();
                (susan, "setCoAssignees", json!({ "coAssigneeIds": people }))
            }
            17 => (
                self.cast.agent(dice),
                "replyToTicket",
                json!({ "body": "An answer" }),
            ),
            18 => (
                self.cast.carla(dice),
                "replyToTicket",
                json!({ "body": "A question" }),
            ),
            19 => (
                self.cast.agent(dice),
                "addInternalNote",
                json!({ "body": "A note" }),
            ),
            20 => (susan, "resolveTicket", json!({})),
            21 => (self.cast.carla(dice), "closeTicket", json!({})),
            22 => (susan, "reopenTicket", json!({})),
            _ => return self.open().await,
        };
        let mut input = more;
        input["ticketId"] = json!(ticket);
        who.attempt(mutation, input, "").await;
    }

    /// Opens a ticket, for the customer or as the customer.
    pub async fn open(&mut self) {
        let dice = &mut self.dice;
        let mut input = json!({ "subject": "A ticket", "description": "of a scene",
            "priority": PRIORITIES.choose(dice), "category": CATEGORIES.choose(dice) });
        let by_staff = dice.random_bool(0.5);
        let who = if by_staff {
            input["requesterId"] = json!(self.cast.carla_id);
            input["tags"] = self.tags.some(dice);
            self.cast.agent(dice)
        } else {
            self.cast.carla(dice)
        };
        let opened: Value = who.run("createTicket", input, "ticket { id }").await;
        let ticket = text(&opened, "/ticket/id");
        if !by_staff {
            let input = json!({ "ticketId": ticket, "tags": self.tags.some(dice) });
            self.cast.agent(dice).run("updateTicket", input, "").await;
        }
        self.tickets.lock().unwrap().push(ticket);
    }
}
