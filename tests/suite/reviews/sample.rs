//! Which tickets a sample has.

use std::collections::HashSet;

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use domain::review::draw::number;
use entity::{Priority, TicketId, ticket};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{Scene, wanted};
use crate::{
    common::{keyed, text},
    notifications::scene::uuid,
};

/// Only what matches is drawn, and all of it if the sample is large enough.
async fn a_sample_matches_its_rules(world: World) {
    let scene = Scene::new(world);
    let (alice, bob, susan) = (&scene.people.alice, &scene.people.bob, &scene.people.susan);
    let team = json!({ "name": "Returns", "memberIds": [] });
    let team = susan.run("upsertTeam", team, "team { id }").await;
    let team = text(&team, "/team/id");

    scene.open(json!({})).await;
    let plain = scene.resolved(alice, json!({})).await;
    let input = json!({ "category": "payments", "priority": "URGENT", "source": "PHONE" });
    let urgent = scene.resolved(bob, input).await;
    let handed = scene.resolved(bob, json!({ "priority": "HIGH" })).await;
    let hand = json!({ "ticketId": handed, "teamId": team });
    alice.run("updateTicket", hand, "").await;
    // Closed without being resolved, by nobody.
    let closed = scene.open(json!({})).await;
    let close = json!({ "ticketId": closed });
    scene.people.carla.run("closeTicket", close, "").await;
    // Resolved, and taken up again.
    let again = scene.resolved(alice, json!({})).await;
    let reopen = json!({ "ticketId": again });
    scene.people.carla.run("reopenTicket", reopen, "").await;
    // Resolved first, closed an hour later: it was finished when it was resolved.
    let both = scene.resolved(alice, json!({})).await;
    let desk = scene.world.server().desk().db().admin();
    for (ticket, change) in [
        (&urgent, "escalated = TRUE"),
        (&plain, "sla_state = 'BREACHED'"),
    ] {
        let number = text(
            &alice
                .get(
                    "query($id: ID!) { ticket(id: $id) { number } }",
                    json!({ "id": ticket }),
                )
                .await,
            "/ticket/number",
        );
        let number: i64 = number.trim_start_matches("SUP-").parse().unwrap();
        let sql = format!("UPDATE ticket SET {change} WHERE number = {number}");
        desk.execute_unprepared(&sql).await.unwrap();
    }
    scene.world.clock.advance(TimeDelta::hours(1));
    let close = json!({ "ticketId": both });
    scene.people.carla.run("closeTicket", close, "").await;
    let late = scene.resolved(alice, json!({})).await;

    let all = [&plain, &urgent, &handed, &closed, &both, &late];
    for (rules, expected) in [
        (json!({}), all.to_vec()),
        // The times are those of the first and of the last hour; `from` counts, `to` does not.
        (json!({ "from": "2026-03-02T10:00:00Z" }), vec![&late]),
        (
            json!({ "from": "2026-03-02T10:00:00.000001Z", "to": "2027-01-01T00:00:00Z" }),
            vec![],
        ),
        (
            json!({ "to": "2026-03-02T10:00:00Z" }),
            vec![&plain, &urgent, &handed, &closed, &both],
        ),
        (json!({ "to": "2026-03-02T10:00:00.000001Z" }), all.to_vec()),
        (json!({ "to": "2026-03-02T09:00:00Z" }), vec![]),
        (
            json!({ "categories": ["payments", "payments"] }),
            vec![&urgent],
        ),
        (json!({ "categories": ["buying"] }), vec![]),
        (
            json!({ "priorities": ["HIGH", "URGENT"] }),
            vec![&urgent, &handed],
        ),
        (json!({ "teamIds": [team] }), vec![&handed]),
        (json!({ "sources": ["PHONE"] }), vec![&urgent]),
        (
            json!({ "assigneeId": bob.id().await }),
            vec![&urgent, &handed],
        ),
        (
            json!({ "assigneeId": bob.id().await, "priorities": ["HIGH"] }),
            vec![&handed],
        ),
        (json!({ "onlyEscalated": true }), vec![&urgent]),
        (json!({ "onlyBreached": true }), vec![&plain]),
        (
            json!({ "onlyBreached": true, "onlyEscalated": true }),
            vec![],
        ),
        (
            json!({ "perAgent": 500 }),
            vec![&plain, &urgent, &handed, &both, &late],
        ),
        (
            json!({ "categories": [], "teamIds": null, "sources": [] }),
            all.to_vec(),
        ),
    ] {
        let mut asked = rules.clone();
        asked["excludeReviewed"] = json!(false);
        if expected.is_empty() {
            let payload = susan
                .attempt("drawReviewSample", wanted(500, asked), "sample { id }")
                .await;
            let error = &payload["userErrors"][0];
            assert_eq!(
                (&error["code"], &payload["sample"]),
                (&json!("INVALID"), &Value::Null),
                "{rules}"
            );
            assert!(
                text(error, "/message").contains("No ticket matches"),
                "{rules}"
            );
            continue;
        }
        let sample = scene.draw(500, asked).await;
        let found: HashSet<_> = scene
            .tickets(&text(&sample, "/id"))
            .await
            .into_iter()
            .collect();
        let expected: HashSet<_> = expected.into_iter().cloned().collect();
        assert_eq!(found, expected, "{rules}");
        assert_eq!(sample["found"], json!(expected.len()), "{rules}");
        assert_eq!(sample["matching"], json!(expected.len()), "{rules}");
    }

    // What it says of itself.
    let rules = json!({ "categories": ["payments"], "priorities": ["URGENT"], "sources": ["PHONE"],
        "assigneeId": bob.id().await, "perAgent": 3, "onlyEscalated": true, "excludeReviewed": false });
    let mut sample = scene.draw(7, rules).await;
    assert!((0..=i64::from(i32::MAX)).contains(&sample["seed"].as_i64().unwrap()));
    for random in ["id", "seed"] {
        sample.as_object_mut().unwrap().remove(random);
    }
    assert_eq!(
        sample,
        json!({
            "name": "March", "wanted": 7, "matching": 1, "found": 1,
            "createdAt": "2026-03-02T10:00:00+00:00", "createdBy": { "name": "Susan" },
            "rules": {
                "from": "2026-03-01T00:00:00+00:00", "to": "2026-04-01T00:00:00+00:00",
                "categories": [{ "code": "payments" }], "priorities": ["URGENT"], "teams": [],
                "sources": ["PHONE"], "assignee": { "name": "Bob" }, "perAgent": 3,
                "onlyEscalated": true, "onlyBreached": false, "excludeReviewed": false,
            },
            "progress": { "items": 1, "reviewed": 0, "reviewedByMe": 0 }, "averageScore": null,
            "agreement": { "items": 0, "exactShare": null, "withinOneShare": null,
                "meanDifference": null, "alpha": null },
            "scoresByAgent": [],
        })
    );
}

/// The sample is what anybody can work out from the seed and the ids of the tickets.
async fn a_seed_makes_a_sample(world: World) {
    let scene = Scene::new(world);
    let mut tickets = scene.some(&scene.people.alice, 12).await;
    let seeded = async |seed: i64| {
        let mut input = wanted(5, json!({ "excludeReviewed": false }));
        input["seed"] = json!(seed);
        let made = scene
            .people
            .susan
            .run("drawReviewSample", input, "sample { id seed }");
        let made = made.await;
        assert_eq!(made["sample"]["seed"], seed);
        scene.tickets(&text(&made, "/sample/id")).await
    };
    let mut samples = HashSet::new();
    for seed in [7, 8, 0, -1, i64::from(i32::MIN), i64::from(i32::MAX)] {
        tickets.sort_by_key(|id| number(seed, TicketId(uuid(id))));
        let sample = seeded(seed).await;
        assert_eq!(sample, tickets[..5], "{seed}");
        assert_eq!(seeded(seed).await, sample, "{seed}");
        samples.insert(sample);
    }
    assert_eq!(samples.len(), 6);
    // One that nobody chose is kept, and makes the same sample again.
    let sample = scene.draw(5, json!({ "excludeReviewed": false })).await;
    let first = scene.tickets(&text(&sample, "/id")).await;
    assert_eq!(seeded(sample["seed"].as_i64().unwrap()).await, first);
}

/// What was in a sample is not drawn again, unless it is wanted.
async fn no_ticket_twice(world: World) {
    let scene = Scene::new(world);
    let susan = &scene.people.susan;
    scene.some(&scene.people.alice, 12).await;
    let mut seen = HashSet::new();
    for (matching, found) in [(12, 5), (7, 5), (2, 2)] {
        let sample = scene.draw(5, json!({})).await;
        assert_eq!(
            (&sample["matching"], &sample["found"]),
            (&json!(matching), &json!(found))
        );
        let tickets = scene.tickets(&text(&sample, "/id")).await;
        assert_eq!(tickets.len(), found);
        for ticket in tickets {
            assert!(seen.insert(ticket));
        }
    }
    let none = susan
        .user_error("drawReviewSample", wanted(5, json!({})))
        .await;
    assert_eq!(none, "INVALID");
    let again = scene.draw(500, json!({ "excludeReviewed": false })).await;
    assert_eq!(again["found"], 12);
    let list = susan
        .get(
            "{ reviewSamples(first: 3) { totalCount nodes { found } pageInfo { hasNextPage } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        list["reviewSamples"],
        json!({ "totalCount": 4, "nodes": [{ "found": 12 }, { "found": 2 }, { "found": 5 }],
            "pageInfo": { "hasNextPage": true } })
    );

    // A repeated request is answered as before, though nothing is left to draw.
    let before = scene.some(&scene.people.alice, 3).await;
    let input = keyed(wanted(5, json!({})), "a key");
    let one = susan
        .run("drawReviewSample", input.clone(), "sample { id found }")
        .await;
    let two = susan
        .run("drawReviewSample", input, "sample { id found }")
        .await;
    assert_eq!(
        (&one, &one["sample"]["found"]),
        (&two, &json!(before.len()))
    );
    let other = keyed(wanted(4, json!({})), "a key");
    // Which draws nothing and says so only if its key is its own.
    assert_eq!(
        susan.user_error("drawReviewSample", other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
}

/// Of those who draw at the same time nobody gets a ticket that somebody else got.
async fn at_the_same_time(world: World) {
    let scene = Scene::new(world);
    scene.some(&scene.people.alice, 16).await;
    let draws = (0..6).map(|number| {
        let who = [&scene.people.susan, &scene.sam, &scene.tina][number % 3];
        who.attempt("drawReviewSample", wanted(2, json!({})), "sample { id }")
    });
    let (mut tickets, mut drawn) = (HashSet::new(), 0);
    for payload in join_all(draws).await {
        match payload["sample"]["id"].as_str() {
            Some(id) => {
                drawn += 1;
                tickets.extend(scene.tickets(id).await);
            }
            None => assert_eq!(payload["userErrors"][0]["code"], "CONFLICT", "{payload}"),
        }
    }
    assert!(drawn > 0);
    assert_eq!(tickets.len(), 2 * drawn);
}

/// So many of each agent, drawn among theirs.
async fn strata(world: World) {
    let scene = Scene::new(world);
    let (alice, bob) = (&scene.people.alice, &scene.people.bob);
    let (of_alice, of_bob) = (scene.some(alice, 6).await, scene.some(bob, 2).await);
    let nobody = scene.open(json!({})).await;
    let close = json!({ "ticketId": nobody });
    scene.people.carla.run("closeTicket", close, "").await;
    for (size, per_agent, alices, bobs) in [
        (500, 3, 3, 2),
        (500, 1, 1, 1),
        (500, 500, 6, 2),
        // Both their first, then both their second, then what there is.
        (4, 3, 2, 2),
        (5, 3, 3, 2),
        (1, 3, 1, 1),
    ] {
        let rules = json!({ "perAgent": per_agent, "excludeReviewed": false });
        let mut input = wanted(size, rules);
        input["seed"] = json!(size);
        let made = scene
            .people
            .susan
            .run("drawReviewSample", input, "sample { id matching found }")
            .await;
        assert_eq!(made["sample"]["matching"], 8);
        let mut drawn = scene.tickets(&text(&made, "/sample/id")).await;
        let took = |of: &[String]| drawn.iter().filter(|id| of.contains(id)).count();
        if size == 1 {
            assert_eq!(took(&of_alice) + took(&of_bob), 1);
        } else {
            assert_eq!(
                (took(&of_alice), took(&of_bob)),
                (alices, bobs),
                "{size} {per_agent}"
            );
        }
        // The list is in random order, not agent by agent.
        let by_number = |id: &String| number(i64::try_from(size).unwrap(), TicketId(uuid(id)));
        assert!(drawn.is_sorted_by_key(by_number));
        // And of each agent it is those with the smallest numbers.
        drawn.retain(|id| of_alice.contains(id));
        let mut wanted = of_alice.clone();
        wanted.sort_by_key(by_number);
        assert_eq!(drawn, wanted[..drawn.len()]);
    }
}

/// More tickets than are read at a time, all finished at the same moment; more than that come first
/// that do not match.
async fn a_great_many(world: World) {
    const MANY: usize = 20_010;
    const LOW: usize = 10_500;
    let scene = Scene::new(world);
    let first = scene.resolved(&scene.people.alice, json!({})).await;
    let desk = scene.world.server().desk();
    let like = ticket::Entity::find_by_id(uuid(&first))
        .one(desk.db().read())
        .await
        .unwrap()
        .unwrap();
    let ids: Vec<Uuid> = (1..MANY)
        .map(|number| Uuid::from_u128(number as u128))
        .collect();
    for chunk in ids.chunks(900) {
        let rows = chunk.iter().map(|&id| {
            let mut row = like.clone();
            row.id = TicketId(id);
            if id.as_u128() < LOW as u128 {
                row.priority = Priority::Low;
            }
            row.number = 1_000 + i64::try_from(id.as_u128()).unwrap();
            row.into_active_model()
        });
        let rows = ticket::Entity::insert_many(rows);
        rows.exec_without_returning(desk.db().admin())
            .await
            .unwrap();
    }
    let mut all: Vec<_> = ids.into_iter().skip(LOW - 1).map(TicketId).collect();
    all.push(TicketId(uuid(&first)));
    all.sort_by_key(|id| number(3, *id));
    let mut input = wanted(50, json!({ "priorities": ["MEDIUM"] }));
    input["seed"] = json!(3);
    let made = scene
        .people
        .susan
        .run("drawReviewSample", input, "sample { id matching }")
        .await;
    assert_eq!(made["sample"]["matching"], json!(MANY - LOW + 1));
    let drawn = scene.tickets(&text(&made, "/sample/id")).await;
    let drawn: Vec<_> = drawn.iter().map(|id| TicketId(uuid(id))).collect();
    assert_eq!(drawn, all[..50]);
}

on_both!(
    a_sample_matches_its_rules,
    a_seed_makes_a_sample,
    no_ticket_twice,
    at_the_same_time,
    strata,
    a_great_many
);
