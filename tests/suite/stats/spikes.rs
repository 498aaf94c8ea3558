//! Categories and merchants that differ from their own past.

use chrono::TimeDelta;
use deskwire_tests::{Person, World, on_both};
use serde_json::{Value, json};

/// Opens so many tickets, half an hour apart.
async fn open(world: &World, category: &str, merchant: Option<&str>, count: usize) {
    for _ in 0..count {
        let links: Vec<Value> = merchant
            .iter()
            .map(|id| json!({ "kind": "merchant", "externalId": id }))
            .collect();
        let input = json!({ "subject": "Again", "description": "It does not work.",
            "category": category, "links": links });
        let carla = world.client(Person::Carla);
        carla.run("createTicket", input, "ticket { id }").await;
        world.clock.advance(TimeDelta::minutes(30));
    }
}

async fn what_is_out_of_the_ordinary_is_named(world: World) {
    let first = world.clock.now();
    let week = TimeDelta::weeks(1);
    for number in 0..8 {
        open(&world, "payments", Some("m-1"), 3).await;
        open(&world, "bug", None, 3).await;
        let next = first + week * (number + 1);
        world.clock.advance(next - world.clock.now());
    }
    let aggregator = world.server().desk().aggregator();
    assert_eq!(aggregator.run(None).await.error, None);
    let begin = world.clock.now();
    // Not all of it is in the sums.
    open(&world, "payments", Some("m-1"), 3).await;
    open(&world, "bug", Some("=2+3"), 22).await;
    let query = "query($from: DateTime!, $to: DateTime!) { stats(from: $from, to: $to) { \
        spikes { dimension key name direction created expected ratio pValue } csv(table: SPIKES) } }";
    // The rest of the week is not over, and counts on neither side.
    let asked = json!({ "from": begin, "to": begin + week });
    let susan = world.client(Person::Susan);
    let stats = susan.get(query, asked.clone()).await["stats"].clone();
    let named: Vec<_> = stats["spikes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|spike| ["dimension", "key", "name", "direction"].map(|of| spike[of].clone()))
        .collect();
    assert_eq!(
        named,
        [
            ["CATEGORY", "bug", "Bug", "MORE"],
            ["MERCHANT", "=2+3", "=2+3", "MORE"],
        ]
        .map(|words| words.map(Value::from)),
        "{stats:#}"
    );
    let bug = &stats["spikes"][0];
    assert_eq!(bug["created"], 22);
    let expected = bug["expected"].as_f64().unwrap();
    assert!((3.0..3.2).contains(&expected), "{bug:#}");
    assert!(bug["pValue"].as_f64().unwrap() < 1e-6, "{bug:#}");
    let csv = stats["csv"].as_str().unwrap();
    let rows: Vec<_> = csv.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[2].starts_with("MERCHANT,'=2+3,'=2+3,MORE,22,"),
        "{csv}"
    );

    // A week like the others.
    let usual = json!({ "from": begin - week, "to": begin });
    let stats = susan.get(query, usual).await["stats"].clone();
    assert_eq!(stats["spikes"], json!([]));
    // Of the first weeks there is too little past to tell.
    let early = json!({ "from": first + week * 2, "to": first + week * 3 });
    let stats = susan.get(query, early).await["stats"].clone();
    assert_eq!(stats["spikes"], json!([]));
    // It is about the whole desk.
    let alice = world.client(Person::Alice);
    assert_eq!(alice.ask(query, asked).await.code(), "FORBIDDEN");
}
on_both!(what_is_out_of_the_ordinary_is_named);

/// Tickets for each 100 active users: of the days of which the number is known.
async fn tickets_are_compared_with_active_users(world: World) {
    let susan = world.client(Person::Susan);
    open(&world, "bug", None, 6).await;
    world.clock.advance(TimeDelta::days(1));
    open(&world, "bug", None, 3).await;
    for (day, count) in [("2026-03-02", 40), ("2026-03-03", 50), ("2026-03-04", 7)] {
        let input = json!({ "day": day, "count": count });
        susan.run("reportActiveUsers", input, "").await;
    }
    let query = "query($from: DateTime!, $to: DateTime!) { stats(from: $from, to: $to) { \
        totals { created ticketsPer100ActiveUsers { value target { value isMet } } } \
        previous { figures { ticketsPer100ActiveUsers { value } } } } }";
    let days = |from: &str, to: &str| json!({ "from": format!("2026-03-{from}T00:00:00Z"), "to": format!("2026-03-{to}T00:00:00Z") });
    let both = susan.get(query, days("02", "04")).await["stats"].clone();
    assert_eq!(
        both,
        json!({ "totals": { "created": 9, "ticketsPer100ActiveUsers":
            { "value": 10.0, "target": { "value": 5.0, "isMet": false } } },
            "previous": { "figures": { "ticketsPer100ActiveUsers": { "value": null } } } })
    );
    let second = susan.get(query, days("03", "04")).await["stats"].clone();
    let value = |of: &Value| of["ticketsPer100ActiveUsers"]["value"].clone();
    assert_eq!(value(&second["totals"]), 6.0);
    assert_eq!(value(&second["previous"]["figures"]), 15.0);
    // Days are those whose noon lies in the time.
    let noon = json!({ "from": "2026-03-02T12:00:00Z", "to": "2026-03-03T12:00:00Z" });
    let noon = susan.get(query, noon).await["stats"].clone();
    assert_eq!(value(&noon["totals"]), 15.0);
    let none = susan.get(query, days("05", "06")).await["stats"].clone();
    assert_eq!(value(&none["totals"]), Value::Null);
    // Nobody opened a ticket.
    assert_eq!(value(&none["previous"]["figures"]), 0.0);
}
on_both!(tickets_are_compared_with_active_users);
