//! What is kept of a person whom news reach. Who has no row has the defaults.

use sea_orm::entity::prelude::*;

use crate::UserId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Goes up whenever notifications are marked as read.
    pub revision: i64,
    /// How many minutes a digest covers.
    pub digest_minutes: i32,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
