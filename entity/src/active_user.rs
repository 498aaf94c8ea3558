//! Which customers were seen on which day. Rows live for a few days.

use sea_orm::entity::prelude::*;

use crate::UserId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "active_user")]
pub struct Model {
    /// The day, UTC, counted from 1970-01-01, which is 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// Who was seen.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
