//! Facts summed up: one row for a stretch of time and a value of a dimension.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stats_bucket")]
pub struct Model {
    /// The dimension (`domain::stats::Dimension`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: i16,
    /// The dimension's value; empty for none, and for all tickets.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// How long the stretch is (`domain::stats::Level`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    /// When it begins, in quarters of an hour since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: i32,
    /// Counts and sums, encoded.
    pub numbers: Vec<u8>,
    /// How first responses are distributed, encoded; empty for nothing. So are the following.
    pub first_response: Vec<u8>,
    /// Next responses.
    pub next_response: Vec<u8>,
    /// First resolutions.
    pub first_resolution: Vec<u8>,
    /// Total resolutions.
    pub total_resolution: Vec<u8>,
    /// Tickets opened by weekday and hour on the wall, encoded; empty for quarters of an hour.
    pub hours: Vec<u8>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
