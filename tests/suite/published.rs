//! What other systems get to see: real events, published and read back by a client that is not ours,
//! and the schemas that describe them.

use std::collections::BTreeMap;

use delivery::{KafkaSettings, Outgoing, Publisher, TicketRef};
use deskwire_tests::{Backend, Person, World, kcat_or_skip, on_both};
use domain::{EventData, db::Db, query::format_number};
use entity::{event, message, ticket};
use rdkafka::mocking::MockCluster;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

const TOPIC: &str = "deskwire.tickets";
const SECRET_NOTE: &str = "The carrier lost it, and we know.";

/// Every event of a desk, in order, as it is published.
async fn published(world: &World) -> Vec<delivery::CloudEvent> {
    let db = Db::connect(&world.config().database_url(), 2)
        .await
        .unwrap();
    let events = event::Entity::find().order_by_asc(event::Column::Seq);
    let events = events.all(db.read()).await.unwrap();
    let mut published = Vec::new();
    for event in events {
        let row = ticket::Entity::find_by_id(event.ticket_id).one(db.read());
        let row = row.await.unwrap().unwrap();
        let message = match event.message_id {
            Some(id) => message::Entity::find_by_id(id)
                .one(db.read())
                .await
                .unwrap(),
            None => None,
        };
        let data: EventData = serde_json::from_value(event.data.clone()).unwrap();
        let ticket = TicketRef {
            number: format_number(row.number),
            subject: row.subject,
        };
        let source = world.base();
        published.push(delivery::publish(
            &event,
            &data,
            &ticket,
            message.as_ref(),
            source,
        ));
    }
    published
}

/// Three tickets, each from its beginning to its end.
async fn history(world: &World) {
    let (carla, alice) = (world.client(Person::Carla), world.client(Person::Alice));
    let me = alice.id().await;
    for number in 0..3 {
        let id = carla.open_ticket(&format!("Ticket {number}")).await;
        let about = |more: Value| {
            let mut input = json!({ "ticketId": id });
            let more = more.as_object().unwrap().clone();
            input.as_object_mut().unwrap().extend(more);
            input
        };
        for (client, mutation, input) in [
            (&alice, "assignTicket", json!({ "assigneeId": me })),
            (
                &alice,
                "updateTicket",
                json!({ "subjects": ["complaint", "account_issue"] }),
            ),
            (&alice, "addInternalNote", json!({ "body": SECRET_NOTE })),
            (
                &alice,
                "replyToTicket",
                json!({ "body": "We are looking." }),
            ),
            (&carla, "replyToTicket", json!({ "body": "Thank you. 🙂" })),
            (&alice, "resolveTicket", json!({ "notes": "Found." })),
            (&carla, "reopenTicket", json!({})),
            (&carla, "closeTicket", json!({})),
            (
                &carla,
                "rateTicket",
                json!({ "score": 5, "comment": "Thank you! 🙂" }),
            ),
        ] {
            client.run(mutation, about(input), "ticket { id }").await;
        }
    }
}

async fn kafka_clients_read_what_happened_in_order(world: World) {
    let Some(kcat) = kcat_or_skip().await else {
        return;
    };
    history(&world).await;
    let events = published(&world).await;
    let kafka = MockCluster::new(3).unwrap();
    kafka.create_topic(TOPIC, 4, 3).unwrap();
    let settings = KafkaSettings {
        kafka_brokers: kafka.bootstrap_servers(),
        kafka_topic: TOPIC.to_owned(),
        kafka_options: String::new(),
    };
    let publisher = Publisher::open(&settings).unwrap().unwrap();
    let batch: Vec<_> = events
        .iter()
        .map(|event| Outgoing {
            key: event.partitionkey.clone(),
            id: event.id.clone(),
            payload: event.to_json().unwrap(),
        })
        .collect();
    publisher
        .publish(&batch, || Box::pin(async { true }))
        .await
        .unwrap();

    let read = kcat.read(&kafka.bootstrap_servers(), TOPIC).await;
    assert_eq!(read.len(), events.len());
    let mut stories = BTreeMap::<String, Vec<(u64, String)>>::new();
    for message in &read {
        let header = json!([
            "content-type",
            "application/cloudevents+json; charset=utf-8"
        ]);
        assert_eq!(message["headers"], header);
        let payload = message["payload"].as_str().unwrap();
        assert!(!payload.contains("carrier"), "{payload}");
        let event: Value = serde_json::from_str(payload).unwrap();
        deskwire_tests::check_clean(&event);
        assert_eq!(event["partitionkey"], message["key"]);
        let id = event["id"].as_str().unwrap().parse().unwrap();
        let kind = event["type"].as_str().unwrap().to_owned();
        let story = stories.entry(event["subject"].to_string()).or_default();
        story.push((id, kind));
    }
    assert_eq!(stories.len(), 3);
    for story in stories.values() {
        assert!(story.is_sorted_by_key(|(id, _)| id), "{story:?}");
        let kinds: Vec<_> = story.iter().map(|(_, kind)| &**kind).collect();
        for kind in [
            "ticket_created",
            "ticket_assigned",
            "ticket_note_added",
            "ticket_commented",
            "ticket_resolved",
            "ticket_reopened",
            "ticket_closed",
            "ticket_rated",
        ] {
            assert!(kinds.contains(&kind), "{kind} {kinds:?}");
        }
    }
}

/// Ids of what is published are those of the API.
async fn what_is_published_can_be_looked_up(world: World) {
    history(&world).await;
    let alice = world.client(Person::Alice);
    let mut most = 0;
    for event in published(&world).await {
        let event: Value = serde_json::from_slice(&event.to_json().unwrap()).unwrap();
        let ticket = &event["data"]["ticket"];
        let mut ids = vec![&ticket["id"], &ticket["requesterId"], &ticket["categoryId"]];
        let subjects = ticket["subjectIds"].as_array().unwrap();
        most = most.max(subjects.len());
        ids.extend(subjects);
        ids.extend([
            &event["data"]["actor"]["id"],
            &event["data"]["message"]["id"],
        ]);
        ids.retain(|id| !id.is_null());
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let found = alice.get(query, json!({ "ids": ids })).await;
        let found: Vec<_> = found["nodes"].as_array().unwrap().iter().collect();
        assert_eq!(
            found.iter().map(|node| &node["id"]).collect::<Vec<_>>(),
            ids
        );
    }
    assert_eq!(most, 2, "subjects are published too");
}

on_both!(
    kafka_clients_read_what_happened_in_order,
    what_is_published_can_be_looked_up
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_are_where_events_say_that_they_are() {
    let world = World::start(Backend::Sqlite).await;
    let anybody = world.anonymous();
    history(&world).await;
    for event in published(&world).await {
        let response = anybody.http().get(&event.dataschema).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{}", event.dataschema);
        let kind = &response.headers()["content-type"];
        assert_eq!(kind, "application/schema+json");
        let cache = response.headers()["cache-control"].to_str().unwrap();
        assert!(cache.starts_with("public, max-age="), "{cache}");
        let schema: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(schema["title"], event.kind);
    }
    for name in [
        "wombat.json",
        "ticket_created",
        "ticket_created.json.json",
        ".json",
        "%2e%2e",
    ] {
        let url = format!("{}/schemas/events/{name}", world.base());
        let response = anybody.http().get(url).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 404, "{name}");
    }
}
