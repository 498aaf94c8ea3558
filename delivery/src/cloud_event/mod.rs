//! What the world outside gets to see of an event: CloudEvents 1.0 in the structured JSON format,
//! the same over Kafka and in webhooks (docs/events.md).

mod data;
mod schema;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;

use domain::{EventData, telling::Published};
use entity::{Timestamp, event, message};
use serde::Serialize;

pub use data::Data;
pub use domain::telling::type_of;
pub use schema::{event_types, schema_of};

/// What an event does not say of its ticket itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRef {
    /// The number as people read it: SUP-00042.
    pub number: String,
    /// One line, as it is now.
    pub subject: String,
}

/// An event as it is published.
///
/// There is no `sequence` (an extension of CloudEvents): it would have to order all events of the
/// source, and neither the running number of an event nor the version of a ticket does
/// (docs/architecture.md). Within one ticket ids grow, as numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CloudEvent {
    /// The version of CloudEvents.
    pub specversion: &'static str,
    /// The event's number in the log; the same whenever it is sent again.
    pub id: String,
    /// The desk that it comes from.
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The number of the ticket that it happened to.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// How `data` is written.
    pub datacontenttype: &'static str,
    /// Where the JSON Schema of `data` is.
    pub dataschema: String,
    /// The ticket's global id: what is to stay in order has the same one.
    pub partitionkey: String,
    /// What happened, in full.
    pub data: Data,
}

impl CloudEvent {
    /// The published form of an event of the log, with all that was loaded for it.
    pub fn of(published: &Published, source: &str) -> Self {
        let ticket = TicketRef {
            number: published.number.clone(),
            subject: published.subject.clone(),
        };
        let message = published.message.as_ref();
        publish(&published.event, &published.data, &ticket, message, source)
    }

    /// The event in the structured JSON format.
    ///
    /// # Errors
    /// None that is known: all of it can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// The published form of `event`, which holds `data`. `message` is the one that it tells of, if it
/// tells of one; `source` is a URI reference that names the desk, by default its public URL.
pub fn publish(
    event: &event::Model,
    data: &EventData,
    ticket: &TicketRef,
    message: Option<&message::Model>,
    source: &str,
) -> CloudEvent {
    let kind = type_of(event.kind);
    CloudEvent {
        specversion: "1.0",
        id: event.seq.to_string(),
        source: source.to_owned(),
        kind,
        subject: ticket.number.clone(),
        time: event.at,
        datacontenttype: "application/json",
        dataschema: format!(
            "{}/schemas/events/{kind}.json",
            source.trim_end_matches('/')
        ),
        partitionkey: event.ticket_id.global(),
        data: Data::of(event, data, ticket, message),
    }
}
