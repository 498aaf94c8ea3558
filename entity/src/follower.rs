//! How far somebody has followed the event log: one row per follower.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follower")]
pub struct Model {
    /// `PLANNER` or `KAFKA`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The position up to which everything is done: the transaction,
    pub xid: i64,
    /// and the running number.
    pub seq: i64,
    /// The process that follows at the moment, where only one may.
    pub holder: Option<Uuid>,
    /// Until when it may.
    pub held_until: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
