//! What these tests share: a resolved ticket whose customer was asked.

use deskwire_tests::{Client, World};
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::common::{People, mails, text};

/// What `rateTicket` answers.
pub const PAYLOAD: &str = "ticket { id } rating { score comment ratedAt byLink }";

/// A world with its people, and a ticket of Carla's that Alice has resolved.
pub struct Scene {
    pub world: World,
    pub people: People,
    pub ticket: String,
}

impl Scene {
    pub async fn resolved(world: World) -> Self {
        let people = People::of(&world);
        let ticket = people.carla.open_ticket("My order <i>is</i> late").await;
        let scene = Self {
            world,
            people,
            ticket,
        };
        scene.alice("resolveTicket").await;
        scene
    }

    /// Alice does something on the ticket.
    pub async fn alice(&self, mutation: &str) {
        let input = json!({ "ticketId": self.ticket });
        self.people.alice.run(mutation, input, "").await;
    }

    /// The token of the mail that asks Carla about the ticket.
    pub async fn token(&self) -> String {
        let all = mails(&self.world).await;
        let links = all.iter().flat_map(|mail| links(mail));
        let last = links.last().unwrap();
        let (_, token) = last.split_once("token=").unwrap();
        token.split('&').next().unwrap().to_owned()
    }

    /// The rating, as `who` sees it on the ticket.
    pub async fn seen(&self, who: &Client) -> Value {
        let query =
            "query($id: ID!) { ticket(id: $id) { rating { score comment ratedAt byLink } } }";
        let seen = who.get(query, json!({ "id": self.ticket })).await;
        seen["ticket"]["rating"].clone()
    }

    /// The entries of the ticket's feed that tell of a rating, as `who` sees them.
    pub async fn told(&self, who: &Client) -> Vec<Value> {
        let query = "query($id: ID!) { ticket(id: $id) { activity(first: 100) { nodes {
            kind actor { name } rating { score comment } } } } }";
        let seen = who.get(query, json!({ "id": self.ticket })).await;
        let mut entries = seen["ticket"]["activity"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        entries.retain(|entry| entry["kind"] == "TICKET_RATED");
        entries
    }

    /// What `rateTicket` answers to somebody, as codes and fields of what is wrong.
    pub async fn wrongs(&self, who: &Client, input: Value) -> Vec<(String, Value)> {
        let payload = who.attempt("rateTicket", input, PAYLOAD).await;
        let errors = payload["userErrors"].as_array().unwrap();
        if !errors.is_empty() {
            assert_eq!(
                (&payload["ticket"], &payload["rating"]),
                (&Value::Null, &Value::Null)
            );
        }
        errors
            .iter()
            .map(|error| (text(error, "/code"), error["field"].clone()))
            .collect()
    }
}

/// The links of a survey's mail, from very good to very bad; none in any other mail.
pub fn links(mail: &str) -> Vec<String> {
    let mail = MessageParser::default().parse(mail).unwrap();
    let body = mail.body_text(0).unwrap();
    let words = body.split_whitespace();
    words
        .filter(|word| word.contains("token=") && word.contains("score="))
        .map(str::to_owned)
        .collect()
}
