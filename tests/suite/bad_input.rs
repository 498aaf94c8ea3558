//! Wrong ids and lists in mutations: each has its user error, and nothing is written.

use deskwire_tests::{Client, World, on_both};
use serde_json::{Map, Value, json};

use crate::common::{People, missing, state, text};

/// A mutation, its input, and the first user error: code, field, and something that its message says.
pub type Row = (
    &'static str,
    Value,
    &'static str,
    &'static str,
    &'static str,
);

/// `base` with more fields.
pub fn with(base: &Value, more: Value) -> Value {
    let mut all: Map<String, Value> = base.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    Value::Object(all)
}

/// Everything that one must not be able to change with a refused mutation.
async fn whole_state(staff: &Client, ticket: &str) -> Value {
    let counts = "{ queue { totalCount } users { totalCount } teams { totalCount nodes { name members { id } } } }";
    json!([
        state(staff, ticket).await,
        staff.get(counts, json!({})).await
    ])
}

/// Runs what must be refused, and looks whether anything was written.
pub async fn refused(who: &Client, ticket: &str, rows: Vec<Row>) {
    let before = whole_state(who, ticket).await;
    for (mutation, input, code, field, says) in rows {
        let payload = who.attempt(mutation, input.clone(), "").await;
        let error = &payload["userErrors"][0];
        let path: Vec<&str> = error["field"].as_array().map_or(Vec::new(), |path| {
            path.iter().map(|part| part.as_str().unwrap()).collect()
        });
        let shown: String = input.to_string().chars().take(300).collect();
        assert_eq!(
            (error["code"].as_str(), path.join(".").as_str()),
            (Some(code), field),
            "{mutation} {shown}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{mutation} {shown}: {message}");
    }
    assert_eq!(whole_state(who, ticket).await, before);
}

async fn ids_and_lists(world: World) {
    let People {
        carla, bob, susan, ..
    } = People::of(&world);
    let (customer, bob_id) = (carla.id().await, bob.id().await);
    let ticket = carla.open_ticket("Fine").await;
    let team = json!({ "name": "Returns", "memberIds": [] });
    let team = text(
        &susan.run("upsertTeam", team, "team { id }").await,
        "/team/id",
    );
    let on = json!({ "ticketId": ticket });
    let new = json!({ "subject": "a", "description": "b" });
    let mut rows: Vec<Row> = Vec::new();
    for wrong in [
        missing("Ticket"),
        customer.clone(),
        team.clone(),
        "x".to_owned(),
        String::new(),
    ] {
        for (mutation, more) in ticket_mutations(&bob_id) {
            rows.push((
                mutation,
                with(&json!({ "ticketId": wrong }), more),
                "NOT_FOUND",
                "ticketId",
                "Check the id",
            ));
        }
    }
    for wrong in [
        missing("User"),
        ticket.clone(),
        team.clone(),
        "x".to_owned(),
    ] {
        rows.push((
            "createTicket",
            with(&new, json!({ "requesterId": wrong })),
            "NOT_FOUND",
            "requesterId",
            "no such person",
        ));
        rows.push((
            "assignTicket",
            with(&on, json!({ "assigneeId": wrong })),
            "NOT_FOUND",
            "assigneeId",
            "no such person",
        ));
        rows.push((
            "setCoAssignees",
            with(&on, json!({ "coAssigneeIds": [bob_id, wrong] })),
            "NOT_FOUND",
            "coAssigneeIds",
            "no such person",
        ));
        let members = json!({ "name": "New", "memberIds": [bob_id, wrong] });
        rows.push((
            "upsertTeam",
            members,
            "NOT_FOUND",
            "memberIds",
            "no such person",
        ));
    }
    for wrong in [
        missing("Team"),
        ticket.clone(),
        customer.clone(),
        "x".to_owned(),
    ] {
        rows.push((
            "updateTicket",
            with(&on, json!({ "teamId": wrong })),
            "NOT_FOUND",
            "teamId",
            "no such team",
        ));
        rows.push((
            "upsertTeam",
            json!({ "id": wrong, "name": "New", "memberIds": [] }),
            "NOT_FOUND",
            "id",
            "no such team",
        ));
    }
    for code in ["wombat", "Buying ", "", "1", "buying'--", "a\u{0}b"] {
        rows.push((
            "createTicket",
            with(&new, json!({ "category": code })),
            "INVALID",
            "category",
            "categories",
        ));
        rows.push((
            "updateTicket",
            with(&on, json!({ "category": code })),
            "INVALID",
            "category",
            "categories",
        ));
    }
    let many: Vec<String> = (0..21).map(|number| format!("tag{number}")).collect();
    let links = vec![json!({ "kind": "order", "externalId": "7" }); 21];
    let people: Vec<String> = (0..21).map(person).collect();
    rows.extend([
        (
            "createTicket",
            with(&new, json!({ "tags": many })),
            "TOO_LONG",
            "tags",
            "at most 20",
        ),
        (
            "updateTicket",
            with(&on, json!({ "tags": many })),
            "TOO_LONG",
            "tags",
            "at most 20",
        ),
        (
            "createTicket",
            with(&new, json!({ "links": links })),
            "TOO_LONG",
            "links",
            "at most 20",
        ),
        (
            "setCoAssignees",
            with(&on, json!({ "coAssigneeIds": people })),
            "TOO_LONG",
            "coAssigneeIds",
            "at most 20",
        ),
        (
            "assignTicket",
            with(&on, json!({ "assigneeId": customer })),
            "NOT_ASSIGNABLE",
            "assigneeId",
            "pick an agent",
        ),
        (
            "setCoAssignees",
            with(&on, json!({ "coAssigneeIds": [customer] })),
            "NOT_ASSIGNABLE",
            "coAssigneeIds",
            "pick an agent",
        ),
        (
            "upsertTeam",
            json!({ "name": "New", "memberIds": [customer] }),
            "NOT_ASSIGNABLE",
            "memberIds",
            "made of staff",
        ),
        (
            "upsertTeam",
            json!({ "name": " Returns ", "memberIds": [] }),
            "TAKEN",
            "name",
            "Choose another name",
        ),
    ]);
    for version in [0, 2, -1, i32::MAX, i32::MIN] {
        for (mutation, more) in ticket_mutations(&bob_id) {
            let input = with(&with(&on, more), json!({ "expectedVersion": version }));
            rows.push((
                mutation,
                input,
                "CONFLICT",
                "expectedVersion",
                "Load it again",
            ));
        }
    }
    refused(&susan, &ticket, rows).await;
    // A team may keep its own name.
    let again = json!({ "id": team, "name": "Returns", "memberIds": [bob_id] });
    susan.run("upsertTeam", again, "").await;
}

/// Every mutation on a ticket with an input that would do.
fn ticket_mutations(staff: &str) -> [(&'static str, Value); 9] {
    [
        ("replyToTicket", json!({ "body": "a" })),
        ("addInternalNote", json!({ "body": "a" })),
        ("updateTicket", json!({ "priority": "URGENT" })),
        ("setTicketStatus", json!({ "status": "IN_PROGRESS" })),
        ("resolveTicket", json!({})),
        ("closeTicket", json!({})),
        ("reopenTicket", json!({})),
        ("assignTicket", json!({ "assigneeId": staff })),
        ("setCoAssignees", json!({ "coAssigneeIds": [staff] })),
    ]
}

/// The id of somebody who is not there.
fn person(number: u32) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(format!("User:01890a5d-ac96-774b-bcce-b3020999{number:04}"))
}

on_both!(ids_and_lists);
