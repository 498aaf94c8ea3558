//! One of many who follow a queue.

use std::collections::BTreeMap;

use deskwire_tests::{Client, Socket};
use serde_json::{Value, json};

use crate::common::text;

const PAGE: &str = "query($filter: QueueFilter) {
    queue(filter: $filter, first: 100) { position nodes { id version priority tags }
        pageInfo { hasNextPage } } }";
const FOLLOW: &str = "subscription($filter: QueueFilter, $after: String) {
    queue(filter: $filter, after: $after) { position kind ticket { id version priority tags } } }";

pub type Rows = BTreeMap<String, Value>;

/// A filter, and what is known of it.
#[derive(Debug)]
pub struct Member {
    pub filter: Value,
    pub position: String,
    pub rows: Rows,
}

/// The position and the rows of a filter.
pub async fn query(client: &Client, filter: Value) -> (String, Rows) {
    let data = client.get(PAGE, json!({ "filter": filter })).await;
    assert_eq!(
        data["queue"]["pageInfo"]["hasNextPage"], false,
        "too much for one page"
    );
    let rows = data["queue"]["nodes"].as_array().unwrap().iter();
    let rows = rows.map(|row| (text(row, "/id"), row.clone()));
    (text(&data, "/queue/position"), rows.collect())
}

impl Member {
    /// Subscribes behind the last position seen.
    pub async fn join(&mut self, client: &Client) -> Socket {
        let mut socket = client.socket().await;
        let variables = json!({ "filter": self.filter, "after": self.position });
        socket.subscribe(FOLLOW, variables).await;
        assert_eq!(socket.event("queue").await["kind"], "READY");
        socket
    }

    /// Reads until the ticket `last` is there (`None`), or the socket is closed (its code).
    pub async fn read(&mut self, socket: &mut Socket, last: Option<&str>) -> Option<u16> {
        loop {
            let message = match socket.receive().await {
                Ok(message) => message,
                Err(code) => return Some(code),
            };
            if message["type"] == "complete" {
                continue;
            }
            let event = &message["payload"]["data"]["queue"];
            let (kind, ticket) = (text(event, "/kind"), &event["ticket"]);
            let id = text(ticket, "/id");
            self.position = text(event, "/position");
            let at_the_end = last == Some(id.as_str());
            match kind.as_str() {
                "ENTERED" | "CHANGED" => self.rows.insert(id, ticket.clone()),
                "LEFT" => self.rows.remove(&id),
                other => panic!("{other}: {message:#}"),
            };
            if at_the_end {
                return None;
            }
        }
    }
}
