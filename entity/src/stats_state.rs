//! How far the statistics have been worked out. One row.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stats_state")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The version of the rules by which facts and sums are made.
    pub format: i32,
    /// The position in the event log up to which everything is in: the transaction,
    pub xid: i64,
    /// and the running number.
    pub seq: i64,
    /// The time zone in which days, weeks and months are summed up.
    pub time_zone: String,
    /// From which quarter of an hour on days, weeks and months are summed up.
    pub rolled_from: i32,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
