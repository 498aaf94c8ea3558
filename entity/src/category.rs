//! What a ticket is about, in configurable categories (requirement T5).

use sea_orm::entity::prelude::*;

use crate::CategoryId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// The category's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    /// The stable name that clients send, unique.
    pub code: String,
    /// The name that people read.
    pub name: String,
    /// Where it stands in lists, ascending and unique.
    pub position: i32,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
