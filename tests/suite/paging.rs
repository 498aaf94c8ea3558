//! Every list, forwards and backwards, gives each row once and in order.

use deskwire_tests::{Client, Person, World, on_both};
use serde_json::{Value, json};

/// Walks the list `field` to its end and gives back the keys of its rows.
async fn walk(
    client: &Client,
    query: &str,
    path: &[&str],
    size: usize,
    forward: bool,
) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let variables = if forward {
            json!({ "first": size, "after": cursor })
        } else {
            json!({ "last": size, "before": cursor })
        };
        let mut list = client.get(query, variables).await;
        for part in path {
            list = list[*part].clone();
        }
        let mut page: Vec<Value> = list["nodes"].as_array().unwrap().clone();
        assert!(page.len() <= size);
        let edges = list["edges"].as_array().unwrap();
        assert_eq!(edges.len(), page.len());
        let info = &list["pageInfo"];
        let (more, back, next) = if forward {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        } else {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        };
        assert_eq!(info[back], json!(!cursor.is_null()));
        if !forward {
            page.reverse();
        }
        rows.extend(page);
        if info[more] != true {
            assert_eq!(list["totalCount"], rows.len());
            return rows;
        }
        cursor = info[next].clone();
    }
}

async fn every_list_gives_each_row_once(world: World) {
    let (carla, alice, susan) = (
        world.client(Person::Carla),
        world.client(Person::Alice),
        world.client(Person::Susan),
    );
    let priorities = ["LOW", "URGENT", "MEDIUM", "HIGH"];
    for number in 0..23 {
        let input = json!({ "subject": format!("Ticket {number}"), "description": "text",
            "priority": priorities[number % 4] });
        carla.run("createTicket", input, "").await;
        // Some tickets share their time to the microsecond: the id decides.
        if number % 3 == 0 {
            world.clock.advance(chrono::TimeDelta::seconds(1));
        }
    }
    let id = carla.open_ticket("A long thread").await;
    for number in 0..17 {
        let who = if number % 2 == 0 { &carla } else { &alice };
        who.run(
            "replyToTicket",
            json!({ "ticketId": id, "body": format!("{number}") }),
            "",
        )
        .await;
    }
    for name in ["Écho", "alpha", "Bravo", "Zulu", "bravo", "Ångström"] {
        susan
            .run("upsertTeam", json!({ "name": name, "memberIds": [] }), "")
            .await;
        susan
            .run("createCustomer", json!({ "name": name }), "")
            .await;
    }
    let list = |field: &str, more: &str, node: &str| {
        format!(
            "query($first: Int, $after: String, $last: Int, $before: String) {{
            {field}({more} first: $first, after: $after, last: $last, before: $before) {{
            totalCount edges {{ cursor }} nodes {{ {node} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        )
    };
    let thread = |order: &str| {
        list("messages", &format!("order: {order},"), "id body").replacen(
            ") {",
            &format!(") {{ ticket(id: \"{id}\") {{"),
            1,
        ) + " }"
    };
    let feed = list("activity", "", "kind at").replacen(
        ") {",
        &format!(") {{ ticket(id: \"{id}\") {{"),
        1,
    ) + " }";
    let lists = [
        (
            &alice,
            list("queue", "orderBy: URGENCY,", "number priority"),
            vec!["queue"],
        ),
        (
            &alice,
            list("queue", "orderBy: NEWEST,", "number createdAt"),
            vec!["queue"],
        ),
        (&carla, list("myTickets", "", "number"), vec!["myTickets"]),
        (&alice, list("users", "", "name id"), vec!["users"]),
        (&alice, list("teams", "", "name id"), vec!["teams"]),
        (&carla, list("categories", "", "code"), vec!["categories"]),
        (&carla, list("subjects", "", "code"), vec!["subjects"]),
        (&carla, thread("NEWEST_FIRST"), vec!["ticket", "messages"]),
        (&carla, thread("OLDEST_FIRST"), vec!["ticket", "messages"]),
        (&carla, feed, vec!["ticket", "activity"]),
    ];
    for (client, query, path) in lists {
        let whole = walk(client, &query, &path, 100, true).await;
        assert!(whole.len() >= 5, "{path:?}");
        for size in [1, 2, 3, 7] {
            assert_eq!(
                walk(client, &query, &path, size, true).await,
                whole,
                "{path:?} by {size}"
            );
            let mut backwards = walk(client, &query, &path, size, false).await;
            backwards.reverse();
            assert_eq!(backwards, whole, "{path:?} backwards by {size}");
        }
    }
    // The orders are what they say.
    let order = |name: &str| priorities_rank(name);
    let urgency = walk(
        &alice,
        &list("queue", "orderBy: URGENCY,", "number priority"),
        &["queue"],
        100,
        true,
    )
    .await;
    let ranks: Vec<_> = urgency
        .iter()
        .map(|row| order(row["priority"].as_str().unwrap()))
        .collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
    let thread = walk(
        &carla,
        &thread("OLDEST_FIRST"),
        &["ticket", "messages"],
        100,
        true,
    )
    .await;
    let bodies: Vec<_> = thread
        .iter()
        .map(|row| row["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        bodies,
        (0..17).map(|number| number.to_string()).collect::<Vec<_>>()
    );
}

fn priorities_rank(name: &str) -> usize {
    ["URGENT", "HIGH", "MEDIUM", "LOW"]
        .iter()
        .position(|priority| *priority == name)
        .unwrap()
}

on_both!(every_list_gives_each_row_once);
