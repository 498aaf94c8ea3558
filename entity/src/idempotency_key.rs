//! Answers given to requests that carried an idempotency key (requirement T17).

use sea_orm::entity::prelude::*;

use crate::{Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Who sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: UserId,
    /// The key that the client chose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The command that it was sent with.
    pub command: String,
    /// SHA-256 of the input, in hexadecimal.
    pub input_hash: String,
    /// What the command answered, as ids.
    pub result: Json,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
