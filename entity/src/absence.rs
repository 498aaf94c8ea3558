//! When members of staff are away (requirement P6). One row per person: the absence that is planned
//! or runs.

use sea_orm::entity::prelude::*;

use crate::{Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "absence")]
pub struct Model {
    /// Who is away.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// From when.
    pub from_at: Timestamp,
    /// Until when; `None` for an open end.
    pub until_at: Option<Timestamp>,
    /// Who stands in.
    pub delegate_id: Option<UserId>,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
