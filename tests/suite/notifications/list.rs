//! The list, its pages, and what it costs.

use deskwire_tests::{World, on_both};
use entity::NotificationKind;
use serde_json::json;

use super::scene::{News, ids, page, unread};
use crate::common::{People, text};

async fn it_says_what_happened(world: World) {
    let People {
        carla, alice, bob, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Cannot pay").await;
    let input = json!({ "ticketId": ticket, "body": "Try again" });
    let reply = alice.run("replyToTicket", input, "message { id }").await;
    let reply = text(&reply, "/message/id");
    let replied = News::new(&world, &carla, &ticket).await.with(&reply);
    replied.by(&alice).await.tell().await;
    let query = "{ notifications { nodes { kind text createdAt readAt ticket { number subject }
        actor { name role email } message { body internal author { name email } } } } }";
    let seen = carla.get(query, json!({})).await["notifications"]["nodes"].clone();
    assert_eq!(
        seen,
        json!([{
            "kind": "STAFF_REPLIED",
            "text": "Alice replied to SUP-00001: Cannot pay",
            "createdAt": "2026-03-02T09:00:00+00:00",
            "readAt": null,
            "ticket": { "number": "SUP-00001", "subject": "Cannot pay" },
            // A customer is shown no address of staff.
            "actor": { "name": "Alice", "role": "AGENT", "email": null },
            "message": { "body": "Try again", "internal": false, "author": { "name": "Alice", "email": null } },
        }])
    );
    let missed = News::new(&world, &bob, &ticket).await;
    missed.of(NotificationKind::SlaBreach).tell().await;
    let seen = bob.get(query, json!({})).await["notifications"]["nodes"][0].clone();
    assert_eq!(
        (&seen["text"], &seen["actor"], &seen["message"]),
        (
            &json!("A target was missed on SUP-00001: Cannot pay"),
            &json!(null),
            &json!(null)
        )
    );
}

async fn pages_are_newest_first(world: World) {
    let People {
        carla, otto, alice, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let news = News::new(&world, &carla, &ticket).await;
    let mut told = news.many(11).await;
    let other = otto.open_ticket("Another").await;
    News::new(&world, &otto, &other).await.many(3).await;
    told.reverse();
    let whole = page(&carla, "first: 100").await;
    assert_eq!(ids(&whole), told);
    assert_eq!(whole["unreadCount"], 11);
    assert_eq!(whole["pageInfo"]["hasNextPage"], false);
    for size in [1, 3, 4] {
        for (from, next, has_more, cursor) in [
            ("first", "after", "hasNextPage", "endCursor"),
            ("last", "before", "hasPreviousPage", "startCursor"),
        ] {
            let (mut seen, mut place) = (Vec::new(), String::new());
            loop {
                let part = page(&carla, &format!("{from}: {size}{place}")).await;
                let mut part_ids = ids(&part);
                if from == "last" {
                    part_ids.reverse();
                }
                seen.extend(part_ids);
                if part["pageInfo"][has_more] == false {
                    break;
                }
                place = format!(", {next}: {}", part["pageInfo"][cursor]);
            }
            if from == "last" {
                seen.reverse();
            }
            assert_eq!(seen, told, "{from} by {size}");
        }
    }
    // Cursors of other lists are none of this one.
    let tickets = "{ myTickets { pageInfo { endCursor } } }";
    let foreign = carla.get(tickets, json!({})).await;
    let foreign = text(&foreign, "/myTickets/pageInfo/endCursor");
    for args in [
        format!("after: \"{foreign}\""),
        "first: 0".to_owned(),
        "first: 101".to_owned(),
        "before: \"wombat\"".to_owned(),
    ] {
        let query = format!("{{ notifications({args}) {{ nodes {{ id }} }} }}");
        let answer = carla.ask(&query, json!({})).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{args}");
    }
    // What is read is left out of what is unread, and stays in the list.
    let input = json!({ "upTo": told[4] });
    carla.run("markNotificationsRead", input, "").await;
    assert_eq!(ids(&page(&carla, "unreadOnly: true").await), told[..4]);
    assert_eq!(ids(&page(&carla, "unreadOnly: false").await), told);
    assert_eq!(
        ids(&page(&carla, "unreadOnly: true, last: 2").await),
        told[2..4]
    );
    assert_eq!(
        (
            unread(&carla).await,
            unread(&otto).await,
            unread(&alice).await
        ),
        (4, 3, 0)
    );
}

/// Position, page, tickets, people; messages are one more, and so is what is counted.
async fn a_page_costs_a_constant_number_of_statements(world: World) {
    let People {
        carla,
        alice,
        bob,
        susan,
        ..
    } = People::of(&world);
    for number in 0..50 {
        let ticket = carla.open_ticket(&format!("Problem {number}")).await;
        let input = json!({ "ticketId": ticket, "body": "a" });
        let reply = carla.run("replyToTicket", input, "message { id }").await;
        let who = if number % 2 == 0 { &carla } else { &bob };
        let news = News::new(&world, &alice, &ticket).await.by(who).await;
        let news = news.of(NotificationKind::CustomerReplied);
        news.with(&text(&reply, "/message/id")).tell().await;
    }
    let fields = "kind text createdAt readAt ticket { number subject status } actor { name }";
    let cost = async |selection: &str| {
        let query = format!("{{ notifications(first: 50) {{ {selection} }} }}");
        let mut least = u64::MAX;
        // The poll of the log may come in between.
        for _ in 0..3 {
            let before = world.statements();
            let data = alice.get(&query, json!({})).await;
            least = least.min(world.statements() - before);
            let nodes = data["notifications"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), 50);
            assert!(nodes.iter().all(|node| node["actor"]["name"].is_string()));
        }
        least
    };
    alice.id().await;
    let plain = cost(&format!("position nodes {{ {fields} }}")).await;
    let more = format!("nodes {{ {fields} message {{ body author {{ name }} }} }} unreadCount");
    let more = cost(&more).await;
    println!(
        "{:?}: statements per page of 50: {plain}, {more}",
        world.backend
    );
    assert!(plain <= 4, "{plain}");
    assert!(more <= 6, "{more}");
    assert_eq!(unread(&susan).await, 0);
}

on_both!(
    it_says_what_happened,
    pages_are_newest_first,
    a_page_costs_a_constant_number_of_statements
);
