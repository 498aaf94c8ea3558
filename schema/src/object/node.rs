//! Relay's object identification.

use async_graphql::{ID, Interface};

use super::{
    Attachment, Calendar, Category, Delivery, Message, Notification, ReviewSample, SlaPolicy,
    Subject, Team, Ticket, User, WebhookEndpoint,
};

/// Something with a global id that can be loaded again by it.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub(crate) enum Node {
    /// A ticket.
    Ticket(Ticket),
    /// A person.
    User(User),
    /// A message.
    Message(Message),
    /// A file on a ticket or a message.
    Attachment(Attachment),
    /// A category.
    Category(Category),
    /// A subject.
    Subject(Subject),
    /// A team.
    Team(Team),
    /// A calendar of business hours.
    Calendar(Calendar),
    /// An SLA policy.
    SlaPolicy(SlaPolicy),
    /// Something that the viewer is told.
    Notification(Notification),
    /// A mail or a request to an endpoint.
    Delivery(Delivery),
    /// An endpoint of another system.
    WebhookEndpoint(WebhookEndpoint),
    /// A sample of tickets for quality review.
    ReviewSample(ReviewSample),
}
