//! What a ticket is about beside its category, in configurable subjects (requirement T5).

use sea_orm::entity::prelude::*;

use crate::SubjectId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject")]
pub struct Model {
    /// The subject's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubjectId,
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
