//! SIGKILL in the midst of concurrent writes: no half-written command, no acknowledged write lost,
//! no number given twice.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex},
};

use deskwire_tests::{Client, Person, World, on_both};
use serde_json::json;

const ROUNDS: usize = 4;
const WRITERS: usize = 8;

/// What the server has said that it did.
#[derive(Debug, Default)]
struct Acknowledged {
    tickets: Vec<(String, String)>,
    replies: Vec<(String, String)>,
}

/// Opens a ticket and answers it, again and again, until the server is gone.
async fn write(customer: Client, round: usize, writer: usize, done: Arc<Mutex<Acknowledged>>) {
    let create = "mutation($input: CreateTicketInput!) { createTicket(input: $input) {
        ticket { id number } userErrors { message } } }";
    let reply = "mutation($input: ReplyToTicketInput!) { replyToTicket(input: $input) {
        message { id } userErrors { message } } }";
    for number in 0.. {
        let subject = format!("Round {round}, writer {writer}, {number}");
        let input = json!({ "subject": subject, "description": "text",
            "links": [{ "kind": "order", "externalId": subject }] });
        let Ok(answer) = customer.send(create, json!({ "input": input })).await else {
            return;
        };
        let ticket = &answer.body["data"]["createTicket"]["ticket"];
        let text = |name: &str| ticket[name].as_str().unwrap().to_owned();
        let id = text("id");
        done.lock()
            .unwrap()
            .tickets
            .push((id.clone(), text("number")));
        let input = json!({ "ticketId": id, "body": subject });
        let Ok(answer) = customer.send(reply, json!({ "input": input })).await else {
            return;
        };
        let message = answer.body["data"]["replyToTicket"]["message"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        done.lock().unwrap().replies.push((id, message));
    }
}

async fn a_killed_server_leaves_nothing_half_done(world: World) {
    let done = Arc::new(Mutex::new(Acknowledged::default()));
    for round in 0..ROUNDS {
        let server = world.process().await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let person = if writer % 2 == 0 {
                    Person::Carla
                } else {
                    Person::Otto
                };
                let customer = world.client(person).at(server.base());
                tokio::spawn(write(customer, round, writer, Arc::clone(&done)))
            })
            .collect();
        // Killed while all of them write: after so many acknowledged tickets, not after a time.
        let target = (round + 1) * 25;
        deskwire_tests::eventually("enough was written", async || {
            done.lock().unwrap().tickets.len() >= target
        })
        .await;
        server.kill().await;
        for writer in writers {
            writer.await.unwrap();
        }
    }

    // A server that starts afterwards sees everything that was acknowledged ...
    let server = world.process().await;
    let alice = world.client(Person::Alice).at(server.base());
    let done = std::mem::take(&mut *done.lock().unwrap());
    let numbers: HashSet<_> = done.tickets.iter().map(|(_, number)| number).collect();
    assert_eq!(
        numbers.len(),
        done.tickets.len(),
        "a number was given twice"
    );
    let mut ids = BTreeSet::new();
    let mut after = None::<String>;
    let page = "query($after: String) { queue(first: 100, orderBy: NEWEST, after: $after) {
        nodes { id number version links { externalId } subject
            messages(first: 100) { totalCount nodes { id body } } activity(first: 100) { nodes { kind } } }
        pageInfo { hasNextPage endCursor } } }";
    let mut all_numbers = HashSet::new();
    let mut messages = HashSet::new();
    loop {
        let queue = alice.get(page, json!({ "after": after })).await["queue"].clone();
        for ticket in queue["nodes"].as_array().unwrap() {
            assert!(
                all_numbers.insert(ticket["number"].to_string()),
                "a number was given twice"
            );
            ids.insert(ticket["id"].as_str().unwrap().to_owned());
            // ... and no ticket is half there: its link, its replies and their events go together.
            assert_eq!(
                ticket["links"],
                json!([{ "externalId": ticket["subject"] }])
            );
            let replies = ticket["messages"]["nodes"].as_array().unwrap();
            let events = ticket["activity"]["nodes"].as_array().unwrap();
            assert_eq!(events.len(), 1 + replies.len(), "{ticket:#}");
            assert_eq!(ticket["version"], 1 + replies.len());
            messages.extend(
                replies
                    .iter()
                    .map(|reply| reply["id"].as_str().unwrap().to_owned()),
            );
        }
        if queue["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = queue["pageInfo"]["endCursor"].as_str().map(str::to_owned);
    }
    for (id, number) in &done.tickets {
        assert!(ids.contains(id), "{number} was acknowledged and is lost");
    }
    for (ticket, message) in &done.replies {
        assert!(
            messages.contains(message),
            "a reply to {ticket} was acknowledged and is lost"
        );
    }
    assert_eq!(server.terminate().await, Some(0));
}

on_both!(a_killed_server_leaves_nothing_half_done);
