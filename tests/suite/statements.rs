//! A page costs a constant number of statements, however long it is and however busy the server.

use deskwire_tests::{Client, Person, World, on_both};
use serde_json::{Value, json};

const PAGE: &str = "query($first: Int) { queue(first: $first) { position nodes {
    number subject assignee { name } requester { name email } category { name } subjects { name }
    messages(first: 5) { nodes { body author { name } } } } } }";

/// What the must-hold of the foundation allows.
const ALLOWED: u64 = 8;

async fn fill(world: &World, tickets: usize) {
    let (carla, otto) = (world.client(Person::Carla), world.client(Person::Otto));
    let (alice, bob) = (world.client(Person::Alice), world.client(Person::Bob));
    let staff = [(&alice, alice.id().await), (&bob, bob.id().await)];
    for number in 0..tickets {
        let customer = if number % 3 == 0 { &otto } else { &carla };
        let about = if number % 2 == 0 {
            "complaint"
        } else {
            "account_issue"
        };
        let input = json!({ "subject": format!("Problem {number}"), "description": "It broke.",
            "subjects": [about, "general_inquiry"] });
        let opened = customer.run("createTicket", input, "ticket { id }").await;
        let id = opened["ticket"]["id"].clone();
        let (agent, me) = &staff[number % 2];
        agent
            .run(
                "assignTicket",
                json!({ "ticketId": id, "assigneeId": me }),
                "",
            )
            .await;
        for message in 0..6 {
            let who = if message % 2 == 0 { *agent } else { customer };
            let input = json!({ "ticketId": id, "body": format!("Message {message}") });
            who.run("replyToTicket", input, "").await;
        }
    }
}

fn check(page: &Value, tickets: usize) {
    let nodes = page["queue"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), tickets);
    for node in nodes {
        let bodies: Vec<_> = node["messages"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert_eq!(bodies.len(), 5);
        assert_eq!(bodies[0]["body"], "Message 5");
        assert!(
            bodies
                .iter()
                .all(|message| message["author"]["name"].is_string())
        );
        assert_eq!(node["subjects"][1]["name"], "General inquiry");
        assert!(node["assignee"]["name"].is_string() && node["requester"]["email"].is_string());
    }
}

/// The statements that one request takes when `at_once` of them run together.
async fn cost(world: &World, client: &Client, first: usize, at_once: usize) -> f64 {
    let before = world.statements();
    let asked = (0..at_once).map(|_| client.get(PAGE, json!({ "first": first })));
    for page in futures_util::future::join_all(asked).await {
        check(&page, first);
    }
    (world.statements() - before) as f64 / at_once as f64
}

async fn a_page_costs_a_constant_number_of_statements(world: World) {
    fill(&world, 50).await;
    let alice = world.client(Person::Alice);
    alice.get(PAGE, json!({ "first": 1 })).await;
    let few = cost(&world, &alice, 2, 1).await;
    let alone = cost(&world, &alice, 50, 1).await;
    // The follower of the log polls once a second: a busy run may count some of its statements.
    let busy = cost(&world, &alice, 50, 64).await;
    println!(
        "{:?}: statements per page of 50: {alone} alone, {busy:.2} at 64 at once",
        world.backend
    );
    assert!(
        alone <= ALLOWED as f64 && few <= ALLOWED as f64,
        "{few} {alone}"
    );
    assert!(busy <= ALLOWED as f64, "{busy}");
}

on_both!(a_page_costs_a_constant_number_of_statements);
