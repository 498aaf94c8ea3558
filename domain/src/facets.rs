//! What a ticket is filtered by, as it travels in every event.

use entity::{
    CategoryId, EventKind, Priority, SlaState, SubjectId, TeamId, TicketSource, TicketStatus,
    Timestamp, UserId, Visibility, ticket,
};
use serde::{Deserialize, Serialize};

use crate::{rating::RatingNote, sla::SlaNote};

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
    /// Whether it was escalated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escalated: bool,
    /// How it stands with its targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_state: Option<SlaState>,
    /// Whether nobody touched it for too long.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unattended: bool,
    /// Whether its assignee is away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub assignee_away: bool,
    /// Whether something in its texts was masked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// What it is about beside its category, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectId>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Facets {
    /// The facets of a ticket; that it is unattended stands in its timers.
    pub fn of(ticket: &ticket::Model, unattended: bool) -> Self {
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
            escalated: ticket.escalated,
            sla_state: ticket.sla_state,
            unattended,
            assignee_away: ticket.assignee_away,
            sensitive: !ticket.sensitive.0.is_empty(),
            subjects: ticket.subjects.0.clone(),
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
    /// The timer that fired, for the kinds that tell of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<SlaNote>,
    /// What the customer answered, for the kind that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingNote>,
}

/// A ticket at one moment, and whether it is unattended then.
pub(crate) type Seen<'a> = (&'a ticket::Model, bool);

impl EventData {
    /// What an event about `after` holds; `before` is the ticket as the event found it.
    pub fn between(before: Option<(&ticket::Model, bool)>, after: (&ticket::Model, bool)) -> Self {
        let facets = Facets::of(after.0, after.1);
        let subjects = before.map(|(before, _)| (&before.subject, &after.0.subject));
        Self {
            before: before
                .map(|(ticket, unattended)| Facets::of(ticket, unattended))
                .filter(|before| *before != facets),
            subject: subjects
                .filter(|(before, after)| before != after)
                .map(|(before, after)| (before.clone(), after.clone())),
            after: facets,
            sla: None,
            rating: None,
        }
    }
}

impl EventData {
    /// Whether an event with this data left the ticket's row, and with it the version, as it was.
    pub fn leaves_the_row(&self, kind: EventKind) -> bool {
        match kind {
            EventKind::InternalNoteAdded | EventKind::TicketUnattended | EventKind::TicketRated => {
                true
            }
            EventKind::SlaWarning | EventKind::SlaOverdue => self.before.is_none(),
            EventKind::TicketCreated
            | EventKind::TicketUpdated
            | EventKind::StatusChanged
            | EventKind::TicketAssigned
            | EventKind::CoAssigneesChanged
            | EventKind::ReplyAdded
            | EventKind::TicketResolved
            | EventKind::TicketClosed
            | EventKind::TicketReopened
            | EventKind::SlaBreached
            | EventKind::TicketEscalated
            | EventKind::SlaChanged
            | EventKind::FollowUpDue
            | EventKind::AssigneeAwayChanged => false,
        }
    }
}

/// Who may see an event in a ticket's feed. What staff arrange among themselves (teams, tags,
/// co-assignees), their notes and their deadlines are not the customer's.
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
        | EventKind::TicketReopened
        | EventKind::FollowUpDue
        | EventKind::TicketRated => Visibility::Public,
        EventKind::TicketUpdated => {
            let shown_alike = |before: &ticket::Model| {
                before.subject == after.subject
                    && before.priority == after.priority
                    && before.category_id == after.category_id
                    && before.subjects == after.subjects
            };
            if before.is_some_and(shown_alike) {
                Visibility::Staff
            } else {
                Visibility::Public
            }
        }
        EventKind::CoAssigneesChanged
        | EventKind::InternalNoteAdded
        | EventKind::SlaWarning
        | EventKind::SlaBreached
        | EventKind::SlaOverdue
        | EventKind::TicketEscalated
        | EventKind::SlaChanged
        | EventKind::TicketUnattended
        | EventKind::AssigneeAwayChanged => Visibility::Staff,
    }
}
