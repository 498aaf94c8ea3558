//! Tickets. `tags`, `co_assignees` and `subjects` are copies of `ticket_tag`, `ticket_co_assignee` and
//! `ticket_subject`, so that one row says all that a queue page and an event need; `domain` writes
//! both in one place.

use chrono::DateTime;
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    CategoryId, EscalationTarget, Priority, SensitiveKind, SlaState, SubjectId, TeamId, TicketId,
    TicketSource, TicketStatus, Timestamp, UserId,
};

/// The due time of a ticket that is not due: far behind all others in lists sorted by it.
pub const NEVER: Timestamp = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// A set of people kept in one column, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Ids(pub Vec<UserId>);

/// A set of tags kept in one column, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Tags(pub Vec<String>);

/// Subjects kept in one column, each once, in their order: the first is the primary one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Subjects(pub Vec<SubjectId>);

/// What of the ticket's texts was masked, each kind once, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Sensitive(pub Vec<SensitiveKind>);

impl Sensitive {
    /// Adds what was found in a text.
    pub fn add(&mut self, found: &[SensitiveKind]) {
        self.0.extend_from_slice(found);
        self.0.sort_unstable();
        self.0.dedup();
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    /// The ticket's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TicketId,
    /// The running number: 1 is shown as SUP-00001.
    pub number: i64,
    /// The customer whose problem it is.
    pub requester_id: UserId,
    /// The customer's address when the ticket was opened.
    pub requester_email: Option<String>,
    /// One line.
    pub subject: String,
    /// The problem in the customer's words.
    pub description: String,
    /// What it is about.
    pub category_id: CategoryId,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it is in its life.
    pub status: TicketStatus,
    /// How it came in.
    pub source: TicketSource,
    /// The one accountable member of staff.
    pub assignee_id: Option<UserId>,
    /// The others who work on it, sorted.
    pub co_assignees: Ids,
    /// The team that it was handed to.
    pub team_id: Option<TeamId>,
    /// Tags, sorted.
    pub tags: Tags,
    /// How it was resolved.
    pub resolution_notes: Option<String>,
    /// Browser, device and so on, as the customer's client told it.
    pub environment: Option<Json>,
    /// The closed ticket that this one continues.
    pub follow_up_of_id: Option<TicketId>,
    /// Grows with every change but internal notes, from 1: customers see it, and must not learn of those.
    pub version: i32,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its version last grew.
    pub updated_at: Timestamp,
    /// When staff first answered in public.
    pub first_response_at: Option<Timestamp>,
    /// When it was resolved, if it is resolved or closed after being resolved.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed, if it is closed.
    pub closed_at: Option<Timestamp>,
    /// The customer's account tier when the ticket was opened.
    pub requester_tier: Option<String>,
    /// Whether it was escalated.
    pub escalated: bool,
    /// When it was escalated last.
    pub escalated_at: Option<Timestamp>,
    /// The support tier that it was escalated to.
    pub escalation_tier: Option<i16>,
    /// Whom it was escalated to.
    pub escalation_target: Option<EscalationTarget>,
    /// How it stands with its targets, all in all; `None` if it has none.
    pub sla_state: Option<SlaState>,
    /// The next due time of a running SLA clock; [`NEVER`] if none runs.
    pub sla_due_at: Timestamp,
    /// Whether its assignee is away.
    pub assignee_away: bool,
    /// What of its texts, internal notes too, was masked before it was stored.
    pub sensitive: Sensitive,
    /// What it is about beside its category, the primary one first.
    pub subjects: Subjects,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
