//! How many people were active on a day.

use sea_orm::entity::prelude::*;

use crate::{Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "active_day")]
pub struct Model {
    /// The day, UTC, counted from 1970-01-01, which is 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// How many customers were seen; 0 as long as the day is not closed.
    pub counted: i32,
    /// How many the host product reported.
    pub reported: Option<i32>,
    /// Who reported it last.
    pub reported_by: Option<UserId>,
    /// When it was reported last.
    pub reported_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
