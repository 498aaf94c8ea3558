//! How calendars were before they were changed: deadlines that are over are explained by the calendar
//! that applied then.

use sea_orm::entity::prelude::*;

use crate::{
    CalendarId,
    calendar::{Holidays, Week},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_version")]
pub struct Model {
    /// The calendar.
    #[sea_orm(primary_key, auto_increment = false)]
    pub calendar_id: CalendarId,
    /// Its version then.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// Its time zone then.
    pub time_zone: String,
    /// The open hours then.
    pub week: Week,
    /// The holidays then.
    pub holidays: Holidays,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
