//! What a weekly report says. It is kept as JSON, so fields are only ever added, and such as reports
//! of the past lack are read as empty.

use entity::{Timestamp, weekly_report};
use serde::{Deserialize, Serialize};

use super::figure::WeeklyFigure;
use crate::{Error, Result};

/// The version of what is stored. Whoever changes what a field means counts this up.
pub const WEEKLY_FORMAT: u32 = 1;

/// A report as it was made: plain numbers and names, which do not change any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyReport {
    /// The version of what is stored.
    pub format: u32,
    /// The ISO week, such as `2026-W11`.
    pub week: String,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// The time zone of its days, an IANA name.
    pub time_zone: String,
    /// When the report was made.
    pub created_at: Timestamp,
    /// The figures of the week.
    pub figures: Vec<WeeklyFigure>,
    /// Its seven days.
    pub days: Vec<WeeklyDay>,
    /// The categories with the most tickets opened.
    pub categories: Vec<WeeklyGroup>,
    /// The teams with the most tickets opened.
    pub teams: Vec<WeeklyGroup>,
    /// The agents with the most tickets resolved.
    pub agents: Vec<WeeklyGroup>,
    /// The hour of the week in which the most tickets were opened; `None` if none was.
    pub peak_hour: Option<WeeklyPeakHour>,
    /// The tickets in work when the report was made, by how long ago they were opened.
    pub backlog_by_age: Vec<WeeklyAge>,
    /// Categories and merchants that differed from their own past.
    #[serde(default)]
    pub spikes: Vec<WeeklySpike>,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyDay {
    /// Its date, such as `2026-03-09`.
    pub day: String,
    /// Tickets opened.
    pub created: i64,
    /// How often tickets became RESOLVED.
    pub resolved: i64,
}

/// The tickets of a category, a team or an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyGroup {
    /// What it was called when the report was made.
    pub name: String,
    /// Tickets opened.
    pub created: i64,
    /// Tickets opened in the week before.
    pub created_before: i64,
    /// How often tickets became RESOLVED.
    pub resolved: i64,
    /// How often they did in the week before.
    pub resolved_before: i64,
    /// The median time to the first response.
    pub first_response_median_seconds: Option<f64>,
    /// The share of promises that were kept.
    pub compliance: Option<f64>,
}

/// An hour of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyPeakHour {
    /// The weekday: 0 is Monday.
    pub weekday: i8,
    /// The hour on the wall, 0 to 23.
    pub hour: i8,
    /// Tickets opened in it.
    pub created: i64,
}

/// Tickets in work of some age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyAge {
    /// At least so many seconds old.
    pub from_seconds: i64,
    /// And less than that; `None` for the oldest.
    pub to_seconds: Option<i64>,
    /// How many.
    pub tickets: i64,
}

/// What can differ from its own past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeeklySpikeKind {
    /// What tickets are about.
    Category,
    /// A merchant that tickets are about.
    Merchant,
}

/// Something of which there was far more, or far less, than usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeeklySpike {
    /// What it is.
    pub kind: WeeklySpikeKind,
    /// What it was called when the report was made; a merchant by the host product's id.
    pub name: String,
    /// Tickets opened in the week.
    pub now: i64,
    /// How many were to be expected.
    pub expected: f64,
    /// How many times as many there were.
    pub ratio: f64,
}

impl WeeklyReport {
    /// The report as it is stored in `row`.
    ///
    /// # Errors
    /// `Internal` if another version made it that this one cannot read.
    pub(crate) fn stored(row: weekly_report::Model) -> Result<Self> {
        let report: Self = serde_json::from_value(row.data).map_err(Error::internal)?;
        if report.format != WEEKLY_FORMAT {
            let (format, week) = (report.format, row.week);
            return Err(Error::internal(format!(
                "the report of {week} has the format {format}, which this version does not know"
            )));
        }
        Ok(report)
    }
}
