//! Business hours: when time counts.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{CalendarId, Timestamp};

/// Open hours on one weekday, in minutes since its midnight; an end after 1440 is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hours {
    /// The weekday, 0 is Monday.
    pub day: u8,
    /// Opens, 0 to 1439.
    pub from: u16,
    /// Closes, after `from` and at most 24 hours later.
    pub to: u16,
}

/// A day on which nothing counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holiday {
    /// The day in the calendar's time zone, as `YYYY-MM-DD`.
    pub date: String,
    /// What is celebrated.
    pub name: String,
}

/// The open hours of a week, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Week(pub Vec<Hours>);

/// Holidays by date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Holidays(pub Vec<Holiday>);

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar")]
pub struct Model {
    /// The calendar's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarId,
    /// Grows with every change of its hours, from 1.
    pub version: i32,
    /// Its name, unique among those that are not deleted.
    pub name: String,
    /// Its time zone in the IANA database.
    pub time_zone: String,
    /// The open hours; a whole week for one that never closes.
    pub week: Week,
    /// The holidays.
    pub holidays: Holidays,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. What is over still tells of it.
    pub deleted_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
