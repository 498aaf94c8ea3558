//! What a reader follows: a random filter, and a ticket that is made to match it, so that the end
//! of the scene can be seen in every filter.

use chrono::{DateTime, TimeDelta};
use deskwire_tests::Client;
use domain::Position;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    scene::{CATEGORIES, Cast, PRIORITIES, STATUSES, Tags},
    story::{self, Told},
};
use crate::common::text;

/// The end mark of one reader, and the filter that it matches but for its tag.
#[derive(Debug)]
pub struct Aim {
    /// The filter.
    pub filter: Value,
    /// The ticket.
    ticket: String,
    /// The tag that puts the ticket into the filter.
    tag: String,
    /// All that the filter was told, once the end is reached.
    story: watch::Sender<Option<Vec<Told>>>,
}

/// All that hold, and a few more.
fn with_others(dice: &mut ChaCha8Rng, wanted: &str, all: &[&str]) -> Value {
    let others = all
        .iter()
        .filter(|one| **one == wanted || dice.random_bool(0.4));
    json!(others.collect::<Vec<_>>())
}

impl Aim {
    /// Opens the ticket and brings it where it is to be.
    pub async fn take(cast: &Cast, dice: &mut ChaCha8Rng, tags: &Tags, reader: usize) -> Self {
        let status = *STATUSES.choose(dice).unwrap();
        let priority = *PRIORITIES.choose(dice).unwrap();
        let category = *CATEGORIES.choose(dice).unwrap();
        let assignee = (status != "OPEN" && dice.random_bool(0.6))
            .then(|| dice.random_range(0..cast.staff.len()));
        let viewer = reader % cast.staff.len();

        let input = json!({ "subject": "The end", "description": "of a scene",
            "priority": priority, "category": category });
        let opened = cast.carla(dice);
        let opened = opened
            .run("createTicket", input, "ticket { id createdAt }")
            .await;
        let ticket = text(&opened, "/ticket/id");
        if let Some(assignee) = assignee {
            let input = json!({ "ticketId": ticket, "assigneeId": cast.ids[assignee] });
            cast.susan(dice).run("assignTicket", input, "").await;
        }
        let path: &[&str] = match (status, assignee) {
            ("OPEN", _) | ("IN_PROGRESS", Some(_)) => &[],
            ("CLOSED", _) => &["RESOLVED", "CLOSED"],
            _ => &[status],
        };
        if status == "WAITING_ON_USER" {
            let input = json!({ "ticketId": ticket, "body": "What do you see?" });
            cast.susan(dice).run("replyToTicket", input, "").await;
        }
        for status in path {
            let input = json!({ "ticketId": ticket, "status": status });
            cast.susan(dice).run("setTicketStatus", input, "").await;
        }

        let tag = tags.end(reader);
        let mut filter = json!({ "tag": [tags.one, tags.two, tag] });
        if dice.random_bool(0.6) {
            filter["status"] = with_others(dice, status, &STATUSES);
        }
        if dice.random_bool(0.4) {
            filter["priority"] = with_others(dice, priority, &PRIORITIES);
        }
        if dice.random_bool(0.2) {
            filter["category"] = with_others(dice, category, &CATEGORIES);
        }
        match assignee {
            Some(assignee) if dice.random_bool(0.25) => {
                filter["assigneeId"] = json!(cast.ids[assignee]);
            }
            _ if dice.random_bool(0.2) => filter["unassigned"] = json!(assignee.is_none()),
            _ if dice.random_bool(0.2) => filter["mine"] = json!(assignee == Some(viewer)),
            _ => {}
        }
        let created = text(&opened, "/ticket/createdAt");
        let created = DateTime::parse_from_rfc3339(&created).unwrap();
        match dice.random_range(0..10) {
            0 => filter["createdAfter"] = json!(created),
            1 => filter["createdBefore"] = json!(created + TimeDelta::microseconds(1)),
            _ => {}
        }
        Self {
            filter,
            ticket,
            tag,
            story: watch::Sender::new(None),
        }
    }

    /// Puts the ticket into the filter, which is the last that happens, and reads the whole story.
    pub async fn reach(&self, cast: &Cast, dice: &mut ChaCha8Rng, origin: &str, viewer: &Client) {
        let input = json!({ "ticketId": self.ticket, "tags": [self.tag] });
        cast.susan(dice).run("updateTicket", input, "").await;
        let story = story::read(viewer, &self.filter, origin, &self.ticket).await;
        self.story.send_replace(Some(story));
    }

    /// Waits until the end is reached.
    pub async fn reached(&self) {
        let mut story = self.story.subscribe();
        let _never_dropped = story.wait_for(Option::is_some).await;
    }

    /// The whole story; empty before the end is reached.
    pub fn story(&self) -> Vec<Told> {
        self.story.borrow().clone().unwrap_or_default()
    }

    /// Where the end is, once it is reached.
    pub fn end(&self) -> Option<Position> {
        let story = self.story.borrow();
        Some(story.as_ref()?.last()?.0)
    }
}
