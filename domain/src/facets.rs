//! What a ticket is filtered by, as it travels in every event.

use entity::{
    CategoryId, EventKind, Priority, TeamId, TicketSource, TicketStatus, Timestamp, UserId,
    Visibility, ticket,
};
use serde::{Deserialize, Serialize};

/// The properties of a ticket that decide who is interested in it. Two of them, before and after,
/// are enough to tell whether a change brings a ticket into a filtered queue or takes it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// Where it is in its life.
    pub status: TicketStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// What it is about.
    pub category: CategoryId,
    /// How it came in.
    pub source: TicketSource,
    /// Whose it is.
    pub requester: UserId,
    /// Who is accountable for it.
    pub assignee: Option<UserId>,
    /// Who else works on it, sorted.
    pub co_assignees: Vec<UserId>,
    /// The team that it was handed to.
    pub team: Option<TeamId>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl From<&ticket::Model> for Facets {
    fn from(ticket: &ticket::Model) -> Self {
        Self {
            status: ticket.status,
            priority: ticket.priority,
            category: ticket.category_id,
            source: ticket.source,
            requester: ticket.requester_id,
            assignee: ticket.assignee_id,
            co_assignees: ticket.co_assignees.0.clone(),
            team: ticket.team_id,
            tags: ticket.tags.0.clone(),
            created_at: ticket.created_at,
        }
    }
}

/// The data of an event. Later kinds of events add fields; old rows stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventData {
    /// The facets before, where the event changed any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Facets>,
    /// The facets after.
    pub after: Facets,
    /// The subject before and after, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<(String, String)>,
}

impl EventData {
    /// What an event about `after` holds; `before` is the ticket as the event found it.
    pub fn between(before: Option<&ticket::Model>, after: &ticket::Model) -> Self {
        let facets = Facets::from(after);
        Self {
            before: before.map(Facets::from).filter(|before| *before != facets),
            subject: before
                .filter(|before| before.subject != after.subject)
                .map(|before| (before.subject.clone(), after.subject.clone())),
            after: facets,
        }
    }
}

/// Who may see an event in a ticket's feed. What staff arrange among themselves (teams, tags,
/// co-assignees) and their notes are not the customer's.
pub fn visibility(
    kind: EventKind,
    before: Option<&ticket::Model>,
    after: &ticket::Model,
) -> Visibility {
    match kind {
        EventKind::TicketCreated
        | EventKind::StatusChanged
        | EventKind::TicketAssigned
        | EventKind::ReplyAdded
        | EventKind::TicketResolved
        | EventKind::TicketClosed
        | EventKind::TicketReopened => Visibility::Public,
        EventKind::TicketUpdated => {
            let shown = |ticket: &ticket::Model| {
                (ticket.subject.clone(), ticket.priority, ticket.category_id)
            };
            if before.is_some_and(|before| shown(before) == shown(after)) {
                Visibility::Staff
            } else {
                Visibility::Public
            }
        }
        EventKind::CoAssigneesChanged | EventKind::InternalNoteAdded => Visibility::Staff,
    }
}
