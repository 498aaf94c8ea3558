//! What happened in a week, as it was reported.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "weekly_report")]
pub struct Model {
    /// The ISO week, such as `2026-W11`. Later weeks sort behind earlier ones.
    #[sea_orm(primary_key, auto_increment = false)]
    pub week: String,
    /// The time zone in which the week began and ended, an IANA name.
    pub time_zone: String,
    /// When the week began.
    pub from_at: Timestamp,
    /// When it ended.
    pub to_at: Timestamp,
    /// What it says (`domain::stats::WeeklyReport`).
    pub data: Json,
    /// When it was made.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
