//! What a filtered queue is told, from one position to one ticket.

use deskwire_tests::{Client, Socket};
use domain::Position;
use serde_json::{Value, json};

use crate::common::text;

const FOLLOW: &str = "subscription($filter: QueueFilter, $after: String) {
    queue(filter: $filter, after: $after) { position kind ticket { ...Row } } }";

/// What readers keep of a ticket.
pub const ROW: &str = "fragment Row on Ticket {
    id version status priority category { code } assignee { id } tags }";

/// An event without what the ticket has become by now: position, kind, ticket.
pub type Told = (Position, String, String);

/// Follows a queue.
pub async fn subscribe(socket: &mut Socket, filter: &Value, after: Option<&str>) {
    let variables = json!({ "filter": filter, "after": after });
    socket
        .subscribe(&format!("{FOLLOW} {ROW}"), variables)
        .await;
}

/// An event that is about a ticket.
pub fn told(event: &Value) -> Told {
    let position = Position::decode(&text(event, "/position")).unwrap();
    (position, text(event, "/kind"), text(event, "/ticket/id"))
}

/// The whole story, read from the log at once, up to the first event of `last`.
pub async fn read(client: &Client, filter: &Value, after: &str, last: &str) -> Vec<Told> {
    let mut story = Vec::new();
    let mut socket = client.socket().await;
    subscribe(&mut socket, filter, Some(after)).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    while story.last().is_none_or(|(_, _, ticket)| ticket != last) {
        story.push(told(&socket.event("queue").await));
    }
    story
}
