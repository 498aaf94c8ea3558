//! Following the log: resuming, entering and leaving, being told to start over.

use deskwire_tests::{Backend, Person, Socket, World, eventually, on_both, postgres_or_skip};
use serde_json::{Value, json};

const FOLLOW: &str = "subscription($filter: QueueFilter, $after: String) {
    queue(filter: $filter, after: $after) { position kind ticket { id number status priority } } }";

async fn follow(socket: &mut Socket, filter: Value, after: Option<&str>) -> Value {
    socket
        .subscribe(FOLLOW, json!({ "filter": filter, "after": after }))
        .await;
    socket.event("queue").await
}

fn kind(event: &Value) -> &str {
    event["kind"].as_str().unwrap()
}

async fn a_filtered_queue_is_entered_and_left(world: World) {
    let (carla, susan) = (world.client(Person::Carla), world.client(Person::Susan));
    let mut socket = susan.socket().await;
    let urgent = json!({ "priority": ["URGENT"], "status": ["OPEN", "IN_PROGRESS"] });
    assert_eq!(kind(&follow(&mut socket, urgent, None).await), "READY");
    let other = carla.open_ticket("Not urgent").await;
    let id = carla.open_ticket("Becomes urgent").await;
    let set = |priority| json!({ "ticketId": id, "priority": priority });
    susan.run("updateTicket", set("URGENT"), "").await;
    let event = socket.event("queue").await;
    assert_eq!(
        (kind(&event), &event["ticket"]["id"]),
        ("ENTERED", &json!(id)),
        "{other} is not in it"
    );
    susan
        .run(
            "updateTicket",
            json!({ "ticketId": id, "tags": ["vip"] }),
            "",
        )
        .await;
    assert_eq!(kind(&socket.event("queue").await), "CHANGED");
    susan.run("updateTicket", set("LOW"), "").await;
    let event = socket.event("queue").await;
    assert_eq!((kind(&event), &event["ticket"]["id"]), ("LEFT", &json!(id)));
    susan.run("updateTicket", set("URGENT"), "").await;
    assert_eq!(kind(&socket.event("queue").await), "ENTERED");
    carla
        .run("closeTicket", json!({ "ticketId": id }), "")
        .await;
    assert_eq!(kind(&socket.event("queue").await), "LEFT");
}

async fn what_was_missed_is_replayed(world: World) {
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let first = carla.open_ticket("First").await;
    let page = "{ queue { position nodes { id } } }";
    // The answer's position may be a little behind its rows, never ahead of them.
    let data = alice.get(page, json!({})).await;
    assert_eq!(data["queue"]["nodes"][0]["id"], json!(first));
    let mut position = data["queue"]["position"].as_str().unwrap().to_owned();

    let mut socket = alice.socket().await;
    let ready = follow(&mut socket, json!({}), Some(&position)).await;
    assert_eq!(
        (kind(&ready), ready["position"].as_str()),
        ("READY", Some(position.as_str()))
    );
    let second = carla.open_ticket("Second").await;
    let seen = socket
        .event_where("queue", |event| event["ticket"]["id"] == json!(second))
        .await;
    assert_eq!(kind(&seen), "ENTERED");
    position = seen["position"].as_str().unwrap().to_owned();
    socket.cut();

    // While nobody listens, much happens.
    let mut missed = Vec::new();
    for number in 0..20 {
        missed.push(carla.open_ticket(&format!("Missed {number}")).await);
    }
    let mut socket = alice.socket().await;
    assert_eq!(
        kind(&follow(&mut socket, json!({}), Some(&position)).await),
        "READY"
    );
    for id in &missed {
        let event = socket.event("queue").await;
        assert_eq!(
            (kind(&event), &event["ticket"]["id"]),
            ("ENTERED", &json!(id))
        );
    }
    // And it goes on live.
    let last = carla.open_ticket("Last").await;
    assert_eq!(socket.event("queue").await["ticket"]["id"], json!(last));
}

/// A position ahead of the log belongs to a database that is not this one.
async fn whoever_cannot_be_told_all_is_told_to_start_over(world: World) {
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    carla.open_ticket("One").await;
    let ahead = domain::Position {
        xid: i64::from(u32::MAX),
        seq: 1 << 40,
    }
    .encode();
    let mut socket = alice.socket().await;
    assert_eq!(
        kind(&follow(&mut socket, json!({}), Some(&ahead)).await),
        "READY"
    );
    let event = socket.event("queue").await;
    assert_eq!((kind(&event), &event["ticket"]), ("RESYNC", &Value::Null));
    // The stream goes on from there.
    let id = carla.open_ticket("Two").await;
    socket
        .event_where("queue", |event| event["ticket"]["id"] == json!(id))
        .await;
}

/// Whoever missed more than the server replays is told so, and goes on from the present.
async fn too_much_missed_is_a_resync(world: World) {
    let carla = world.client(Person::Carla);
    let settings = domain::Settings {
        replay_limit: 600,
        ..domain::Settings::default()
    };
    let db = world.server().desk().db().clone();
    let desk = domain::Desk::open(db, world.clock.clone(), settings)
        .await
        .unwrap();
    let id = carla.open_ticket("Chatty").await;
    let start = desk.hub().head().encode();
    for _ in 0..700 {
        let input = json!({ "ticketId": id, "body": "And another thing" });
        carla.run("replyToTicket", input, "").await;
    }
    eventually("the desk has read the log", async || {
        desk.hub().head() >= world.server().desk().hub().head()
    })
    .await;
    let agent = domain::Actor {
        id: uuid::Uuid::nil().into(),
        role: entity::Role::Agent,
    };
    let filter = domain::QueueFilter::default();
    let changes = desk
        .follow_queue(agent, filter, Some(&start))
        .await
        .unwrap();
    futures_util::pin_mut!(changes);
    let mut kinds = Vec::new();
    while !kinds.contains(&domain::live::QueueChangeKind::Resync) {
        kinds.push(
            futures_util::StreamExt::next(&mut changes)
                .await
                .unwrap()
                .unwrap()
                .kind,
        );
    }
    assert!(kinds.len() >= 600, "replayed {} first", kinds.len());
}

async fn a_stranger_cannot_follow_a_ticket(world: World) {
    let (carla, otto) = (world.client(Person::Carla), world.client(Person::Otto));
    let id = carla.open_ticket("Mine").await;
    let query = "subscription($id: ID!) { ticket(id: $id) { kind } }";
    let mut answers = Vec::new();
    for id in [
        id.as_str(),
        "VGlja2V0OjAxOTNhZmZmYWZmZjcwMDA4MDAwMDAwMDAwMDAwMDAw",
        "rubbish",
    ] {
        let mut socket = otto.socket().await;
        socket.subscribe(query, json!({ "id": id })).await;
        answers.push(socket.receive().await.unwrap());
    }
    assert!(
        answers[0].to_string().contains("There is no such ticket"),
        "{:#}",
        answers[0]
    );
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
}

on_both!(
    a_filtered_queue_is_entered_and_left,
    what_was_missed_is_replayed,
    whoever_cannot_be_told_all_is_told_to_start_over,
    too_much_missed_is_a_resync,
    a_stranger_cannot_follow_a_ticket,
);

/// Two servers on one database see one another's changes, in the order of each ticket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_on_two_servers_keep_each_tickets_order() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let second = world.second_server().await;
    let there = format!("http://{}", second.address());
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let mut tickets = Vec::new();
    for number in 0..4 {
        tickets.push(carla.open_ticket(&format!("Busy {number}")).await);
    }
    let mut here_socket = alice.socket().await;
    let mut there_socket = alice.at(&there).socket().await;
    let watch = "subscription { queue { kind position ticket { id version } } }";
    for socket in [&mut here_socket, &mut there_socket] {
        socket.subscribe(watch, json!({})).await;
        assert_eq!(kind(&socket.event("queue").await), "READY");
    }
    let each = 15;
    let writers = tickets.iter().flat_map(|id| {
        [
            carla.clone(),
            alice.at(&there),
            alice.clone(),
            carla.at(&there),
        ]
        .map(|writer| async move {
            for number in 0..each {
                // A key makes each write touch another row before the ticket's: the order must not
                // depend on who began to write first.
                let input = json!({ "ticketId": id, "body": format!("{number}"),
                    "idempotencyKey": uuid::Uuid::new_v4().to_string() });
                writer.run("replyToTicket", input, "").await;
            }
        })
    });
    futures_util::future::join_all(writers).await;
    let expected = tickets.len() * 4 * each;
    let mut seen = Vec::new();
    for socket in [&mut here_socket, &mut there_socket] {
        let mut positions = Vec::new();
        for _ in 0..expected {
            let event = socket.event("queue").await;
            positions.push(event["position"].as_str().unwrap().to_owned());
        }
        seen.push(positions);
    }
    assert_eq!(seen[0], seen[1], "both servers tell the same story");
    // The log itself: within a ticket the versions only grow.
    for id in &tickets {
        let feed = "query($id: ID!) { ticket(id: $id) { version activity(first: 100) { nodes { at kind } totalCount } } }";
        let ticket = alice.get(feed, json!({ "id": id })).await["ticket"].clone();
        assert_eq!(ticket["version"], 1 + 4 * each);
        assert_eq!(ticket["activity"]["totalCount"], 1 + 4 * each);
    }
    let db = world.server().desk().db().read().clone();
    let rows = sea_orm::ConnectionTrait::query_all_raw(
        &db,
        sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            "SELECT count(*) AS wrong FROM (SELECT ticket_version, lag(ticket_version) OVER \
             (PARTITION BY ticket_id ORDER BY xid, seq) AS before FROM event) AS log \
             WHERE ticket_version < before",
        ),
    );
    let wrong: i64 = rows.await.unwrap()[0].try_get("", "wrong").unwrap();
    assert_eq!(
        wrong, 0,
        "the log order of a ticket is the order of its versions"
    );
    second.stop().await.unwrap();
}

/// A ticket's follower catches up with that ticket alone, however much happened elsewhere.
async fn a_quiet_ticket_is_resumed_past_a_busy_desk(world: World) {
    let (carla, otto) = (world.client(Person::Carla), world.client(Person::Otto));
    let settings = domain::Settings {
        replay_limit: 100,
        ..domain::Settings::default()
    };
    let db = world.server().desk().db().clone();
    let desk = domain::Desk::open(db.clone(), world.clock.clone(), settings)
        .await
        .unwrap();
    let quiet = carla.open_ticket("Quiet").await;
    let row = <entity::ticket::Entity as sea_orm::EntityTrait>::find()
        .one(db.read())
        .await
        .unwrap()
        .unwrap();
    let start = world.server().desk().hub().head().encode();
    let busy = otto.open_ticket("Busy").await;
    for number in 0..200 {
        let input = json!({ "ticketId": busy, "body": format!("{number}") });
        otto.run("replyToTicket", input, "").await;
    }
    carla
        .run(
            "replyToTicket",
            json!({ "ticketId": quiet, "body": "missed" }),
            "",
        )
        .await;
    let actor = domain::Actor {
        id: row.requester_id,
        role: entity::Role::Customer,
    };
    let changes = desk
        .follow_ticket(actor, row.id, Some(&start))
        .await
        .unwrap();
    futures_util::pin_mut!(changes);
    let mut kinds = Vec::new();
    while !kinds.contains(&domain::live::ChangeKind::MessageAdded) {
        kinds.push(
            futures_util::StreamExt::next(&mut changes)
                .await
                .unwrap()
                .unwrap()
                .kind,
        );
    }
    assert!(
        !kinds.contains(&domain::live::ChangeKind::Resync),
        "{kinds:?}"
    );
}

on_both!(a_quiet_ticket_is_resumed_past_a_busy_desk);
