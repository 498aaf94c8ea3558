//! The `data` of a published event. No address and no name of a person is in it: whoever needs them
//! asks the API, which knows who may see them.

use domain::{EventData, Facets, rating::RatingNote, sla::SlaNote};
use entity::{
    Priority, Role, SlaState, TicketSource, TicketStatus, TimerKind, Timestamp, Visibility, event,
    message,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{TicketRef, schema};

/// The most of a message that is published, in bytes.
pub(super) const MOST_OF_A_BODY: usize = 64 << 10;

/// What happened, as an object of its own: nothing has to be asked for to make use of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// The ticket, as the event left it.
    ticket: Ticket,
    /// What the event changed of the ticket, as it was before: only what is different. Left out if
    /// nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Before")]
    before: Option<Before>,
    /// Who did it.
    actor: Actor,
    /// Who may see the event on the desk: `PUBLIC`, the ticket's customer and staff; `STAFF`, staff
    /// alone. Show customers nothing of what is `STAFF`.
    #[schemars(schema_with = "schema::visibility")]
    visibility: Visibility,
    /// The message that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Message")]
    message: Option<Message>,
    /// The timer that fired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Sla")]
    sla: Option<Sla>,
    /// What the customer answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Rating")]
    rating: Option<Rating>,
}

impl Data {
    /// What `event` tells.
    pub(super) fn of(
        event: &event::Model,
        data: &EventData,
        ticket: &TicketRef,
        message: Option<&message::Model>,
    ) -> Self {
        let subjects = data.subject.as_ref();
        let at = |facets: &Facets, subject: &String| Ticket::at(event, facets, ticket, subject);
        let after = at(
            &data.after,
            subjects.map_or(&ticket.subject, |(_, after)| after),
        );
        let before = at(
            data.before.as_ref().unwrap_or(&data.after),
            subjects.map_or(&ticket.subject, |(before, _)| before),
        );
        Self {
            before: Before::between(&before, &after),
            ticket: after,
            actor: Actor {
                id: event.actor_id.map(entity::UserId::global),
                role: event.actor_role,
            },
            visibility: event.visibility,
            message: Message::of(event, message),
            sla: data.sla.as_ref().map(Sla::of),
            rating: data.rating.as_ref().map(Rating::of),
        }
    }
}

/// A ticket. Ids are those of the GraphQL API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ticket")]
struct Ticket {
    /// The ticket's id.
    id: String,
    /// The number as people read it, such as SUP-00042.
    number: String,
    /// One line. If the event changed it, as the event left it; else as it was when the event was
    /// sent, which can be later.
    subject: String,
    /// Grows with every change but ratings and those that staff alone may know of, from 1.
    version: i32,
    /// Where it is in its life.
    #[schemars(schema_with = "schema::status")]
    status: TicketStatus,
    /// How urgent it is.
    #[schemars(schema_with = "schema::priority")]
    priority: Priority,
    /// The id of the category that it is in.
    category_id: String,
    /// The ids of its subjects, the primary one first.
    subject_ids: Vec<String>,
    /// How it came in.
    #[schemars(schema_with = "schema::source")]
    source: TicketSource,
    /// The id of the customer whose it is.
    requester_id: String,
    /// The id of the one member of staff who is accountable for it; null if nobody is.
    assignee_id: Option<String>,
    /// The ids of the others who work on it.
    co_assignee_ids: Vec<String>,
    /// The id of the team that it was handed to; null if it was handed to none.
    team_id: Option<String>,
    /// Its tags, sorted.
    tags: Vec<String>,
    /// When it was opened.
    created_at: Timestamp,
    /// Whether it was escalated.
    escalated: bool,
    /// How it stands with its targets; null if it has none.
    #[schemars(schema_with = "schema::sla_state")]
    sla_state: Option<SlaState>,
    /// Whether nobody touched it for too long.
    unattended: bool,
    /// Whether its assignee is away.
    assignee_away: bool,
    /// Whether something in its texts was masked before it was stored.
    sensitive: bool,
}

impl Ticket {
    fn at(event: &event::Model, facets: &Facets, ticket: &TicketRef, subject: &str) -> Self {
        let Facets {
            status,
            priority,
            category,
            source,
            requester,
            assignee,
            co_assignees,
            team,
            tags,
            created_at,
            escalated,
            sla_state,
            unattended,
            assignee_away,
            sensitive,
            subjects,
        } = facets;
        Self {
            id: event.ticket_id.global(),
            number: ticket.number.clone(),
            subject: subject.to_owned(),
            version: event.ticket_version,
            status: *status,
            priority: *priority,
            category_id: category.global(),
            subject_ids: subjects.iter().map(|id| id.global()).collect(),
            source: *source,
            requester_id: requester.global(),
            assignee_id: assignee.map(entity::UserId::global),
            co_assignee_ids: co_assignees.iter().map(|id| id.global()).collect(),
            team_id: team.map(entity::TeamId::global),
            tags: tags.clone(),
            created_at: *created_at,
            escalated: *escalated,
            sla_state: *sla_state,
            unattended: *unattended,
            assignee_away: *assignee_away,
            sensitive: *sensitive,
        }
    }
}

/// What was different before: each property has the meaning that it has in `ticket`, and is left
/// out if the event did not change it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Before")]
struct Before {
    /// One line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    subject: Option<String>,
    /// Where it was in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::status")]
    status: Option<TicketStatus>,
    /// How urgent it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::priority")]
    priority: Option<Priority>,
    /// The id of the category that it was in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    category_id: Option<String>,
    /// The ids of its subjects, the primary one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    subject_ids: Option<Vec<String>>,
    /// How it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::source")]
    source: Option<TicketSource>,
    /// The id of the customer whose it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    requester_id: Option<String>,
    /// The id of the member of staff who was accountable for it; null if nobody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    assignee_id: Option<Option<String>>,
    /// The ids of the others who worked on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    co_assignee_ids: Option<Vec<String>>,
    /// The id of the team that it had been handed to; null if it had been handed to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    team_id: Option<Option<String>>,
    /// Its tags, sorted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    tags: Option<Vec<String>>,
    /// Whether it had been escalated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    escalated: Option<bool>,
    /// How it stood with its targets; null if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::sla_state")]
    sla_state: Option<Option<SlaState>>,
    /// Whether nobody had touched it for too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    unattended: Option<bool>,
    /// Whether its assignee was away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    assignee_away: Option<bool>,
    /// Whether something in its texts had been masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    sensitive: Option<bool>,
}

impl Before {
    /// What of `before` is not as in `after`, if anything is.
    fn between(before: &Ticket, after: &Ticket) -> Option<Self> {
        let Ticket {
            // These never change, or, as the version, with everything else.
            id: _,
            number: _,
            version: _,
            created_at: _,
            subject,
            status,
            priority,
            category_id,
            subject_ids,
            source,
            requester_id,
            assignee_id,
            co_assignee_ids,
            team_id,
            tags,
            escalated,
            sla_state,
            unattended,
            assignee_away,
            sensitive,
        } = before;
        let changed = Self {
            subject: other(subject, &after.subject),
            status: other(status, &after.status),
            priority: other(priority, &after.priority),
            category_id: other(category_id, &after.category_id),
            subject_ids: other(subject_ids, &after.subject_ids),
            source: other(source, &after.source),
            requester_id: other(requester_id, &after.requester_id),
            assignee_id: other(assignee_id, &after.assignee_id),
            co_assignee_ids: other(co_assignee_ids, &after.co_assignee_ids),
            team_id: other(team_id, &after.team_id),
            tags: other(tags, &after.tags),
            escalated: other(escalated, &after.escalated),
            sla_state: other(sla_state, &after.sla_state),
            unattended: other(unattended, &after.unattended),
            assignee_away: other(assignee_away, &after.assignee_away),
            sensitive: other(sensitive, &after.sensitive),
        };
        Some(changed).filter(|changed| *changed != Self::default())
    }
}

fn other<T: Clone + PartialEq>(before: &T, after: &T) -> Option<T> {
    Some(before).filter(|before| *before != after).cloned()
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Actor")]
struct Actor {
    /// The person's id; null for the desk itself.
    id: Option<String>,
    /// What the person was then; `SYSTEM` for the desk itself.
    #[schemars(schema_with = "schema::role")]
    role: Role,
}

/// A message in the ticket's thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Message")]
pub(super) struct Message {
    /// The message's id.
    id: String,
    /// Whether it is a note for staff alone. The text of a note is never published.
    internal: bool,
    /// The text of a public reply, up to 64 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    body: Option<String>,
    /// Whether there is more of the text than `body` holds; the API has it all.
    truncated: bool,
}

impl Message {
    /// The one place where a published message comes from: the text of what is not public gets no
    /// further than here. Without the row, or with that of another message, there is no text.
    pub(super) fn of(event: &event::Model, row: Option<&message::Model>) -> Option<Self> {
        let id = event.message_id?;
        let row = row.filter(|row| row.id == id);
        let internal =
            event.visibility != Visibility::Public || row.is_some_and(|row| row.internal);
        let text = row.filter(|_| !internal).map(|row| row.body.as_str());
        let body = text.map(|text| &text[..text.floor_char_boundary(MOST_OF_A_BODY)]);
        Some(Self {
            id: id.global(),
            internal,
            truncated: body != text,
            body: body.map(str::to_owned),
        })
    }
}

/// A timer that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Sla")]
struct Sla {
    /// What the timer measures.
    #[schemars(schema_with = "schema::timer")]
    kind: TimerKind,
    /// Which timer of this kind on the ticket it is, from 1: the second time that a customer waits
    /// for an answer is the second cycle.
    cycle: i32,
    /// The name of the level that was reached; `100%` is the target itself.
    level: String,
    /// When it was reached.
    due_at: Timestamp,
    /// The name of the policy that set it.
    policy: String,
}

impl Sla {
    fn of(note: &SlaNote) -> Self {
        let SlaNote {
            kind,
            cycle,
            level,
            due_at,
            policy,
            tell: _,
        } = note;
        Self {
            kind: *kind,
            cycle: *cycle,
            level: level.clone(),
            due_at: *due_at,
            policy: policy.clone(),
        }
    }
}

/// How satisfied the customer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Rating")]
struct Rating {
    /// From 1, very bad, to 5, very good.
    #[schemars(range(min = 1, max = 5))]
    score: i16,
    /// What they added in their own words, at most 5,000 characters. Left out if it is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    comment: Option<String>,
}

impl Rating {
    fn of(note: &RatingNote) -> Self {
        let RatingNote { score, comment } = note;
        Self {
            score: *score,
            comment: comment.clone(),
        }
    }
}
