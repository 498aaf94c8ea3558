//! Signed in.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{PAYLOAD, Scene};
use crate::common::People;

async fn only_the_tickets_customer_rates_it(world: World) {
    let scene = Scene::resolved(world).await;
    let People {
        carla,
        otto,
        alice,
        bob,
        susan,
    } = &scene.people;
    let input = json!({ "ticketId": scene.ticket, "score": 5 });
    let not_there = [("NOT_FOUND".to_owned(), json!(["ticketId"]))];
    assert_eq!(scene.wrongs(otto, input.clone()).await, not_there);
    for staff in [alice, bob, susan] {
        let answer = staff.ask_mutation("rateTicket", input.clone()).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert!(
            answer.message().contains("Only the customer"),
            "{}",
            answer.message()
        );
    }
    let nobody = scene
        .world
        .anonymous()
        .ask_mutation("rateTicket", input.clone())
        .await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    assert_eq!(scene.seen(alice).await, Value::Null);
    let payload = carla.run("rateTicket", input.clone(), PAYLOAD).await;
    assert_eq!(payload["ticket"]["id"], scene.ticket.as_str());
    let rating = &payload["rating"];
    assert_eq!(
        (&rating["score"], &rating["comment"]),
        (&json!(5), &Value::Null)
    );
    assert_eq!(rating["byLink"], false);
    assert_eq!(scene.seen(alice).await, *rating);
    let already = [("ALREADY_RATED".to_owned(), json!(["ticketId"]))];
    assert_eq!(scene.wrongs(carla, input).await, already);
    assert_eq!(scene.told(alice).await.len(), 1);
    // Somebody of staff is the customer of their own tickets.
    let own = alice.open_ticket("My chair squeaks").await;
    alice
        .run("closeTicket", json!({ "ticketId": own }), "")
        .await;
    let input = json!({ "ticketId": own, "score": 2 });
    assert_eq!(scene.wrongs(alice, input).await, []);
}

async fn buttons_say_whether_it_can_be_rated(world: World) {
    let scene = Scene::resolved(world).await;
    let can = async |who: &deskwire_tests::Client| {
        let query = "{ it: ticket(number: \"1\") { viewerCan } }";
        let can = who.get(query, json!({})).await["it"]["viewerCan"].clone();
        can.as_array().unwrap().contains(&json!("RATE"))
    };
    let People { carla, alice, .. } = &scene.people;
    assert!(can(carla).await && !can(alice).await);
    scene.alice("reopenTicket").await;
    assert!(!can(carla).await);
    carla
        .run("closeTicket", json!({ "ticketId": scene.ticket }), "")
        .await;
    assert!(can(carla).await);
    let input = json!({ "ticketId": scene.ticket, "score": 3 });
    carla.run("rateTicket", input, "").await;
    assert!(!can(carla).await);
}

/// Both sides hear of it live, as of a change of the ticket.
async fn it_is_told_live(world: World) {
    let scene = Scene::resolved(world).await;
    let document =
        "subscription($id: ID!) { ticket(id: $id) { kind ticket { version rating { score } } } }";
    let mut sockets = Vec::new();
    for who in [&scene.people.carla, &scene.people.alice] {
        let mut socket = who.socket().await;
        socket
            .subscribe(document, json!({ "id": scene.ticket }))
            .await;
        assert_eq!(socket.event("ticket").await["kind"], "READY");
        sockets.push(socket);
    }
    let input = json!({ "ticketId": scene.ticket, "score": 4 });
    scene.people.carla.run("rateTicket", input, "").await;
    for mut socket in sockets {
        let rated = |event: &Value| event["ticket"]["rating"]["score"] == 4;
        let event = socket.event_where("ticket", rated).await;
        assert_eq!(event["kind"], "CHANGED");
    }
}

/// Lists show ratings, at the price of one statement.
async fn lists_cost_one_statement_more(world: World) {
    let people = People::of(&world);
    let People { carla, alice, .. } = &people;
    for number in 0..30 {
        let ticket = carla.open_ticket(&format!("Ticket {number}")).await;
        alice
            .run("resolveTicket", json!({ "ticketId": ticket }), "")
            .await;
        if number % 3 > 0 {
            let input = json!({ "ticketId": ticket, "score": 1 + number % 5 });
            carla.run("rateTicket", input, "").await;
        }
    }
    let staff = "{ it: queue(first: 30) { nodes { number MORE } } }";
    let own = "{ it: myTickets(first: 30) { nodes { number MORE } } }";
    // The follower of the log asks once a second: what is least is what the answer costs.
    let cost = async |who: &deskwire_tests::Client, document: &str| {
        let mut least = u64::MAX;
        for _ in 0..3 {
            let before = world.statements();
            let page = who.get(document, json!({})).await;
            assert_eq!(page["it"]["nodes"].as_array().unwrap().len(), 30);
            least = least.min(world.statements() - before);
        }
        least
    };
    for (who, document, more) in [
        (alice, staff, "rating { score comment }"),
        (carla, own, "rating { score }"),
        (carla, own, "rating { score } viewerCan"),
        (carla, own, "viewerCan"),
    ] {
        let without = cost(who, &document.replace("MORE", "")).await;
        let with = cost(who, &document.replace("MORE", more)).await;
        assert_eq!(with, without + 1, "{more}");
    }
    // Staff are not asked for their opinion, so nothing has to be looked up.
    let without = cost(alice, &staff.replace("MORE", "")).await;
    assert_eq!(
        cost(alice, &staff.replace("MORE", "viewerCan")).await,
        without
    );
    let page = alice
        .get(&staff.replace("MORE", "rating { score }"), json!({}))
        .await;
    let nodes = page["it"]["nodes"].as_array().unwrap();
    let rated = nodes.iter().filter(|node| !node["rating"].is_null());
    assert_eq!(rated.count(), 20);
    for node in nodes {
        let number = node["number"].as_str().unwrap().rsplit('-').next().unwrap();
        let number = number.parse::<i64>().unwrap() - 1;
        let expected = if number % 3 > 0 {
            json!(1 + number % 5)
        } else {
            Value::Null
        };
        assert_eq!(
            node["rating"].get("score").unwrap_or(&Value::Null),
            &expected
        );
    }
}

on_both!(
    only_the_tickets_customer_rates_it,
    buttons_say_whether_it_can_be_rated,
    it_is_told_live,
    lists_cost_one_statement_more,
);
