//! Teams of staff that tickets can be handed to.

use sea_orm::entity::prelude::*;

use crate::{TeamId, Timestamp};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    /// The team's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamId,
    /// The team's name, unique.
    pub name: String,
    /// When the team was made.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
