//! What an event costs does not depend on how many follow it, and nobody gets another's answer.

use std::collections::BTreeSet;

use async_graphql_parser::types::{BaseType, TypeKind, TypeSystemDefinition};
use deskwire_tests::{Person, Socket, World, on_both};
use serde_json::{Value, json};

const QUEUE: &str = "subscription($filter: QueueFilter) { queue(filter: $filter) {
    kind position ticket { id number subject status assignee { name } category { name }
    messages(first: 3) { nodes { body author { name } } } } } }";

async fn follow(world: &World, person: Person, filter: Value) -> Socket {
    let mut socket = world.client(person).socket().await;
    socket.subscribe(QUEUE, json!({ "filter": filter })).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    socket
}

/// The statements of one reply, told to all of `sockets`.
async fn cost(world: &World, ticket: &str, sockets: &mut [Socket]) -> u64 {
    let alice = world.client(Person::Alice);
    let before = world.statements();
    let input = json!({ "ticketId": ticket, "body": "hello" });
    alice.run("replyToTicket", input, "").await;
    for socket in sockets {
        let event = socket.event("queue").await;
        assert_eq!(event["ticket"]["messages"]["nodes"][0]["body"], "hello");
    }
    world.statements() - before
}

async fn an_event_costs_the_same_however_many_follow_it(world: World) {
    let ticket = world.client(Person::Carla).open_ticket("Busy").await;
    let input = json!({ "ticketId": ticket, "assigneeId": world.client(Person::Alice).id().await });
    let alice = world.client(Person::Alice);
    alice.run("assignTicket", input, "").await;
    let mut sockets = Vec::new();
    sockets.push(follow(&world, Person::Alice, json!({})).await);
    let mut few = u64::MAX;
    for _ in 0..3 {
        few = few.min(cost(&world, &ticket, &mut sockets).await);
    }
    // With filters of their own, which let the ticket pass.
    for (number, person) in [Person::Alice, Person::Bob]
        .into_iter()
        .cycle()
        .take(40)
        .enumerate()
    {
        let filter = json!({ "status": ["IN_PROGRESS", "OPEN"],
            "createdAfter": format!("2020-01-01T00:00:{number:02}Z") });
        sockets.push(follow(&world, person, filter).await);
    }
    // And some whom it does not concern.
    let mut elsewhere = Vec::new();
    for _ in 0..10 {
        elsewhere.push(follow(&world, Person::Bob, json!({ "status": ["CLOSED"] })).await);
    }
    let mut many = u64::MAX;
    for _ in 0..3 {
        many = many.min(cost(&world, &ticket, &mut sockets).await);
    }
    println!(
        "{:?}: statements per reply: {few} with 1 follower, {many} with 51",
        world.backend
    );
    // The poll of the log may come in between.
    assert!(many <= few + 2, "{few} {many}");
}

on_both!(an_event_costs_the_same_however_many_follow_it);

/// Fields whose value is another for each member of staff, as the schema's sharing has them.
const PERSONAL: [&str; 1] = ["viewerCan"];

/// Answers are shared among the staff of a role. So whatever a ticket shows, two agents must be shown
/// the same, but for fields that are known to be personal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shared_is_the_same_for_all_agents() {
    let world = World::start(deskwire_tests::Backend::Sqlite).await;
    let (carla, alice, bob) = (
        world.client(Person::Carla),
        world.client(Person::Alice),
        world.client(Person::Bob),
    );
    let id = carla.open_ticket("Everything").await;
    let me = json!({ "ticketId": id, "assigneeId": alice.id().await });
    alice.run("assignTicket", me, "").await;
    for (mutation, who) in [("replyToTicket", &alice), ("addInternalNote", &bob)] {
        let input = json!({ "ticketId": id, "body": "a word" });
        who.run(mutation, input, "").await;
    }
    let input = json!({ "ticketId": id, "coAssigneeIds": [bob.id().await] });
    alice.run("setCoAssignees", input, "").await;
    // One that is an agent's own problem: there they are the customer, who can close it at once.
    let own = alice.open_ticket("My own").await;
    let selection = everything("Ticket", 3);
    let query = format!("query($id: ID!) {{ ticket(id: $id) {{ {selection} }} }}");
    let mut other = BTreeSet::new();
    for id in [id, own] {
        let one = alice.get(&query, json!({ "id": id })).await;
        assert!(one.to_string().len() > 2_000, "{one:#}");
        let another = bob.get(&query, json!({ "id": id })).await;
        other.extend(differences("", &one, &another));
    }
    let names: BTreeSet<&str> = other
        .iter()
        .map(|path| {
            path.split('/')
                .find(|part| PERSONAL.contains(part))
                .unwrap_or(path)
        })
        .collect();
    assert_eq!(names, BTreeSet::from(PERSONAL), "{other:#?}");
}

/// All fields of a type, and of the types of its fields down to `depth`.
fn everything(of: &str, depth: usize) -> String {
    let document = async_graphql_parser::parse_schema(schema::sdl()).unwrap();
    let find = |name: &str| {
        document
            .definitions
            .iter()
            .find_map(|definition| match definition {
                TypeSystemDefinition::Type(ty) if ty.node.name.node == name => Some(&ty.node.kind),
                _ => None,
            })
    };
    let Some(TypeKind::Object(object)) = find(of) else {
        return String::new();
    };
    let mut text = String::new();
    for field in &object.fields {
        let mut ty = &field.node.ty.node;
        while let BaseType::List(inner) = &ty.base {
            ty = inner;
        }
        let BaseType::Named(name) = &ty.base else {
            unreachable!("lists were taken apart")
        };
        match find(name) {
            Some(TypeKind::Object(_)) if depth > 0 => {
                let inner = everything(name, depth - 1);
                text.push_str(&format!(
                    "{} {{ __typename {inner} }} ",
                    field.node.name.node
                ));
            }
            Some(TypeKind::Object(_)) => {}
            _ => text.push_str(&format!("{} ", field.node.name.node)),
        }
    }
    text
}

fn differences(at: &str, one: &Value, other: &Value) -> BTreeSet<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one
            .iter()
            .flat_map(|(name, value)| differences(&format!("{at}/{name}"), value, &other[name]))
            .collect(),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other);
            pairs
                .flat_map(|(one, other)| differences(at, one, other))
                .collect()
        }
        _ if one == other => BTreeSet::new(),
        _ => BTreeSet::from([at.to_owned()]),
    }
}
