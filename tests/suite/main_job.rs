//! The whole main job: a ticket from open to closed, live on both sides.

use deskwire_tests::{Client, Person, World, on_both, postgres_or_skip};
use serde_json::{Value, json};

const QUEUE: &str = "subscription($after: String) { queue(after: $after) {
    position kind ticket { id number status assignee { name } messages(first: 1) { nodes { body internal } } } } }";
const TICKET: &str = "subscription($id: ID!) { ticket(id: $id) {
    position kind ticket { status assignee { name } } message { body internal author { name } authorRole } } }";

/// What a side was told: kind, status, and the message if there was one.
fn told(event: &Value) -> (String, String, Option<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let message = event["message"]["body"].as_str().map(str::to_owned);
    (
        text(&event["kind"]),
        text(&event["ticket"]["status"]),
        message,
    )
}

/// Customer and agent may talk to different servers on one database.
async fn main_job_at(customer: Client, agent: Client) {
    let mut queue = agent.socket().await;
    queue.subscribe(QUEUE, json!({})).await;
    assert_eq!(queue.event("queue").await["kind"], "READY");

    // The customer opens a ticket, and the agent sees it arrive.
    let input = json!({ "subject": "My order is late", "description": "Order 7 has not come.",
        "category": "buying", "links": [{ "kind": "order", "externalId": "7" }] });
    let ticket = customer
        .run("createTicket", input, "ticket { id number status priority source category { code } links { kind externalId } }")
        .await["ticket"]
        .clone();
    assert_eq!(ticket["number"], "SUP-00001");
    assert_eq!(ticket["status"], "OPEN");
    assert_eq!(ticket["priority"], "MEDIUM");
    assert_eq!(ticket["source"], "APP");
    assert_eq!(ticket["category"]["code"], "buying");
    assert_eq!(
        ticket["links"],
        json!([{ "kind": "order", "externalId": "7" }])
    );
    let id = ticket["id"].as_str().unwrap();
    let entered = queue.event("queue").await;
    assert_eq!(
        (&entered["kind"], &entered["ticket"]["id"]),
        (&json!("ENTERED"), &ticket["id"])
    );

    let mut follow = customer.socket().await;
    follow.subscribe(TICKET, json!({ "id": id })).await;
    assert_eq!(follow.event("ticket").await["kind"], "READY");

    // The agent takes it, writes a note and a reply.
    let me = agent.id().await;
    let input = json!({ "ticketId": id, "assigneeId": me });
    let taken = agent
        .run("assignTicket", input, "ticket { status assignee { name } }")
        .await;
    assert_eq!(
        taken["ticket"],
        json!({ "status": "IN_PROGRESS", "assignee": { "name": "Alice" } })
    );
    for _ in ["TICKET_ASSIGNED", "STATUS_CHANGED"] {
        assert_eq!(follow.event("ticket").await["kind"], "CHANGED");
        assert_eq!(queue.event("queue").await["kind"], "CHANGED");
    }
    let input = json!({ "ticketId": id, "body": "NOTE: the carrier lost it" });
    let note = agent
        .run(
            "addInternalNote",
            input,
            "message { internal body } ticket { version }",
        )
        .await;
    assert_eq!(note["message"]["internal"], true);
    let seen = queue.event("queue").await;
    assert_eq!(
        seen["ticket"]["messages"]["nodes"][0]["body"],
        "NOTE: the carrier lost it"
    );
    let input = json!({ "ticketId": id, "body": "We are looking into it." });
    agent
        .run(
            "replyToTicket",
            input,
            "message { id } ticket { firstResponseAt }",
        )
        .await;
    // The customer is told of the reply and never of the note.
    let event = follow.event("ticket").await;
    assert_eq!(event["message"]["body"], "We are looking into it.");
    assert_eq!(event["message"]["author"]["name"], "Alice");
    assert_eq!(event["message"]["authorRole"], "AGENT");
    assert_eq!(queue.event("queue").await["kind"], "CHANGED");

    // The agent waits, the customer answers.
    let input = json!({ "ticketId": id, "status": "WAITING_ON_USER" });
    agent
        .run("setTicketStatus", input, "ticket { status }")
        .await;
    assert_eq!(
        told(&follow.event("ticket").await),
        ("CHANGED".into(), "WAITING_ON_USER".into(), None)
    );
    let input = json!({ "ticketId": id, "body": "Any news?" });
    let answered = customer
        .run("replyToTicket", input, "ticket { status }")
        .await;
    assert_eq!(answered["ticket"]["status"], "IN_PROGRESS");
    let event = follow.event("ticket").await;
    assert_eq!(
        told(&event),
        (
            "MESSAGE_ADDED".into(),
            "IN_PROGRESS".into(),
            Some("Any news?".into())
        )
    );
    assert_eq!(follow.event("ticket").await["kind"], "CHANGED");

    // Resolved, reopened, resolved, closed.
    let resolve = json!({ "ticketId": id, "notes": "A new parcel is on its way." });
    let steps = [
        (&agent, "resolveTicket", resolve.clone(), "RESOLVED"),
        (
            &customer,
            "reopenTicket",
            json!({ "ticketId": id }),
            "IN_PROGRESS",
        ),
        (&agent, "resolveTicket", resolve, "RESOLVED"),
        (
            &customer,
            "closeTicket",
            json!({ "ticketId": id }),
            "CLOSED",
        ),
    ];
    for (who, step, input, status) in steps {
        let done = who.run(step, input, "ticket { status }").await;
        assert_eq!(done["ticket"]["status"], status, "{step}");
        assert_eq!(
            told(&follow.event("ticket").await),
            ("CHANGED".into(), status.into(), None)
        );
        let seen = queue
            .event_where("queue", |event| event["ticket"]["status"] == status)
            .await;
        assert_eq!(seen["kind"], "CHANGED", "{step}");
    }

    // What remains: the thread and the feed, as each side may see them.
    let query = "query($id: ID!) { ticket(id: $id) { status resolutionNotes viewerCan
        messages(order: OLDEST_FIRST) { totalCount nodes { body internal } }
        activity(first: 50) { totalCount nodes { kind actor { name } changes { field before after } } } } }";
    let theirs = customer.get(query, json!({ "id": id })).await["ticket"].clone();
    let ours = agent.get(query, json!({ "id": id })).await["ticket"].clone();
    assert_eq!(theirs["messages"]["totalCount"], 2);
    assert_eq!(ours["messages"]["totalCount"], 3);
    assert_eq!(ours["messages"]["nodes"][0]["internal"], true);
    let kinds = |ticket: &Value| {
        let nodes = ticket["activity"]["nodes"].as_array().unwrap();
        let mut kinds: Vec<_> = nodes
            .iter()
            .map(|node| node["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.reverse();
        kinds
    };
    let public = [
        "TICKET_CREATED",
        "TICKET_ASSIGNED",
        "STATUS_CHANGED",
        "REPLY_ADDED",
        "STATUS_CHANGED",
        "REPLY_ADDED",
        "STATUS_CHANGED",
        "TICKET_RESOLVED",
        "TICKET_REOPENED",
        "TICKET_RESOLVED",
        "TICKET_CLOSED",
    ];
    assert_eq!(kinds(&theirs), public);
    assert_eq!(theirs["activity"]["totalCount"], 11);
    assert_eq!(ours["activity"]["totalCount"], 12);
    assert!(kinds(&ours).contains(&"INTERNAL_NOTE_ADDED".to_owned()));
    assert_eq!(theirs["resolutionNotes"], "A new parcel is on its way.");
    assert_eq!(theirs["viewerCan"], json!(["REPLY", "REOPEN", "RATE"]));
}

async fn main_job(world: World) {
    main_job_at(world.client(Person::Carla), world.client(Person::Alice)).await;
}

on_both!(main_job);

/// The two sides talk to two server processes that share nothing but PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn main_job_over_two_processes() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(deskwire_tests::Backend::Postgres).await;
    let (one, two) = (world.process().await, world.process().await);
    let customer = world.client(Person::Carla).at(one.base());
    let agent = world.client(Person::Alice).at(two.base());
    main_job_at(customer, agent).await;
    assert_eq!(one.terminate().await, Some(0));
    assert_eq!(two.terminate().await, Some(0));
}
