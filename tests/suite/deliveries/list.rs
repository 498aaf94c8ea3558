//! The list of deliveries.

use deskwire_tests::{World, on_both};
use entity::DeliveryState::{Dead, Held, Pending, Sent};
use serde_json::{Value, json};

use super::scene::{Parcel, endpoint, ids, page};
use crate::common::{People, text};

async fn newest_first_and_by_filter(world: World) {
    let People {
        carla,
        alice,
        susan,
        ..
    } = People::of(&world);
    let (one, two) = (
        carla.open_ticket("One").await,
        carla.open_ticket("Two").await,
    );
    let carla_id = carla.id().await;
    let (hook, _) = endpoint(&susan, "https://example.com/?key=hidden").await;
    let (other, _) = endpoint(&susan, "https://example.com/other").await;
    let sent = Parcel::mail(&world, &one).is(Sent).posted().await;
    let held = Parcel::mail(&world, &two)
        .for_person(&carla_id)
        .is(Held)
        .posted()
        .await;
    let dead = Parcel::mail(&world, &two).ambiguous().posted().await;
    let hooked = Parcel::to_endpoint(&world, &hook, &one)
        .is(Pending)
        .posted()
        .await;
    let failed = Parcel::to_endpoint(&world, &other, &two)
        .is(Dead)
        .posted()
        .await;

    for (filter, wanted) in [
        ("{}", vec![&failed, &hooked, &dead, &held, &sent]),
        ("{ state: [] }", vec![&failed, &hooked, &dead, &held, &sent]),
        ("{ state: DEAD }", vec![&failed, &dead]),
        ("{ state: [DEAD, HELD] }", vec![&failed, &dead, &held]),
        ("{ state: BUNDLED }", vec![]),
        ("{ channel: WEBHOOK }", vec![&failed, &hooked]),
        ("{ channel: MAIL, state: [DEAD] }", vec![&dead]),
        ("{ ticketId: \"TWO\" }", vec![&failed, &dead, &held]),
        ("{ endpointId: \"ENDPOINT\" }", vec![&hooked]),
        ("{ endpointId: \"ENDPOINT\", state: DEAD }", vec![]),
        ("{ ambiguous: true }", vec![&dead]),
        (
            "{ ambiguous: false, ticketId: \"TWO\" }",
            vec![&failed, &held],
        ),
    ] {
        let filter = filter.replace("TWO", &two).replace("ENDPOINT", &hook);
        let list = page(&alice, &format!("filter: {filter}")).await;
        let found = ids(&list);
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter}");
        assert_eq!(list["totalCount"], json!(wanted.len()), "{filter}");
    }
    // By pages, from both ends.
    let first = page(&alice, "first: 2").await;
    assert_eq!(ids(&first), [failed.clone(), hooked.clone()]);
    let after = text(&first, "/pageInfo/endCursor");
    let next = page(&alice, &format!("first: 2, after: \"{after}\"")).await;
    assert_eq!(ids(&next), [dead.clone(), held.clone()]);
    let last = page(&alice, "last: 2, filter: { channel: MAIL }").await;
    assert_eq!(ids(&last), [held.clone(), sent.clone()]);

    // What a row says, and to whom.
    let seen = page(&alice, "").await["nodes"].clone();
    assert_eq!(
        seen[3],
        json!({
            "id": held, "channel": "MAIL", "state": "HELD", "kind": "TICKET_OPENED",
            "eventType": null, "attempts": 16, "nextAttemptAt": "2026-03-02T14:00:00+00:00",
            "lastError": "The server answered 550.", "ambiguous": false,
            "createdAt": "2026-03-02T09:00:00+00:00", "settledAt": null, "address": null,
            "ticket": { "id": two, "number": "SUP-00002" }, "recipient": { "name": "Carla" },
            "endpoint": null,
        })
    );
    assert_eq!(
        (&seen[2]["address"], &seen[2]["nextAttemptAt"]),
        (&json!("admin@desk.example"), &Value::Null)
    );
    assert_eq!(
        (&seen[1]["kind"], &seen[1]["endpoint"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!seen.to_string().contains("hidden"));
    let seen = page(&susan, "").await["nodes"].clone();
    assert_eq!(
        seen[1]["endpoint"],
        json!({ "id": hook, "url": "https://example.com/?key=hidden" })
    );
    // And one by one.
    let node = "query($id: ID!) { node(id: $id) { __typename ... on Delivery {
        state recipient { name } ticket { subject } } } }";
    let found = alice.get(node, json!({ "id": held })).await["node"].clone();
    assert_eq!(
        found,
        json!({ "__typename": "Delivery", "state": "HELD", "recipient": { "name": "Carla" },
                "ticket": { "subject": "Two" } })
    );
}

/// However long a page is, it costs the same number of statements.
async fn a_page_costs_the_same(world: World) {
    let People { carla, susan, .. } = People::of(&world);
    let carla_id = carla.id().await;
    let mut costs = Vec::new();
    for rows in [1, 12] {
        for number in 0..rows {
            let ticket = carla.open_ticket(&format!("Ticket {number}")).await;
            let (hook, _) = endpoint(&susan, "https://example.com/").await;
            Parcel::to_endpoint(&world, &hook, &ticket).posted().await;
            Parcel::mail(&world, &ticket)
                .for_person(&carla_id)
                .posted()
                .await;
        }
        page(&susan, "first: 100").await;
        let before = world.statements();
        page(&susan, "first: 100").await;
        costs.push(world.statements() - before);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0] <= 6, "{costs:?}");
}

on_both!(newest_first_and_by_filter, a_page_costs_the_same);
