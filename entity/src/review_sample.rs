//! Random samples of tickets for quality review (requirement M5).

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{CategoryId, Priority, ReviewSampleId, TeamId, TicketSource, Timestamp, UserId};

/// From which tickets a sample is drawn. All that is given must hold; an empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Rules {
    /// Resolved, or closed without that, at or after.
    pub from: Timestamp,
    /// Resolved, or closed without that, before.
    pub to: Timestamp,
    /// What the tickets are about.
    pub categories: Vec<CategoryId>,
    /// How urgent they are.
    pub priorities: Vec<Priority>,
    /// The teams that have them.
    pub teams: Vec<TeamId>,
    /// How they came in.
    pub sources: Vec<TicketSource>,
    /// The accountable member of staff.
    pub assignee: Option<UserId>,
    /// The most tickets of one accountable member of staff.
    pub per_agent: Option<i32>,
    /// Only escalated tickets.
    pub only_escalated: bool,
    /// Only tickets of which a target was missed.
    pub only_breached: bool,
    /// Without tickets that are in an earlier sample.
    pub exclude_reviewed: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_sample")]
pub struct Model {
    /// The sample's id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReviewSampleId,
    /// What people call it.
    pub name: String,
    /// From which tickets it was drawn.
    pub rules: Rules,
    /// What the draw depended on beside the tickets.
    pub seed: i64,
    /// How many tickets were wanted.
    pub wanted: i32,
    /// How many tickets the rules were true of.
    pub matching: i64,
    /// How many tickets were drawn.
    pub found: i32,
    /// Who drew it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
