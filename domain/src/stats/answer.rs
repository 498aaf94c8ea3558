//! What the statistics answer.

use entity::Timestamp;

use super::{figures::Figures, question::Interval, targets::Targets, unusual::Unusual};

/// What the statistics answer. What was not wanted is empty.
#[derive(Clone, Debug)]
pub struct Answer {
    /// From when.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// The time zone of days, weeks and hours.
    pub time_zone: String,
    /// Everything that happened before this time is in the answer.
    pub as_of: Timestamp,
    /// What is aimed at.
    pub targets: Targets,
    /// The figures of the time.
    pub totals: Figures,
    /// The same time before, and its figures.
    pub previous: Option<SeriesEntry>,
    /// Series, one for each interval that was asked for.
    pub series: Vec<Series>,
    /// Groups, those with the most tickets opened first.
    pub groups: Vec<Group>,
    /// The tickets in work now, by age.
    pub ages: Vec<AgeGroup>,
    /// When tickets come in.
    pub peak_hours: Vec<PeakHour>,
    /// Categories and merchants that differ from their own past.
    pub unusual: Vec<Unusual>,
}

/// Figures one after the other.
#[derive(Clone, Debug)]
pub struct Series {
    /// How long the stretches are.
    pub interval: Interval,
    /// The stretches.
    pub entries: Vec<SeriesEntry>,
}

/// Figures of a stretch of time.
#[derive(Clone, Debug)]
pub struct SeriesEntry {
    /// From when.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// The figures.
    pub figures: Figures,
}

/// Figures of a value of a dimension.
#[derive(Clone, Debug)]
pub struct Group {
    /// The value: an id (simple, without dashes), or a name; empty for none.
    pub key: String,
    /// The figures.
    pub figures: Figures,
    /// The figures of the same time before.
    pub previous: Option<Figures>,
}

impl Group {
    /// Whether any of its figures is not zero.
    pub(super) fn has_something(&self) -> bool {
        let figures = self.previous.iter().chain([&self.figures]);
        figures
            .into_iter()
            .any(|figures| !figures.tally.is_empty() || figures.backlog.unwrap_or(0) != 0)
    }
}

/// Tickets in work of some age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeGroup {
    /// At least so many seconds old.
    pub from_seconds: i64,
    /// And less than that; `None` for the oldest.
    pub to_seconds: Option<i64>,
    /// How many.
    pub tickets: i64,
}

/// Tickets opened in an hour of a weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeakHour {
    /// The weekday: 0 is Monday.
    pub weekday: i8,
    /// The hour on the wall, 0 to 23.
    pub hour: i8,
    /// How many, in all weeks together.
    pub created: i64,
    /// How many local days of this weekday the time touches.
    pub days: i64,
}
