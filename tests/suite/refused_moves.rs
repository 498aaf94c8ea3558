//! Moves that a ticket's life does not allow, each with what is possible instead.

use chrono::TimeDelta;
use deskwire_tests::{Client, Person, World, on_both};
use serde_json::{Value, json};

use crate::common::{People, state, text};

const STATUSES: [&str; 5] = [
    "OPEN",
    "IN_PROGRESS",
    "WAITING_ON_USER",
    "RESOLVED",
    "CLOSED",
];

/// What staff can set by hand, from each of [`STATUSES`].
const SETTABLE: [&[&str]; 5] = [
    &["IN_PROGRESS", "WAITING_ON_USER", "RESOLVED"],
    &["WAITING_ON_USER", "RESOLVED"],
    &["IN_PROGRESS", "RESOLVED"],
    &["IN_PROGRESS", "CLOSED"],
    &["IN_PROGRESS"],
];

/// A ticket of `customer` in `status`, with a public reply of staff.
async fn ticket_in(status: &str, customer: &Client, staff: &Client) -> String {
    let id = customer.open_ticket("A ticket").await;
    let steps: &[&str] = match status {
        "OPEN" => &[],
        "CLOSED" => &["RESOLVED", "CLOSED"],
        "IN_PROGRESS" => &["IN_PROGRESS"],
        "WAITING_ON_USER" => &["WAITING_ON_USER"],
        _ => &["RESOLVED"],
    };
    staff
        .run(
            "replyToTicket",
            json!({ "ticketId": id, "body": "Hello" }),
            "",
        )
        .await;
    for step in steps {
        staff
            .run(
                "setTicketStatus",
                json!({ "ticketId": id, "status": step }),
                "",
            )
            .await;
    }
    assert_eq!(state(staff, &id).await["status"], status);
    id
}

async fn refusal(who: &Client, mutation: &str, input: Value) -> (String, String) {
    let payload = who.attempt(mutation, input, "ticket { id }").await;
    assert_eq!(payload["ticket"], Value::Null, "{payload:#}");
    (
        text(&payload, "/userErrors/0/code"),
        text(&payload, "/userErrors/0/message"),
    )
}

async fn every_status_to_every_other(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    for (from, settable) in STATUSES.iter().zip(SETTABLE) {
        for to in STATUSES {
            let id = ticket_in(from, &carla, &alice).await;
            let before = state(&alice, &id).await;
            let input = json!({ "ticketId": id, "status": to });
            if settable.contains(&to) {
                let done = alice
                    .run("setTicketStatus", input, "ticket { status version }")
                    .await;
                assert_eq!(done["ticket"]["status"], to, "{from} to {to}");
                continue;
            }
            let (code, message) = refusal(&alice, "setTicketStatus", input).await;
            assert_eq!(code, "ILLEGAL_TRANSITION", "{from} to {to}");
            if *from == to {
                assert!(message.contains("already"), "{from} to {to}: {message}");
            } else {
                let (_, possible) = message.split_once("it can become ").unwrap();
                assert_eq!(
                    possible.trim_end_matches('.'),
                    settable.join(", "),
                    "{from} to {to}"
                );
            }
            assert_eq!(state(&alice, &id).await, before, "{from} to {to}");
        }
    }
}

async fn other_moves(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let me = alice.id().await;
    // Who does what in which status, and what is possible instead.
    let moves = [
        (&carla, "reopenTicket", "OPEN", "nothing to reopen"),
        (&alice, "reopenTicket", "IN_PROGRESS", "nothing to reopen"),
        (
            &carla,
            "reopenTicket",
            "WAITING_ON_USER",
            "nothing to reopen",
        ),
        (&alice, "closeTicket", "OPEN", "Resolve it before"),
        (&alice, "closeTicket", "IN_PROGRESS", "Resolve it before"),
        (
            &alice,
            "closeTicket",
            "WAITING_ON_USER",
            "Resolve it before",
        ),
        (&alice, "closeTicket", "CLOSED", "already"),
        (&carla, "closeTicket", "CLOSED", "already"),
        (&alice, "resolveTicket", "RESOLVED", "already"),
        (
            &alice,
            "resolveTicket",
            "CLOSED",
            "it can become IN_PROGRESS",
        ),
        (&alice, "replyToTicket", "CLOSED", "Reopen it before"),
        (&alice, "assignTicket", "CLOSED", "Reopen it before"),
    ];
    for (who, mutation, status, says) in moves {
        let id = ticket_in(status, &carla, &alice).await;
        let before = state(&alice, &id).await;
        let mut input = json!({ "ticketId": id });
        match mutation {
            "replyToTicket" => input["body"] = json!("a"),
            "assignTicket" => input["assigneeId"] = json!(me),
            _ => {}
        }
        let (code, message) = refusal(who, mutation, input).await;
        assert_eq!(code, "ILLEGAL_TRANSITION", "{mutation} {status}");
        assert!(message.contains(says), "{mutation} {status}: {message}");
        assert_eq!(state(&alice, &id).await, before, "{mutation} {status}");
    }
}

/// Waiting needs something to wait for, and neither a note nor the customer's own words are that.
async fn waiting_needs_a_public_reply(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let id = carla.open_ticket("A ticket").await;
    alice
        .run(
            "addInternalNote",
            json!({ "ticketId": id, "body": "hm" }),
            "",
        )
        .await;
    carla
        .run(
            "replyToTicket",
            json!({ "ticketId": id, "body": "hello?" }),
            "",
        )
        .await;
    let before = state(&alice, &id).await;
    let wait = json!({ "ticketId": id, "status": "WAITING_ON_USER" });
    let (code, message) = refusal(&alice, "setTicketStatus", wait.clone()).await;
    assert_eq!(code, "NEEDS_PUBLIC_REPLY");
    assert!(message.contains("Reply to the ticket first"), "{message}");
    assert_eq!(state(&alice, &id).await, before);
    alice
        .run(
            "replyToTicket",
            json!({ "ticketId": id, "body": "Which one?" }),
            "",
        )
        .await;
    let waiting = alice
        .run("setTicketStatus", wait, "ticket { status }")
        .await;
    assert_eq!(waiting["ticket"]["status"], "WAITING_ON_USER");
}

/// For fourteen days a customer can reopen; to the microsecond, and not longer.
async fn the_reopening_window(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let in_time = [
        (
            ticket_in("CLOSED", &carla, &alice).await,
            "reopenTicket",
            json!({}),
        ),
        (
            ticket_in("CLOSED", &carla, &alice).await,
            "replyToTicket",
            json!({ "body": "again" }),
        ),
    ];
    let late = ticket_in("CLOSED", &carla, &alice).await;
    world.clock.advance(TimeDelta::days(14));
    let on = |id: &str, mut input: Value| {
        input["ticketId"] = json!(id);
        input
    };
    for (id, mutation, input) in in_time {
        let done = carla
            .run(
                mutation,
                on(&id, input),
                "ticket { id status closedAt resolvedAt }",
            )
            .await;
        let expected = json!({ "id": id, "status": "OPEN", "closedAt": null, "resolvedAt": null });
        assert_eq!(done["ticket"], expected, "{mutation}");
    }
    world.clock.advance(TimeDelta::microseconds(1));
    let before = state(&alice, &late).await;
    let (code, message) = refusal(&carla, "reopenTicket", on(&late, json!({}))).await;
    assert_eq!(code, "REOPEN_WINDOW_PASSED");
    assert!(
        message.contains("14 days") && message.contains("Reply"),
        "{message}"
    );
    let query = "query($id: ID!) { ticket(id: $id) { viewerCan } }";
    let can = carla.get(query, json!({ "id": late })).await["ticket"]["viewerCan"].clone();
    assert_eq!(can, json!(["REPLY", "RATE"]));

    // A reply continues it in a new ticket; bad words do not.
    let (code, _) = refusal(&carla, "replyToTicket", on(&late, json!({ "body": " " }))).await;
    assert_eq!(code, "REQUIRED");
    let selection = "message { id } ticket { id number status description subject version
        followUpOf { id } messages { totalCount } activity { totalCount } }";
    let again = carla
        .run(
            "replyToTicket",
            on(&late, json!({ "body": "Still broken" })),
            selection,
        )
        .await;
    let ticket = &again["ticket"];
    assert_eq!(again["message"], Value::Null);
    assert_eq!(ticket["followUpOf"]["id"], late.as_str());
    let facts =
        ["number", "status", "description", "subject", "version"].map(|name| ticket[name].clone());
    let expected = [
        json!("SUP-00004"),
        json!("OPEN"),
        json!("Still broken"),
        json!("A ticket"),
        json!(1),
    ];
    assert_eq!(facts, expected);
    assert_eq!(ticket["messages"]["totalCount"], 0);
    assert_eq!(ticket["activity"]["totalCount"], 1);
    assert_eq!(state(&alice, &late).await, before);
    // Nobody else can do that, and staff can reopen at any time.
    let otto = world.client(Person::Otto);
    assert_eq!(
        refusal(&otto, "replyToTicket", on(&late, json!({ "body": "a" })))
            .await
            .0,
        "NOT_FOUND"
    );
    alice.run("reopenTicket", on(&late, json!({})), "").await;
}

on_both!(
    every_status_to_every_other,
    other_moves,
    waiting_needs_a_public_reply,
    the_reopening_window
);
