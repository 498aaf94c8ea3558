//! Repeated requests: a key makes them one.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use crate::common::{People, keyed, state, text, total};

/// Every mutation, done twice with one key: once done, twice answered.
async fn the_same_again(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let (id, me) = (carla.open_ticket("A ticket").await, susan.id().await);
    let on = |mut input: Value| {
        input["ticketId"] = json!(id);
        input
    };
    let ticket = "ticket { id } ";
    let steps: Vec<(&str, Value, &str)> = vec![
        (
            "createTicket",
            json!({ "subject": "a", "description": "b", "tags": ["c"] }),
            ticket,
        ),
        ("createCustomer", json!({ "name": "Walter" }), "user { id }"),
        (
            "upsertTeam",
            json!({ "name": "Returns", "memberIds": [me] }),
            "team { id }",
        ),
        (
            "addInternalNote",
            on(json!({ "body": "a note" })),
            "message { id } ticket { id }",
        ),
        (
            "replyToTicket",
            on(json!({ "body": "a reply" })),
            "message { id } ticket { id }",
        ),
        ("updateTicket", on(json!({ "priority": "HIGH" })), ticket),
        ("assignTicket", on(json!({ "assigneeId": me })), ticket),
        (
            "setCoAssignees",
            on(json!({ "coAssigneeIds": [alice.id().await] })),
            ticket,
        ),
        (
            "setTicketStatus",
            on(json!({ "status": "WAITING_ON_USER" })),
            ticket,
        ),
        ("resolveTicket", on(json!({ "notes": "done" })), ticket),
        ("reopenTicket", on(json!({})), ticket),
        (
            "resolveTicket",
            on(json!({ "notes": "done again" })),
            ticket,
        ),
        ("closeTicket", on(json!({})), ticket),
    ];
    for (number, (mutation, input, selection)) in steps.into_iter().enumerate() {
        let input = keyed(input, &format!("key {number}"));
        let first = susan.run(mutation, input.clone(), selection).await;
        let after = (
            state(&susan, &id).await,
            total(&susan, "queue").await,
            total(&susan, "users").await,
        );
        world.clock.advance(TimeDelta::seconds(5));
        let second = susan.run(mutation, input, selection).await;
        assert_eq!(first, second, "{mutation}");
        let now = (
            state(&susan, &id).await,
            total(&susan, "queue").await,
            total(&susan, "users").await,
        );
        assert_eq!(after, now, "{mutation}");
    }
    assert_eq!(total(&susan, "queue").await, 2);
    assert_eq!(total(&susan, "teams").await, 1);
}

/// A key belongs to one request of one person.
async fn another_input_or_another_person(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    let new = |subject: &str| keyed(json!({ "subject": subject, "description": "b" }), "k");
    let mine = carla.run("createTicket", new("a"), "ticket { id }").await;
    let id = text(&mine, "/ticket/id");
    let reused = [
        ("createTicket", new("other")),
        (
            "createTicket",
            keyed(
                json!({ "subject": "a", "description": "b", "priority": "HIGH" }),
                "k",
            ),
        ),
        (
            "createTicket",
            keyed(json!({ "subject": "a ", "description": "b" }), "k"),
        ),
        (
            "replyToTicket",
            keyed(json!({ "ticketId": id, "body": "a" }), "k"),
        ),
        ("closeTicket", keyed(json!({ "ticketId": id }), "k")),
    ];
    let before = state(&alice, &id).await;
    for (mutation, input) in reused {
        let payload = carla
            .attempt(mutation, input.clone(), "ticket { id }")
            .await;
        assert_eq!(
            payload["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED",
            "{mutation} {input}"
        );
        assert_eq!(payload["userErrors"][0]["field"], json!(["idempotencyKey"]));
        assert!(text(&payload, "/userErrors/0/message").contains("new key"));
        assert_eq!(payload["ticket"], Value::Null);
    }
    assert_eq!(state(&alice, &id).await, before);
    // Values that are left out are the same as their defaults.
    let spelled = json!({ "subject": "a", "description": "b", "priority": "MEDIUM", "source": "APP", "links": [] });
    let again = carla
        .run("createTicket", keyed(spelled, "k"), "ticket { id }")
        .await;
    assert_eq!(again, mine);
    // The same version that was expected is part of the input.
    let reply = json!({ "ticketId": id, "body": "a", "expectedVersion": 1 });
    carla
        .run("replyToTicket", keyed(reply.clone(), "k2"), "")
        .await;
    let repeated = carla
        .run("replyToTicket", keyed(reply, "k2"), "message { body }")
        .await;
    assert_eq!(repeated["message"]["body"], "a");
    let other = keyed(
        json!({ "ticketId": id, "body": "a", "expectedVersion": 2 }),
        "k2",
    );
    assert_eq!(
        carla.user_error("replyToTicket", other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );

    let theirs = otto
        .run("createTicket", new("a"), "ticket { id requester { name } }")
        .await;
    assert_ne!(theirs["ticket"]["id"], mine["ticket"]["id"]);
    assert_eq!(theirs["ticket"]["requester"]["name"], "Otto");
    assert_eq!(total(&alice, "queue").await, 2);
}

/// What was refused was not done: the key is free, also for another input.
async fn a_refused_request_leaves_its_key_free(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let bad = keyed(json!({ "subject": "", "description": "b" }), "k");
    assert_eq!(
        carla.user_error("createTicket", bad.clone()).await,
        "REQUIRED"
    );
    assert_eq!(carla.user_error("createTicket", bad).await, "REQUIRED");
    let good = keyed(json!({ "subject": "a", "description": "b" }), "k");
    let made = carla
        .run("createTicket", good.clone(), "ticket { id }")
        .await;
    assert_eq!(carla.run("createTicket", good, "ticket { id }").await, made);
    let id = text(&made, "/ticket/id");
    // A conflict, a state that does not allow it, a role that may not.
    let stale = keyed(
        json!({ "ticketId": id, "body": "x", "expectedVersion": 7 }),
        "k2",
    );
    assert_eq!(carla.user_error("replyToTicket", stale).await, "CONFLICT");
    let reopen = keyed(json!({ "ticketId": id }), "k2");
    assert_eq!(
        carla.user_error("reopenTicket", reopen.clone()).await,
        "ILLEGAL_TRANSITION"
    );
    let resolve = keyed(json!({ "ticketId": id }), "k2");
    assert_eq!(
        carla.ask_mutation("resolveTicket", resolve).await.code(),
        "FORBIDDEN"
    );
    alice
        .run("resolveTicket", json!({ "ticketId": id }), "")
        .await;
    carla.run("reopenTicket", reopen, "").await;
    let note = keyed(
        json!({ "ticketId": crate::common::missing("Ticket"), "body": "x" }),
        "k3",
    );
    assert_eq!(carla.user_error("replyToTicket", note).await, "NOT_FOUND");
    carla
        .run(
            "replyToTicket",
            keyed(json!({ "ticketId": id, "body": "x" }), "k3"),
            "",
        )
        .await;
}

/// A retry that comes when things have moved on changes nothing, and is no error.
async fn a_retry_after_things_moved_on(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let id = carla.open_ticket("A ticket").await;
    let on = json!({ "ticketId": id });
    let close = keyed(on.clone(), "close");
    carla.run("closeTicket", close.clone(), "").await;
    // Without the key that is a mistake, with it it is the same request.
    assert_eq!(
        carla.user_error("closeTicket", on.clone()).await,
        "ILLEGAL_TRANSITION"
    );
    let again = carla
        .run("closeTicket", close.clone(), "ticket { id status }")
        .await;
    assert_eq!(again["ticket"], json!({ "id": id, "status": "CLOSED" }));
    alice.run("reopenTicket", on.clone(), "").await;
    alice
        .run(
            "replyToTicket",
            json!({ "ticketId": id, "body": "We are back." }),
            "",
        )
        .await;
    let before = state(&alice, &id).await;
    // It is not closed a second time; the ticket is shown as it is now.
    let again = carla
        .run("closeTicket", close, "ticket { id status }")
        .await;
    assert_eq!(again["ticket"], json!({ "id": id, "status": "OPEN" }));
    assert_eq!(state(&alice, &id).await, before);
    // A reply that opened a ticket opens one, however often and late it is repeated.
    carla.run("closeTicket", on, "").await;
    world.clock.advance(TimeDelta::days(30));
    let reply = keyed(json!({ "ticketId": id, "body": "again" }), "late");
    let first = carla
        .run("replyToTicket", reply.clone(), "ticket { id number }")
        .await;
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(
        carla
            .run("replyToTicket", reply, "ticket { id number }")
            .await,
        first
    );
    assert_eq!(total(&alice, "queue").await, 2);
}

on_both!(
    the_same_again,
    another_input_or_another_person,
    a_refused_request_leaves_its_key_free,
    a_retry_after_things_moved_on,
);
