//! Who sees whose scores, and that nobody else learns of any.

use chrono::TimeDelta;
use deskwire_tests::{Client, World, on_both};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::scene::Scene;
use crate::common::{keyed, state, text};

fn positions(items: &[Value]) -> Vec<i64> {
    let positions = items.iter().map(|item| item["position"].as_i64().unwrap());
    positions.collect()
}

/// Nobody sees how others scored a ticket before they have scored it themselves.
async fn reviewers_are_blind(world: World) {
    let scene = Scene::new(world);
    let (susan, sam) = (&scene.people.susan, &scene.sam);
    scene.some(&scene.people.alice, 3).await;
    let sample = text(&scene.draw(3, json!({})).await, "/id");
    let tickets = scene.tickets(&sample).await;
    let ticket = &tickets[1];
    let before = scene.item(susan, &sample, ticket).await;
    assert_eq!(
        (&before["blind"], &before["reviews"]),
        (&json!(true), &json!([]))
    );

    let input = json!({ "sampleId": sample, "ticketId": ticket, "score": 2,
        "notes": " Sam saw a wombat.\n " });
    sam.run("reviewTicket", input, "").await;
    // For her nothing has happened, but that one more ticket is done.
    assert_eq!(scene.item(susan, &sample, ticket).await, before);
    let seen = scene.sample(susan, &sample).await;
    assert_eq!(
        seen["progress"],
        json!({ "items": 3, "reviewed": 1, "reviewedByMe": 0 })
    );
    assert_eq!(
        (
            &seen["averageScore"],
            &seen["scoresByAgent"][0]["averageScore"]
        ),
        (&Value::Null, &Value::Null)
    );
    assert!(seen["scoresByAgent"][0]["reviews"] == 1 && seen["agreement"]["items"] == 0);
    let seen = scene.sample(sam, &sample).await;
    assert_eq!(
        seen["progress"],
        json!({ "items": 3, "reviewed": 1, "reviewedByMe": 1 })
    );
    assert_eq!(seen["averageScore"], 2.0);
    let his = scene.item(sam, &sample, ticket).await;
    assert_eq!(
        his["reviews"],
        json!([{ "reviewer": { "name": "Sam" }, "score": 2, "notes": "Sam saw a wombat.",
            "createdAt": "2026-03-02T09:00:00+00:00", "updatedAt": "2026-03-02T09:00:00+00:00" }])
    );

    // That she scored another one changes nothing; then she does this one, and sees both.
    scene.score(susan, &sample, &tickets[0], 5).await;
    assert_eq!(scene.item(susan, &sample, ticket).await, before);
    scene.world.clock.advance(TimeDelta::minutes(1));
    let done = scene.score(susan, &sample, ticket, 4).await;
    assert_eq!(done["item"], scene.item(susan, &sample, ticket).await);
    assert_eq!(done["sample"], scene.sample(susan, &sample).await);
    let reviews = |item: &Value| {
        let reviews = item["reviews"].as_array().unwrap().iter();
        let scores =
            reviews.map(|review| (review["reviewer"]["name"].clone(), review["score"].clone()));
        scores.collect::<Vec<_>>()
    };
    let both = vec![(json!("Sam"), json!(2)), (json!("Susan"), json!(4))];
    assert_eq!(
        (&done["item"]["blind"], reviews(&done["item"])),
        (&json!(false), both.clone())
    );
    assert_eq!(reviews(&scene.item(sam, &sample, ticket).await), both);
    // What he has not scored is as hidden from him, and both are from a third.
    assert_eq!(
        scene.item(sam, &sample, &tickets[0]).await["reviews"],
        json!([])
    );
    for ticket in &tickets {
        let item = scene.item(&scene.tina, &sample, ticket).await;
        assert_eq!(
            (&item["blind"], &item["reviews"]),
            (&json!(true), &json!([]))
        );
    }

    // To send a review again changes it: the score, and the notes with it.
    scene.world.clock.advance(TimeDelta::minutes(1));
    let done = scene.score(sam, &sample, ticket, 3).await;
    assert_eq!(
        done["item"]["reviews"][0],
        json!({ "reviewer": { "name": "Sam" }, "score": 3, "notes": null,
            "createdAt": "2026-03-02T09:00:00+00:00", "updatedAt": "2026-03-02T09:02:00+00:00" })
    );
    assert_eq!(done["sample"]["progress"]["reviewed"], 2);

    // A repeated request does nothing any more.
    let input = json!({ "sampleId": sample, "ticketId": ticket, "score": 1 });
    let keyed_input = keyed(input.clone(), "key");
    sam.run("reviewTicket", keyed_input.clone(), "").await;
    scene.score(sam, &sample, ticket, 5).await;
    let again = sam
        .run("reviewTicket", keyed_input, "item { reviews { score } }")
        .await;
    assert_eq!(again["item"]["reviews"][0]["score"], 5);
    let mut other = keyed(input, "key");
    other["score"] = json!(2);
    assert_eq!(
        sam.user_error("reviewTicket", other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
}

/// The same ticket in two samples is reviewed in each, and seen in each by who reviewed it there.
async fn samples_are_apart(world: World) {
    let scene = Scene::new(world);
    let (susan, sam) = (&scene.people.susan, &scene.sam);
    let ticket = scene.some(&scene.people.alice, 1).await.remove(0);
    let rules = json!({ "excludeReviewed": false });
    let one = text(&scene.draw(1, rules.clone()).await, "/id");
    let two = text(&scene.draw(1, rules).await, "/id");
    scene.score(sam, &one, &ticket, 1).await;
    scene.score(susan, &two, &ticket, 5).await;
    // Both in one request, where each is looked up for both.
    let query = "{ reviewSamples { nodes { id averageScore items { nodes { blind reviews { score } } } } } }";
    let seen = susan.get(query, json!({})).await;
    assert_eq!(
        seen["reviewSamples"]["nodes"],
        json!([
            { "id": two, "averageScore": 5.0, "items": { "nodes": [{ "blind": false, "reviews": [{ "score": 5 }] }] } },
            { "id": one, "averageScore": null, "items": { "nodes": [{ "blind": true, "reviews": [] }] } },
        ])
    );
}

/// Nobody reviews what they were or are accountable for.
async fn own_work(world: World) {
    let scene = Scene::new(world);
    let (susan, sam) = (&scene.people.susan, &scene.sam);
    let mine = scene.resolved(sam, json!({})).await;
    let others = scene.some(&scene.people.alice, 2).await;
    let sample = text(&scene.draw(3, json!({})).await, "/id");
    // Handed over to her after the draw.
    let take = |who: String| json!({ "ticketId": others[0], "assigneeId": who });
    susan.run("assignTicket", take(susan.id().await), "").await;

    let refused = async |who: &Client, ticket: &str| {
        let input = json!({ "sampleId": sample, "ticketId": ticket, "score": 5 });
        let payload = who
            .attempt("reviewTicket", input, "item { position }")
            .await;
        let error = payload["userErrors"][0].clone();
        assert_eq!(
            (&error["code"], &error["field"], &payload["item"]),
            (&json!("INVALID"), &json!(["ticketId"]), &Value::Null),
            "{payload}"
        );
        assert!(text(&error, "/message").contains("their own work"));
        assert_eq!(scene.item(who, &sample, ticket).await["ownWork"], true);
    };
    refused(sam, &mine).await;
    refused(susan, &others[0]).await;
    // To give it away does not help him.
    let give = json!({ "ticketId": mine, "assigneeId": scene.people.bob.id().await });
    susan.run("assignTicket", give, "").await;
    refused(sam, &mine).await;
    assert_eq!(
        scene.sample(susan, &sample).await["progress"]["reviewed"],
        0
    );
    assert_eq!(
        scene.item(susan, &sample, &mine).await["agent"]["name"],
        "Sam"
    );

    // The others can, and the list of what is left to do knows all of it.
    scene.score(susan, &sample, &mine, 3).await;
    scene.score(sam, &sample, &others[0], 3).await;
    let open = async |who: &Client| {
        let items = scene.items(who, &sample, ", onlyOpen: true").await;
        let tickets: Vec<_> = items.iter().map(|item| text(item, "/ticket/id")).collect();
        tickets
    };
    assert_eq!(open(susan).await, [others[1].clone()]);
    assert_eq!(open(sam).await, [others[1].clone()]);
    assert_eq!(open(&scene.tina).await.len(), 3);
    // He does not see how his work was scored: he cannot score it himself.
    let item = scene.item(sam, &sample, &mine).await;
    assert_eq!(
        (&item["blind"], &item["reviews"]),
        (&json!(true), &json!([]))
    );
}

/// Pages of a sample, from both ends, of all tickets and of those that are open.
async fn pages(world: World) {
    let scene = Scene::new(world);
    let susan = &scene.people.susan;
    scene.some(&scene.people.alice, 7).await;
    let sample = text(&scene.draw(7, json!({})).await, "/id");
    let tickets = scene.tickets(&sample).await;
    scene.score(susan, &sample, &tickets[2], 3).await;
    let page = async |args: &str| {
        let query = format!(
            "{{ node(id: \"{sample}\") {{ ... on ReviewSample {{ items({args}) {{ totalCount nodes {{ position }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }} }}"
        );
        let found = susan.get(&query, json!({})).await["node"]["items"].clone();
        let items = positions(found["nodes"].as_array().unwrap());
        (
            items,
            found["totalCount"].clone(),
            found["pageInfo"].clone(),
        )
    };
    for (only_open, wanted) in [
        (false, vec![1, 2, 3, 4, 5, 6, 7]),
        (true, vec![1, 2, 4, 5, 6, 7]),
    ] {
        let mut forward = Vec::new();
        let mut cursor = String::new();
        loop {
            let (items, total, info) =
                page(&format!("onlyOpen: {only_open}, first: 3{cursor}")).await;
            assert_eq!(total, json!(wanted.len()));
            assert_eq!(info["hasPreviousPage"], !cursor.is_empty());
            forward.extend(items);
            if info["hasNextPage"] == false {
                break;
            }
            cursor = format!(", after: \"{}\"", text(&info, "/endCursor"));
        }
        assert_eq!(forward, wanted);
        let (items, _, info) = page(&format!("onlyOpen: {only_open}, last: 2")).await;
        assert_eq!(items, wanted[wanted.len() - 2..]);
        let start = text(&info, "/startCursor");
        let (items, ..) = page(&format!(
            "onlyOpen: {only_open}, last: 9, before: \"{start}\""
        ))
        .await;
        assert_eq!(items, wanted[..wanted.len() - 2]);
    }
}

/// A review is nowhere on the ticket: not in its version, its log, its flags or anybody's mail; and
/// what is sensitive in it is masked like everything that people write.
async fn reviews_leave_no_trace(world: World) {
    let scene = Scene::new(world);
    let ticket = scene.some(&scene.people.alice, 1).await.remove(0);
    let db = scene.world.server().desk().db().read();
    let count = async || {
        let sql = "SELECT count(*) AS events FROM event";
        let sql = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(sql).await.unwrap().unwrap();
        row.try_get::<i64>("", "events").unwrap()
    };
    let sensitive = async || {
        let query = "query($id: ID!) { ticket(id: $id) { sensitive version updatedAt } }";
        scene.people.alice.get(query, json!({ "id": ticket })).await
    };
    let before = (
        state(&scene.people.alice, &ticket).await,
        count().await,
        sensitive().await,
    );
    let sample = text(&scene.draw(1, json!({})).await, "/id");
    scene.world.clock.advance(TimeDelta::minutes(5));
    let input = json!({ "sampleId": sample, "ticketId": ticket, "score": 1,
        "notes": "Wrote down 4111 1111 1111 1111." });
    let done = scene
        .sam
        .run("reviewTicket", input, "item { reviews { notes } }")
        .await;
    assert_eq!(
        done["item"]["reviews"][0]["notes"],
        "Wrote down •••• •••• •••• 1111."
    );
    let after = (
        state(&scene.people.alice, &ticket).await,
        count().await,
        sensitive().await,
    );
    assert_eq!(before, after);
}

on_both!(
    reviewers_are_blind,
    samples_are_apart,
    own_work,
    pages,
    reviews_leave_no_trace
);
