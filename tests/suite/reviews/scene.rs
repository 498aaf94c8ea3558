//! Finished tickets, samples of them, and three who review.

use deskwire_tests::{Client, World};
use serde_json::{Value, json};

use crate::common::{People, text};

/// All that there is to ask of a sample.
pub const SAMPLE: &str = "id name seed wanted matching found createdAt createdBy { name }
    rules { from to categories { code } priorities teams { name } sources assignee { name } perAgent
        onlyEscalated onlyBreached excludeReviewed }
    progress { items reviewed reviewedByMe } averageScore
    agreement { items exactShare withinOneShare meanDifference alpha }
    scoresByAgent { agent { name } reviews averageScore }";

/// All that there is to ask of its tickets.
pub const ITEM: &str =
    "position ownWork blind ticket { id subject assignee { name } } agent { name }
    reviews { reviewer { name } score notes createdAt updatedAt }";

pub struct Scene {
    pub world: World,
    pub people: People,
    /// Supervisors, as Susan is.
    pub sam: Client,
    pub tina: Client,
}

impl Scene {
    pub fn new(world: World) -> Self {
        let supervisor = |name: &str| {
            let lower = name.to_lowercase();
            let email = format!("{lower}@example.com");
            world.client_with(
                json!({ "sub": lower, "name": name, "email": email, "role": "supervisor" }),
            )
        };
        Self {
            people: People::of(&world),
            sam: supervisor("Sam"),
            tina: supervisor("Tina"),
            world,
        }
    }

    /// A ticket of Carla's that is still open.
    pub async fn open(&self, more: Value) -> String {
        let mut input = json!({ "subject": "Help", "description": "It does not work." });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = self
            .people
            .carla
            .run("createTicket", input, "ticket { id }");
        text(&made.await, "/ticket/id")
    }

    /// A ticket of Carla's that `agent` resolved.
    pub async fn resolved(&self, agent: &Client, more: Value) -> String {
        let ticket = self.open(more).await;
        let take = json!({ "ticketId": ticket, "assigneeId": agent.id().await });
        self.people.susan.run("assignTicket", take, "").await;
        let resolve = json!({ "ticketId": ticket });
        agent.run("resolveTicket", resolve, "").await;
        ticket
    }

    /// Some tickets that `agent` resolved.
    pub async fn some(&self, agent: &Client, count: usize) -> Vec<String> {
        let mut tickets = Vec::new();
        for _ in 0..count {
            tickets.push(self.resolved(agent, json!({})).await);
        }
        tickets
    }

    /// What Susan draws.
    pub async fn draw(&self, size: usize, rules: Value) -> Value {
        let input = wanted(size, rules);
        let selection = format!("sample {{ {SAMPLE} }}");
        let made = self
            .people
            .susan
            .run("drawReviewSample", input, &selection)
            .await;
        made["sample"].clone()
    }

    /// The tickets of a sample, in its order.
    pub async fn tickets(&self, sample: &str) -> Vec<String> {
        let items = self.items(&self.people.susan, sample, "").await;
        let items = items.iter().map(|item| text(item, "/ticket/id"));
        items.collect()
    }

    /// A sample's rows as somebody sees them; `more` are arguments.
    pub async fn items(&self, client: &Client, sample: &str, more: &str) -> Vec<Value> {
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on ReviewSample {{
                items(first: 100 {more}) {{ nodes {{ {ITEM} }} }} }} }} }}"
        );
        let found = client.get(&query, json!({ "id": sample })).await;
        found["node"]["items"]["nodes"].as_array().unwrap().clone()
    }

    /// A ticket of a sample as somebody sees it.
    pub async fn item(&self, client: &Client, sample: &str, ticket: &str) -> Value {
        let items = self.items(client, sample, "").await;
        let found = items.iter().find(|item| item["ticket"]["id"] == ticket);
        found.unwrap().clone()
    }

    /// A sample as somebody sees it.
    pub async fn sample(&self, client: &Client, id: &str) -> Value {
        let query =
            format!("query($id: ID!) {{ node(id: $id) {{ ... on ReviewSample {{ {SAMPLE} }} }} }}");
        client.get(&query, json!({ "id": id })).await["node"].clone()
    }

    /// Somebody scores a ticket.
    pub async fn score(&self, client: &Client, sample: &str, ticket: &str, score: i32) -> Value {
        let input = json!({ "sampleId": sample, "ticketId": ticket, "score": score });
        let selection = format!("item {{ {ITEM} }} sample {{ {SAMPLE} }}");
        client.run("reviewTicket", input, &selection).await
    }
}

/// The input of a draw among what was finished in March.
pub fn wanted(size: usize, rules: Value) -> Value {
    let mut all = json!({ "from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z" });
    all.as_object_mut()
        .unwrap()
        .extend(rules.as_object().unwrap().clone());
    json!({ "name": "March", "size": size, "rules": all })
}
