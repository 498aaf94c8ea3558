//! What is promised to whom, and what happens when time runs out.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    CalendarId, CategoryId, EscalationAction, EscalationTarget, Priority, SlaPolicyId, TeamId,
    TicketSource, TimerKind, Timestamp,
};

/// Which tickets a policy is for. All that is given must hold; an empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Conditions {
    /// What the ticket is about.
    pub categories: Vec<CategoryId>,
    /// The customer's account tier when the ticket was opened.
    pub tiers: Vec<String>,
    /// The team that has the ticket.
    pub teams: Vec<TeamId>,
    /// How the ticket came in.
    pub sources: Vec<TicketSource>,
    /// How urgent the ticket is.
    pub priorities: Vec<Priority>,
}

/// The counted time allowed for one metric at one priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// How urgent the ticket is.
    pub priority: Priority,
    /// What is measured.
    pub kind: TimerKind,
    /// How long it may take.
    pub seconds: i64,
}

/// The targets of a policy; what is missing is best effort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Targets(pub Vec<Target>);

/// When a step is taken, measured in counted time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// At this share of the target, in percent.
    Percent(u16),
    /// This many seconds after the due time, before it if negative.
    Offset(i32),
}

/// Something that happens by itself as time goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The clock that it belongs to.
    pub kind: TimerKind,
    /// When.
    pub at: At,
    /// Only for tickets of these priorities; empty is any.
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// What happens.
    pub action: EscalationAction,
    /// The support tier to escalate to.
    #[serde(default)]
    pub tier: Option<i16>,
    /// Whom to escalate to.
    #[serde(default)]
    pub target: Option<EscalationTarget>,
    /// The team to hand to.
    #[serde(default)]
    pub team: Option<TeamId>,
}

/// The escalation steps of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Steps(pub Vec<Step>);

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sla_policy")]
pub struct Model {
    /// The policy's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SlaPolicyId,
    /// Its name, unique among those that are not deleted.
    pub name: String,
    /// Its place: policies are tried in ascending order. The catch-all is last.
    pub position: i32,
    /// Whether it is for every ticket that no other policy is for.
    pub catch_all: bool,
    /// Which tickets it is for.
    pub conditions: Conditions,
    /// When time counts.
    pub calendar_id: CalendarId,
    /// How long things may take.
    pub targets: Targets,
    /// What happens as time goes by.
    pub steps: Steps,
    /// How long nobody may touch a ticket before it is flagged, in counted seconds.
    pub unattended_seconds: Option<i64>,
    /// How long after it is resolved a ticket's customer is asked again, in seconds.
    pub follow_up_seconds: Option<i64>,
    /// How long after it is resolved a ticket closes itself, in seconds.
    pub close_seconds: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. What is over still tells of it.
    pub deleted_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
