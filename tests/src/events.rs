//! A client of GraphQL over server-sent events, distinct connections mode.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Client, clean};

/// An open stream of events.
#[derive(Debug)]
pub struct Events {
    response: reqwest::Response,
    text: String,
}

const LIMIT: Duration = Duration::from_secs(60);

impl Events {
    /// Sends an operation by POST and opens its stream.
    pub async fn open(client: &Client, query: &str, variables: Value) -> Self {
        let response = Self::request(client, query, variables).await;
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The answer to a request for a stream, whatever it is.
    pub async fn request(client: &Client, query: &str, variables: Value) -> reqwest::Response {
        let mut request = client
            .http()
            .post(format!("{}/graphql", client.base()))
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .body(json!({ "query": query, "variables": variables }).to_string());
        if let Some(token) = client.token() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.send().await.unwrap()
    }

    /// The next event: its name and its data, null if it has none; `None` at the end of the stream.
    /// Comments are passed over.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = event.lines().filter_map(|line| line.split_once(':'));
                    let found = lines.find(|(field, _)| *field == name);
                    found.map(|(_, value)| value.trim().to_owned())
                };
                let Some(name) = field("event") else {
                    continue;
                };
                let data = field("data").expect("EventSource needs a data field");
                let data = if data.is_empty() {
                    Value::Null
                } else {
                    serde_json::from_str(&data).unwrap()
                };
                clean::check(&data);
                return Some((name, data));
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk()).await;
            match chunk.expect("nothing came in a minute") {
                Ok(Some(chunk)) => self.text.push_str(std::str::from_utf8(&chunk).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// The data of the next event, which must be a `next` without errors.
    pub async fn data(&mut self) -> Value {
        let (name, payload) = self.next().await.expect("the stream has ended");
        assert_eq!(name, "next");
        assert!(payload.get("errors").is_none(), "{payload:#}");
        payload["data"].clone()
    }
}
