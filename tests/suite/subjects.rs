//! Subjects of tickets: given, changed, listed, filtered by, followed.

use chrono::TimeDelta;
use deskwire_tests::{Client, World, on_both};
use entity::{ticket, ticket_subject};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::{
    bad_input::{Row, refused, with},
    common::{People, keyed, state, text},
};

const TICKET: &str = "ticket { id number version subjects { id code name } }";

/// The codes of a ticket's subjects, in their order.
fn codes(ticket: &Value) -> Vec<&str> {
    let subjects = ticket["subjects"].as_array().unwrap().iter();
    subjects
        .map(|subject| subject["code"].as_str().unwrap())
        .collect()
}

/// Opens a ticket with these subjects.
async fn open(who: &Client, subjects: Value) -> Value {
    let input =
        json!({ "subject": "My passport", "description": "is gone.", "subjects": subjects });
    who.run("createTicket", input, TICKET).await["ticket"].clone()
}

/// The numbers of the tickets in the queue of this filter.
async fn queue(staff: &Client, subjects: &[&str]) -> Vec<String> {
    let query = "query($filter: QueueFilter) {
        queue(filter: $filter, orderBy: NEWEST) { totalCount nodes { number } } }";
    let filter = json!({ "filter": { "subject": subjects } });
    let found = staff.get(query, filter).await["queue"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len());
    let numbers = nodes.iter().map(|node| text(node, "/number"));
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort();
    numbers
}

/// What the newest entry of the feed says of the subjects, as somebody sees it: before and after.
async fn newest_change(who: &Client, ticket: &Value) -> Value {
    let query = "query($id: ID!) { ticket(id: $id) { activity(first: 1) {
        nodes { kind changes { field before after } } } } }";
    let found = who.get(query, json!({ "id": ticket["id"] })).await;
    found["ticket"]["activity"]["nodes"][0].clone()
}

/// The rows by which tickets are found say the same as the tickets' own.
async fn rows_and_copies_agree(world: &World) {
    let db = world.server().desk().db().read();
    let tickets = ticket::Entity::find().all(db).await.unwrap();
    let mut copies: Vec<_> = tickets
        .iter()
        .flat_map(|row| {
            let subjects = (0..).zip(&row.subjects.0);
            subjects.map(|(position, &subject)| (row.id, position, subject))
        })
        .collect();
    let rows = ticket_subject::Entity::find().all(db).await.unwrap();
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| (row.ticket_id, row.position, row.subject_id))
        .collect();
    copies.sort();
    rows.sort();
    assert!(!rows.is_empty());
    assert_eq!(rows, copies);
}

async fn they_are_given_changed_and_found(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let shipped = "{ subjects { totalCount nodes { id code name } } }";
    let shipped = carla.get(shipped, json!({})).await["subjects"].clone();
    assert_eq!(shipped["totalCount"], 5);
    let name = |place: usize| {
        (
            &shipped["nodes"][place]["code"],
            &shipped["nodes"][place]["name"],
        )
    };
    assert_eq!(name(0), (&json!("account_issue"), &json!("Account issue")));
    assert_eq!(name(4), (&json!("complaint"), &json!("Complaint")));

    // The customer says what it is about; the first is the primary one, whatever the list's order.
    let one = open(&carla, json!(["document_request", "account_issue"])).await;
    assert_eq!(codes(&one), ["document_request", "account_issue"]);
    let two = open(&carla, json!(["complaint"])).await;
    let none = open(&carla, Value::Null).await;
    assert_eq!(codes(&none), Vec::<&str>::new());
    let numbers = |tickets: &[&Value]| -> Vec<String> {
        let numbers = tickets.iter().map(|ticket| text(ticket, "/number"));
        numbers.collect()
    };
    assert_eq!(queue(&alice, &["account_issue"]).await, numbers(&[&one]));
    let either = ["account_issue", "document_request", "complaint"];
    assert_eq!(queue(&alice, &either).await, numbers(&[&one, &two]));
    assert_eq!(queue(&alice, &["technical_support"]).await, numbers(&[]));
    assert_eq!(queue(&alice, &[]).await, numbers(&[&one, &two, &none]));

    // Each can be loaded again by its id.
    let id = &one["subjects"][1]["id"];
    let node = "query($id: ID!) { node(id: $id) { id __typename ... on Subject { code } } }";
    assert_eq!(
        carla.get(node, json!({ "id": id })).await["node"],
        json!({ "id": id, "__typename": "Subject", "code": "account_issue" })
    );

    // Staff change them: what is left out stays, and so it does with null.
    let change = async |subjects: Value| {
        let input = with(&json!({ "ticketId": one["id"] }), subjects);
        let changed = alice.run("updateTicket", input, TICKET).await;
        changed["ticket"].clone()
    };
    for same in [
        json!({}),
        json!({ "subjects": null }),
        json!({ "subjects": ["document_request", "account_issue"] }),
    ] {
        assert_eq!(change(same.clone()).await, one, "{same}");
    }
    let turned = change(json!({ "subjects": ["account_issue", "document_request"] })).await;
    assert_eq!(codes(&turned), ["account_issue", "document_request"]);
    assert_eq!(turned["version"], 2, "their order counts");
    let five = [
        "complaint",
        "general_inquiry",
        "technical_support",
        "document_request",
        "account_issue",
    ];
    assert_eq!(codes(&change(json!({ "subjects": five })).await), five);
    rows_and_copies_agree(&world).await;
    let other = change(json!({ "subjects": ["complaint", "account_issue"] })).await;
    assert_eq!(codes(&other), ["complaint", "account_issue"]);
    assert_eq!(queue(&alice, &["document_request"]).await, numbers(&[]));
    rows_and_copies_agree(&world).await;

    // The customer is told, by names.
    let before = "Complaint, General inquiry, Technical support, Document request, Account issue";
    let told = json!({ "kind": "TICKET_UPDATED", "changes": [
        { "field": "subjects", "before": before, "after": "Complaint, Account issue" }] });
    for who in [&carla, &alice] {
        assert_eq!(newest_change(who, &one).await, told);
    }
    assert_eq!(
        codes(&change(json!({ "subjects": [] })).await),
        Vec::<&str>::new()
    );
    let told = newest_change(&carla, &one).await;
    assert_eq!(told["changes"][0]["after"], Value::Null);
    assert_eq!(queue(&susan, &["complaint"]).await, numbers(&[&two]));
    rows_and_copies_agree(&world).await;
}

async fn a_subject_is_there_as_soon_as_it_is_configured(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    // The shipped ones are in memory from here on.
    open(&carla, json!(["complaint"])).await;
    let sql = "INSERT INTO subject (id, code, name, position) SELECT ID, 'travel', 'Travel', 15";
    let db = world.server().desk().db();
    let id = if db.is_postgres() {
        "gen_random_uuid()"
    } else {
        "randomblob(16)"
    };
    db.admin()
        .execute_unprepared(&sql.replace("ID", id))
        .await
        .unwrap();
    let ticket = open(&carla, json!(["travel", "complaint"])).await;
    assert_eq!(codes(&ticket), ["travel", "complaint"]);
    assert_eq!(queue(&alice, &["travel"]).await, [text(&ticket, "/number")]);
    let list = carla
        .get("{ subjects { nodes { code } } }", json!({}))
        .await;
    assert_eq!(
        list["subjects"]["nodes"][1]["code"], "travel",
        "by position"
    );
}

async fn a_queue_of_a_subject_is_followed(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let mut socket = alice.socket().await;
    let follow = "subscription($filter: QueueFilter) { queue(filter: $filter) {
        kind ticket { number subjects { code } } } }";
    let filter = json!({ "filter": { "subject": ["complaint", "general_inquiry"] } });
    socket.subscribe(follow, filter).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    open(&carla, json!(["account_issue"])).await;
    let ticket = open(&carla, json!(["account_issue", "complaint"])).await;
    let steps: [(Value, &str); 4] = [
        (json!(["general_inquiry"]), "CHANGED"),
        (json!(["technical_support"]), "LEFT"),
        (json!(["technical_support", "complaint"]), "ENTERED"),
        (json!([]), "LEFT"),
    ];
    let entered = socket.event("queue").await;
    assert_eq!(
        (&entered["kind"], &entered["ticket"]["number"]),
        (&json!("ENTERED"), &ticket["number"])
    );
    assert_eq!(codes(&entered["ticket"]), ["account_issue", "complaint"]);
    for (subjects, kind) in steps {
        let input = json!({ "ticketId": ticket["id"], "subjects": subjects });
        alice.run("updateTicket", input, "").await;
        let event = socket.event("queue").await;
        assert_eq!(
            (&event["kind"], &event["ticket"]["number"]),
            (&json!(kind), &ticket["number"]),
            "{subjects}"
        );
        assert_eq!(json!(codes(&event["ticket"])), subjects);
    }
}

async fn a_follow_up_keeps_them(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = open(&carla, json!(["document_request", "complaint"])).await;
    alice
        .run("resolveTicket", json!({ "ticketId": ticket["id"] }), "")
        .await;
    alice
        .run("closeTicket", json!({ "ticketId": ticket["id"] }), "")
        .await;
    world.clock.advance(TimeDelta::days(60));
    let input = json!({ "ticketId": ticket["id"], "body": "It is gone again." });
    let reply = carla.run("replyToTicket", input, TICKET).await;
    assert_ne!(reply["ticket"]["id"], ticket["id"]);
    assert_eq!(codes(&reply["ticket"]), ["document_request", "complaint"]);
    assert_eq!(queue(&alice, &["document_request"]).await.len(), 2);
    rows_and_copies_agree(&world).await;
}

async fn mistakes(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let ticket = open(&carla, json!(["complaint"])).await;
    let new = json!({ "subject": "a", "description": "b" });
    let on = json!({ "ticketId": ticket["id"] });
    let six = json!(["a", "b", "c", "d", "e", "f"]);
    let long = "x".repeat(100_000);
    let mut wrong = vec![
        (six, "TOO_LONG", "at most 5"),
        (json!(["complaint", "complaint"]), "INVALID", "once"),
        (json!(["wombat", "wombat"]), "INVALID", "once"),
        (json!(["complaint", "wombat"]), "INVALID", "Ask `subjects`"),
    ];
    for code in [
        "",
        "Complaint",
        "complaint ",
        "bug",
        "x'--",
        "a\u{0}b",
        &long,
    ] {
        wrong.push((json!([code]), "INVALID", "Ask `subjects`"));
    }
    let mut rows: Vec<Row> = Vec::new();
    for (codes, code, says) in wrong {
        let more = json!({ "subjects": codes });
        rows.push((
            "createTicket",
            with(&new, more.clone()),
            code,
            "subjects",
            says,
        ));
        rows.push(("updateTicket", with(&on, more), code, "subjects", says));
    }
    let id = text(&ticket, "/id");
    refused(&susan, &id, rows).await;
    // All that can be seen to be wrong is said at once.
    let input = json!({ "subject": "", "description": "b", "subjects": ["a", "a"] });
    let errors = carla.attempt("createTicket", input, "").await["userErrors"].clone();
    let fields = errors.as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|error| error["field"].clone()).collect();
    assert_eq!(fields, [json!(["subject"]), json!(["subjects"])]);
    // Customers do not sort tickets once they are open.
    let before = state(&susan, &id).await;
    let input = with(&on, json!({ "subjects": [] }));
    let answer = carla.ask_mutation("updateTicket", input).await;
    assert_eq!(answer.code(), "FORBIDDEN");
    assert_eq!(state(&susan, &id).await, before);
    // A key is bound to the subjects as well.
    let with_key = |subjects: Value| keyed(with(&new, json!({ "subjects": subjects })), "key");
    let first = carla
        .run("createTicket", with_key(json!(["complaint"])), TICKET)
        .await;
    let again = carla
        .run("createTicket", with_key(json!(["complaint"])), TICKET)
        .await;
    assert_eq!(first, again);
    let other = with_key(json!(["account_issue"]));
    assert_eq!(
        carla.user_error("createTicket", other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
}

on_both!(
    they_are_given_changed_and_found,
    a_subject_is_there_as_soon_as_it_is_configured,
    a_queue_of_a_subject_is_followed,
    a_follow_up_keeps_them,
    mistakes
);
