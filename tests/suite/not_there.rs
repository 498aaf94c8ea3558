//! What somebody may not see answers as what does not exist does: byte for byte.

use deskwire_tests::{Client, World, on_both};
use serde_json::json;

use crate::common::{People, ask, fill, first_payload, missing, text};

/// Ways to ask for a ticket by its id.
const BY_ID: &[&str] = &[
    "{ ticket(id: \"ID\") { id number subject messages { totalCount } } }",
    "{ node(id: \"ID\") { __typename id } }",
    "{ node(id: \"ID\") { ... on Ticket { number tags messages { nodes { body } } } } }",
    "{ nodes(ids: [\"ID\", \"SELF\", \"ID\"]) { __typename } }",
    "mutation { replyToTicket(input: { ticketId: \"ID\", body: \"a\" }) { ticket { id } message { id } ERRORS } }",
    "mutation { replyToTicket(input: { ticketId: \"ID\", body: \"\" }) { ERRORS } }",
    "mutation { replyToTicket(input: { ticketId: \"ID\", body: \"a\", expectedVersion: 9 }) { ERRORS } }",
    "mutation { replyToTicket(input: { ticketId: \"ID\", body: \"a\", idempotencyKey: \"k\" }) { ERRORS } }",
    "mutation { replyToTicket(input: { ticketId: \"ID\", body: \"a\", idempotencyKey: \"\" }) { ERRORS } }",
    "mutation { closeTicket(input: { ticketId: \"ID\" }) { ticket { id } ERRORS } }",
    "mutation { closeTicket(input: { ticketId: \"ID\", expectedVersion: 9 }) { ERRORS } }",
    "mutation { reopenTicket(input: { ticketId: \"ID\" }) { ticket { id } ERRORS } }",
    "mutation { rateTicket(input: { ticketId: \"ID\", score: 5 }) { ticket { id } rating { score } ERRORS } }",
    "mutation { rateTicket(input: { ticketId: \"ID\", score: 9 }) { ERRORS } }",
    "mutation { addInternalNote(input: { ticketId: \"ID\", body: \"a\" }) { ERRORS } }",
    "mutation { updateTicket(input: { ticketId: \"ID\", priority: LOW }) { ERRORS } }",
    "mutation { setTicketStatus(input: { ticketId: \"ID\", status: CLOSED }) { ERRORS } }",
    "mutation { resolveTicket(input: { ticketId: \"ID\" }) { ERRORS } }",
    "mutation { assignTicket(input: { ticketId: \"ID\" }) { ERRORS } }",
    "mutation { setCoAssignees(input: { ticketId: \"ID\", coAssigneeIds: [] }) { ERRORS } }",
];

/// Ways to ask for anything by its id.
const NODES: &[&str] = &[
    "{ node(id: \"ID\") { __typename id } }",
    "{ nodes(ids: [\"ID\", \"SELF\"]) { __typename id } }",
    "{ ticket(id: \"ID\") { id } }",
];

/// Ways for a customer to name somebody else.
const PEOPLE: &[&str] = &[
    "mutation { createTicket(input: { subject: \"a\", description: \"b\", requesterId: \"ID\" }) { ERRORS } }",
    "{ users(query: \"ID\") { totalCount } }",
    "{ queue(filter: { assigneeId: \"ID\" }) { totalCount } }",
];

async fn same(client: &Client, documents: &[&str], there: &str, not_there: &str) {
    let me = client.id().await;
    for document in documents {
        let mut answers = Vec::new();
        for id in [there, not_there] {
            let names = [
                ("ID", id),
                ("SELF", me.as_str()),
                ("ERRORS", "userErrors { code message field }"),
            ];
            answers.push(ask(client, &fill(document, &names)).await);
        }
        assert_eq!(answers[0].status, answers[1].status, "{document}");
        assert_eq!(answers[0].text, answers[1].text, "{document}");
        assert!(
            !answers[0].text.contains(there) && !answers[0].text.contains("Carla"),
            "{document}"
        );
    }
}

async fn tickets_of_others(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    // In different states, so that an answer could tell of one.
    let open = carla.open_ticket("Open").await;
    let resolved = carla.open_ticket("Resolved").await;
    alice
        .run("resolveTicket", json!({ "ticketId": resolved }), "")
        .await;
    let closed = carla.open_ticket("Closed").await;
    carla
        .run("closeTicket", json!({ "ticketId": closed }), "")
        .await;
    // An old closed one, where a reply of its customer would open a new ticket.
    world.clock.advance(chrono::TimeDelta::days(30));
    let (carla, otto) = (world.client(deskwire_tests::Person::Carla), otto);
    for ticket in [&open, &resolved, &closed] {
        same(&otto, BY_ID, ticket, &missing("Ticket")).await;
        let live =
            |id: &str| format!("subscription {{ ticket(id: \"{id}\") {{ kind position }} }}");
        let there = first_payload(&otto, &live(ticket)).await;
        assert_eq!(there, first_payload(&otto, &live(&missing("Ticket"))).await);
    }
    // Numbers are easy to guess.
    let by_number = |number: &str| format!("{{ ticket(number: \"{number}\") {{ id subject }} }}");
    let not_there = ask(&otto, &by_number("SUP-00099")).await;
    for spelling in [
        "SUP-00001",
        "sup-1",
        "1",
        "SUP-00002",
        "3",
        "0",
        "x",
        "",
        "99999999999999999999",
    ] {
        assert_eq!(
            ask(&otto, &by_number(spelling)).await.text,
            not_there.text,
            "{spelling}"
        );
    }
    // A number and the reply are good where they belong.
    let mine = ask(&carla, &by_number("1")).await.data();
    assert_eq!(mine["ticket"]["subject"], "Open");
    assert_eq!(
        ask(&otto, "{ myTickets { totalCount } }").await.data()["myTickets"]["totalCount"],
        0
    );
}

async fn what_hangs_on_tickets_of_others(world: World) {
    let People {
        carla,
        otto,
        alice,
        bob,
        susan,
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let body = json!({ "ticketId": ticket, "body": "a" });
    let note = alice
        .run("addInternalNote", body.clone(), "message { id }")
        .await;
    let reply = alice.run("replyToTicket", body, "message { id }").await;
    let team = json!({ "name": "Returns", "memberIds": [bob.id().await] });
    let team = susan.run("upsertTeam", team, "team { id }").await;
    let (note, reply) = (text(&note, "/message/id"), text(&reply, "/message/id"));
    for client in [&otto, &carla] {
        same(client, NODES, &note, &missing("Message")).await;
        same(client, NODES, &text(&team, "/team/id"), &missing("Team")).await;
        for person in [&alice, &bob, &susan] {
            same(client, NODES, &person.id().await, &missing("User")).await;
            same(client, PEOPLE, &person.id().await, &missing("User")).await;
        }
    }
    same(&otto, NODES, &reply, &missing("Message")).await;
    same(&otto, NODES, &carla.id().await, &missing("User")).await;
    same(&otto, PEOPLE, &carla.id().await, &missing("User")).await;
    // An agent may not hand tickets to others, whether those are there or not.
    let hand = [
        "mutation { assignTicket(input: { ticketId: \"TICKET\", assigneeId: \"ID\" }) { ERRORS } }",
    ];
    let hand = hand.map(|document| document.replace("TICKET", &ticket));
    let hand: Vec<&str> = hand.iter().map(String::as_str).collect();
    same(&alice, &hand, &bob.id().await, &missing("User")).await;
}

/// An id of another kind, or one that is none, is also just not there.
async fn ids_that_are_none(world: World) {
    let People { carla, otto, .. } = People::of(&world);
    let (ticket, me) = (carla.open_ticket("Mine").await, carla.id().await);
    let long = "A".repeat(10_000);
    for id in [
        "",
        "x",
        "1",
        "SUP-00001",
        "VGlja2V0",
        "VGlja2V0OjEyMw",
        &me,
        &missing("Team"),
        &long,
        "\u{0}",
        "é",
    ] {
        let query = "query($id: ID!) { ticket(id: $id) { id } }";
        assert_eq!(
            carla.get(query, json!({ "id": id })).await["ticket"],
            json!(null),
            "{id}"
        );
        let input = json!({ "ticketId": id, "body": "a" });
        assert_eq!(
            otto.user_error("replyToTicket", input).await,
            "NOT_FOUND",
            "{id}"
        );
    }
    let query = "query($id: ID!) { node(id: $id) { id } }";
    for id in [
        "",
        "x",
        "VGlja2V0OjEyMw",
        "\u{0}",
        &missing("Wombat"),
        &long,
    ] {
        assert_eq!(
            carla.get(query, json!({ "id": id })).await["node"],
            json!(null),
            "{id}"
        );
    }
    assert_eq!(
        carla.get(query, json!({ "id": ticket })).await["node"]["id"],
        ticket.as_str()
    );
}

on_both!(
    tickets_of_others,
    what_hangs_on_tickets_of_others,
    ids_that_are_none
);
