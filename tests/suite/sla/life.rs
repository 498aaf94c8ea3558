//! What else falls due: follow-up, automatic close, tickets that nobody touches, people who are away.
//! And what a live dashboard sees of it.

use deskwire_tests::{World, on_both, telling};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::scene::Scene;

/// Who is mailed about deadlines, as "kind to whom", sorted.
async fn mailed(scene: &Scene) -> Vec<String> {
    let desk = scene.world.server().desk();
    telling::plan_all(desk, telling::rules()).await;
    let db = desk.db().read();
    let people = entity::user::Entity::find().all(db).await.unwrap();
    let rows = entity::delivery::Entity::find().all(db).await.unwrap();
    let mails = rows.into_iter().filter_map(|row| {
        let kind = row.kind.unwrap().as_str();
        let person = people.iter().find(|person| Some(person.id) == row.user_id);
        let to = person.map_or(row.address, |person| Some(person.name.clone()));
        let about_time = ["FOLLOW_UP", "UNATTENDED", "SLA_BREACH"].contains(&kind);
        about_time.then(|| format!("{kind} to {}", to.unwrap()))
    });
    let mut mails: Vec<_> = mails.collect();
    mails.sort();
    mails
}

/// Three days after the resolution the customer is asked again, after seven the ticket closes itself.
async fn follow_up_and_close(world: World) {
    let scene = Scene::new(world);
    let ticket = scene.open(json!({})).await;
    scene.reply(&scene.people.alice, &ticket).await;
    scene.at("03-02 10:00");
    scene.resolve(&ticket).await;
    scene.at("03-05 09:59");
    assert_eq!(scene.sweep().await.total(), 0);
    scene.at("03-05 10:00");
    assert_eq!(scene.sweep().await.total(), 1);
    assert_eq!(mailed(&scene).await, ["FOLLOW_UP to Carla"]);
    assert_eq!(scene.ticket(&ticket).await["status"], "RESOLVED");
    // A reply takes it back to work: nothing closes.
    scene.at("03-06 10:00");
    scene.reply(&scene.people.carla, &ticket).await;
    scene.reply(&scene.people.alice, &ticket).await;
    scene.at("03-07 10:00");
    scene.resolve(&ticket).await;
    scene.at("03-14 09:59");
    assert_eq!(scene.sweep().await.total(), 1);
    scene.at("03-14 10:00");
    assert_eq!(scene.sweep().await.total(), 1);
    let closed = scene.ticket(&ticket).await;
    assert_eq!(closed["status"], "CLOSED");
    assert_eq!(closed["slaState"], "MET");
    // The customer sees that the desk closed it, not a person.
    let query = "query($id: ID!) { ticket(id: $id) { closedAt activity(first: 2) { nodes { kind actorRole actor { name } } } } }";
    let seen = scene.people.carla.get(query, json!({ "id": ticket })).await;
    assert_eq!(seen["ticket"]["closedAt"], "2026-03-14T10:00:00+00:00");
    let nodes = &seen["ticket"]["activity"]["nodes"];
    assert_eq!(
        nodes[0],
        json!({ "kind": "TICKET_CLOSED", "actorRole": "SYSTEM", "actor": null })
    );
    assert_eq!(nodes[1]["kind"], "FOLLOW_UP_DUE");
    assert_eq!(scene.sweep().await.total(), 0);
    // A job that comes late closes, and does not ask in the same breath.
    let ticket = scene.open(json!({})).await;
    scene.reply(&scene.people.alice, &ticket).await;
    scene.resolve(&ticket).await;
    scene.at("03-30 10:00");
    assert_eq!(scene.sweep().await.total(), 1);
    assert_eq!(scene.ticket(&ticket).await["status"], "CLOSED");
}

/// What staff do not touch for two days is flagged, once, until they do. A note is enough, and
/// leaves no trace for the customer.
async fn unattended(world: World) {
    let scene = Scene::new(world);
    let always = scene.always().await;
    scene
        .policy(
            json!({ "id": scene.catch_all().await, "name": "Everything", "calendarId": always,
        "targets": [], "unattendedAfterSeconds": 172_800 }),
        )
        .await;
    let ticket = scene.open(json!({})).await;
    scene.at("03-03 09:00");
    // The customer's words are not staff's.
    scene.reply(&scene.people.carla, &ticket).await;
    scene.at("03-04 09:00");
    assert_eq!(scene.sweep().await.total(), 1);
    assert_eq!(scene.ticket(&ticket).await["unattended"], true);
    let flagged = json!({ "filter": { "unattended": true } });
    let query = "query($filter: QueueFilter) { queue(filter: $filter) { nodes { id } } }";
    let found = scene.people.alice.get(query, flagged.clone()).await;
    assert_eq!(found["queue"]["nodes"], json!([{ "id": ticket }]));
    assert_eq!(mailed(&scene).await, ["UNATTENDED to admin@desk.example"]);
    assert_eq!(scene.sweep().await.total(), 0);
    let mut live = scene.people.alice.socket().await;
    let follow = "subscription($filter: QueueFilter) { queue(filter: $filter) { kind ticket { id unattended } } }";
    live.subscribe(follow, flagged.clone()).await;
    assert_eq!(live.event("queue").await["kind"], "READY");
    let version = scene.ticket(&ticket).await["version"].clone();
    let note = json!({ "body": "On it." });
    scene
        .act(&scene.people.alice, "addInternalNote", &ticket, note)
        .await;
    // What happened just before READY may come again.
    let left = live.event_where("queue", |event| event["kind"] == "LEFT");
    assert_eq!(left.await["ticket"]["unattended"], false);
    let after = scene.ticket(&ticket).await;
    assert_eq!(
        (&after["unattended"], &after["version"]),
        (&json!(false), &version)
    );
    assert_eq!(
        scene.people.alice.get(query, flagged).await["queue"]["nodes"],
        json!([])
    );
    // Two days later it is flagged once more: another cycle. The customer, who follows the ticket, must
    // not learn from that when the note was written: nothing moves, and nothing is told.
    let mut customer = scene.people.carla.socket().await;
    let follow = "subscription($id: ID!) { ticket(id: $id) { kind message { body } } }";
    customer.subscribe(follow, json!({ "id": ticket })).await;
    assert_eq!(customer.event("ticket").await["kind"], "READY");
    scene.at("03-06 09:00");
    assert_eq!(scene.sweep().await.total(), 1);
    let after = scene.ticket(&ticket).await;
    assert_eq!(
        (&after["unattended"], &after["version"]),
        (&json!(true), &version)
    );
    // While staff wait for the customer, nobody has to touch it.
    scene.reply(&scene.people.alice, &ticket).await;
    let told = customer.event("ticket").await;
    assert_eq!(told["message"]["body"], "A word.", "{told}");
    scene.status(&ticket, "WAITING_ON_USER").await;
    scene.at("03-16 09:00");
    assert_eq!(scene.sweep().await.total(), 0);
}

/// An open queue turns red without being asked again.
async fn a_dashboard_turns_red(world: World) {
    let scene = Scene::new(world);
    let mut red = scene.people.alice.socket().await;
    let query =
        "subscription { queue(filter: { slaState: [BREACHED] }) { kind ticket { number escalated
        sla { metric state dueAt remainingSeconds } } } }";
    red.subscribe(query, json!({})).await;
    assert_eq!(red.event("queue").await["kind"], "READY");
    let mut all = scene.people.bob.socket().await;
    all.subscribe(
        "subscription { queue { kind ticket { slaState } } }",
        json!({}),
    )
    .await;
    assert_eq!(all.event("queue").await["kind"], "READY");
    let ticket = scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 11:00");
    scene.sweep().await;
    let event = red.event("queue").await;
    assert_eq!(event["kind"], "ENTERED");
    let first = json!({ "metric": "FIRST_RESPONSE", "state": "BREACHED",
        "dueAt": "2026-03-02T11:00:00+00:00", "remainingSeconds": 0 });
    assert_eq!(
        (&event["ticket"]["sla"][0], &event["ticket"]["escalated"]),
        (&first, &json!(true))
    );
    let told: Vec<Value> = vec![all.event("queue").await, all.event("queue").await];
    assert_eq!(
        told[1],
        json!({ "kind": "CHANGED", "ticket": { "slaState": "BREACHED" } })
    );
    let mails = ["SLA_BREACH to admin@desk.example"];
    assert_eq!(mailed(&scene).await, mails);
    // The customer is told that the ticket changed, and nothing of why.
    let query = "query($id: ID!) { ticket(id: $id) { escalated slaState sla { state } activity { nodes { kind } } } }";
    let seen = scene.people.carla.get(query, json!({ "id": ticket })).await;
    let nothing = json!({ "escalated": null, "slaState": null, "sla": [], "activity": { "nodes": [{ "kind": "TICKET_CREATED" }] } });
    assert_eq!(seen["ticket"], nothing);
}

/// Most urgent by the clock: overdue first, then by due time, then what is not due at all.
async fn sorted_by_due_time(world: World) {
    let scene = Scene::new(world);
    scene
        .open(json!({ "priority": "LOW", "subject": "low" }))
        .await;
    let urgent = scene
        .open(json!({ "priority": "URGENT", "subject": "urgent" }))
        .await;
    let waiting = scene
        .open(json!({ "priority": "URGENT", "subject": "waiting" }))
        .await;
    let medium = scene
        .open(json!({ "priority": "MEDIUM", "subject": "medium" }))
        .await;
    scene.reply(&scene.people.alice, &waiting).await;
    scene.status(&waiting, "WAITING_ON_USER").await;
    let subjects = async || {
        let mut subjects = Vec::new();
        let mut after = Value::Null;
        loop {
            let query = "query($after: String) { queue(orderBy: SLA_DUE, first: 1, after: $after) {
                nodes { subject } pageInfo { endCursor hasNextPage } } }";
            let page = scene
                .people
                .alice
                .get(query, json!({ "after": after }))
                .await["queue"]
                .clone();
            subjects.push(page["nodes"][0]["subject"].as_str().unwrap().to_owned());
            if page["pageInfo"]["hasNextPage"] == false {
                return subjects;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    };
    assert_eq!(subjects().await, ["urgent", "medium", "low", "waiting"]);
    scene.at("03-02 12:00");
    scene.sweep().await;
    assert_eq!(subjects().await, ["urgent", "medium", "low", "waiting"]);
    scene.reply(&scene.people.alice, &urgent).await;
    scene.reply(&scene.people.alice, &medium).await;
    scene.resolve(&medium).await;
    scene.reply(&scene.people.carla, &waiting).await;
    assert_eq!(subjects().await[..3], ["waiting", "urgent", "low"]);
}

/// Who is away: their tickets are flagged, new ones too, until they are back (requirement P6).
async fn away(world: World) {
    let scene = Scene::new(world);
    let (alice, bob, susan) = (&scene.people.alice, &scene.people.bob, &scene.people.susan);
    let (alice_id, bob_id) = (alice.id().await, bob.id().await);
    let assign = async |ticket: &str, who: &str| {
        scene
            .act(susan, "assignTicket", ticket, json!({ "assigneeId": who }))
            .await;
    };
    let (one, two) = (scene.open(json!({})).await, scene.open(json!({})).await);
    assign(&one, &alice_id).await;
    assign(&two, &bob_id).await;
    let input = json!({ "from": "2026-03-03T00:00:00Z", "until": "2026-03-10T00:00:00Z", "delegateId": bob_id });
    let made = alice
        .run(
            "setAway",
            input,
            "user { away { from until delegate { name } } }",
        )
        .await;
    assert_eq!(made["user"]["away"]["delegate"]["name"], "Bob");
    let flagged = async || {
        let query = "{ queue(filter: { assigneeAway: true }) { nodes { id } } }";
        let found = susan.get(query, json!({})).await["queue"]["nodes"].clone();
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    scene.sweep().await;
    assert_eq!(flagged().await, Vec::<String>::new());
    scene.at("03-03 00:00");
    assert_eq!(scene.sweep().await.away, 1);
    assert_eq!(flagged().await, std::slice::from_ref(&one));
    assert!(
        scene
            .feed(&one)
            .await
            .ends_with(&["ASSIGNEE_AWAY_CHANGED".to_owned()])
    );
    // A ticket that is given to who is away is flagged at once, one that is taken away no more.
    assign(&two, &alice_id).await;
    assert_eq!(flagged().await.len(), 2);
    assign(&one, &bob_id).await;
    assert_eq!(flagged().await, std::slice::from_ref(&two));
    assert_eq!(scene.sweep().await.away, 0);
    scene.at("03-10 00:00");
    assert_eq!(scene.sweep().await.away, 1);
    assert_eq!(flagged().await, Vec::<String>::new());
    // Back earlier than planned.
    susan
        .run(
            "setAway",
            json!({ "userId": bob_id, "from": "2026-03-09T00:00:00Z" }),
            "",
        )
        .await;
    assert_eq!(scene.sweep().await.away, 1);
    bob.run("setAway", json!({}), "user { away { from } }")
        .await;
    assert_eq!(scene.sweep().await.away, 1);
    assert_eq!(flagged().await, Vec::<String>::new());
}

/// The last runs, for staff; and the numbers for Prometheus.
async fn runs_on_record(world: World) {
    let scene = Scene::new(world);
    scene.open(json!({ "priority": "URGENT" })).await;
    scene.at("03-02 12:00");
    let sweeper = scene.world.server().desk().sweeper();
    let report = scene.sweep().await;
    assert_eq!((report.lag_seconds, report.left), (3_600 + 1_440, 0));
    sweeper.record(&report).await.unwrap();
    let query = "{ jobs { totalCount nodes { job outcome startedAt failed left lagSeconds durationMilliseconds
        fired { kind level count } } } }";
    let jobs = scene.people.alice.get(query, json!({})).await["jobs"].clone();
    let run = &jobs["nodes"][0];
    assert_eq!(
        (&jobs["totalCount"], &run["job"]),
        (&json!(1), &json!("SLA_ESCALATION"))
    );
    assert_eq!(
        (&run["outcome"], &run["lagSeconds"]),
        (&json!("DONE"), &json!(5_040))
    );
    assert_eq!(run["startedAt"], "2026-03-02T12:00:00+00:00");
    assert_eq!(
        run["fired"],
        json!([{ "kind": "FIRST_RESPONSE", "level": "100%", "count": 1 }])
    );
}

on_both!(
    follow_up_and_close,
    unattended,
    a_dashboard_turns_red,
    sorted_by_due_time,
    away,
    runs_on_record,
);
