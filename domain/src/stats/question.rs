//! What is asked of the statistics.

use chrono::{Datelike, TimeDelta};
use entity::Timestamp;

use super::{
    dimension::Dimension,
    filter::StatsFilter,
    need::Period,
    tally::Durations,
    zone::{Level, Zone, quarter_of, time_of},
};
use crate::{Error, Result, UserErrorCode};

/// The most stretches of a series.
pub const MOST_PERIODS: usize = 1_500;

/// How long the stretches of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Months.
    Month,
}

/// What is asked of the statistics.
#[derive(Clone, Debug)]
pub struct StatsQuestion {
    /// What happened at this time or later.
    pub from: Timestamp,
    /// What happened before this time.
    pub to: Timestamp,
    /// The time zone of days, weeks and hours; that of the desk if none is named.
    pub zone: Option<String>,
    /// Which tickets.
    pub filter: StatsFilter,
    /// By what to break down.
    pub group_by: Option<Dimension>,
    /// Which parts of the answer are wanted.
    pub wanted: Wanted,
}

/// Which parts of an answer are wanted. The rest is not worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Distributions of durations: of the time, and of the time before.
    pub of_totals: Durations,
    /// Those of series.
    pub of_series: Durations,
    /// Those of groups.
    pub of_groups: Durations,
    /// The backlog at the end of the time, of the time before, and of stretches and groups.
    pub backlog: bool,
    /// The same time before.
    pub previous: bool,
    /// Series.
    pub series: Vec<Interval>,
    /// Groups.
    pub groups: bool,
    /// How many groups, those with the most tickets opened; all if it is `None`.
    pub most_groups: Option<usize>,
    /// The groups of the time before.
    pub previous_groups: bool,
    /// The backlog by age.
    pub ages: bool,
    /// When tickets come in, by weekday and hour.
    pub peak_hours: bool,
    /// What differs from its own past.
    pub spikes: bool,
    /// Tickets for each 100 active users.
    pub active: bool,
}

impl StatsQuestion {
    /// The zone that is named.
    ///
    /// # Errors
    /// `BadInput` if there is no such zone.
    pub(super) fn zone(&self) -> Result<Option<Zone>> {
        let named = self.zone.as_deref().map(|name| {
            Zone::find(name).ok_or_else(|| {
                Error::BadInput(
                    "There is no time zone of this name. Use a name of the IANA database, such as \
                     Europe/Berlin."
                        .to_owned(),
                )
            })
        });
        named.transpose()
    }
}

/// Checks the time that is asked for.
///
/// # Errors
/// `BadInput` if it ends before it begins, lies where no ticket can be, or is longer than anybody's
/// history: each of its months costs something.
pub(super) fn check_time(from: Timestamp, to: Timestamp) -> Result<()> {
    if from < Timestamp::UNIX_EPOCH || to.year() > 9_000 {
        return Err(Error::BadInput(
            "`from` and `to` must be in the years 1970 to 9000.".to_owned(),
        ));
    }
    if to - from > TimeDelta::days(36_600) {
        return Err(Error::BadInput(
            "There must be no more than 100 years from `from` to `to`. Ask for a shorter time."
                .to_owned(),
        ));
    }
    if from >= to {
        return Err(Error::BadInput(
            "`to` must be after `from`. What happens at `to` itself is not counted any more."
                .to_owned(),
        ));
    }
    Ok(())
}

/// The time zone called `name`, for settings.
///
/// # Errors
/// INVALID if there is no such zone.
pub(super) fn zone_called(name: &str, field: &[&str]) -> Result<Zone> {
    Zone::find(name.trim()).ok_or_else(|| {
        Error::user(
            UserErrorCode::Invalid,
            field,
            "There is no time zone of this name. Use a name of the IANA database, such as \
             Europe/Berlin.",
        )
    })
}

/// The same time before: as many local days if both ends are midnights, else as long.
pub(super) fn before(zone: &Zone, from: Timestamp, to: Timestamp) -> (Timestamp, Timestamp) {
    if zone.is_midnight(from) && zone.is_midnight(to) {
        let days = zone.days_between(from, to);
        return (zone.days_before(from, days), from);
    }
    (from - (to - from), from)
}

/// The stretches of a series: whole ones, but for the first and the last, which begin and end with
/// the time that is asked for.
///
/// # Errors
/// `BadInput` if there are too many.
pub(super) fn periods(
    zone: &Zone,
    interval: Interval,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>> {
    let mut at = from;
    let mut periods = Vec::new();
    while at < to {
        if periods.len() == MOST_PERIODS {
            return Err(Error::BadInput(format!(
                "A series has at most {MOST_PERIODS} entries. Ask for a shorter time or longer \
                 intervals."
            )));
        }
        let end = next(zone, interval, at).min(to);
        periods.push((at, end));
        at = end;
    }
    Ok(periods)
}

/// When the stretch ends in which `at` lies.
fn next(zone: &Zone, interval: Interval, at: Timestamp) -> Timestamp {
    let quarter = quarter_of(at.timestamp_micros());
    let level = match interval {
        Interval::Hour => return zone.next_hour(at),
        Interval::Day => Level::Day,
        Interval::Week => Level::Week,
        Interval::Month => Level::Month,
    };
    let end = time_of(zone.stretch(level, quarter).1);
    // Beyond the end of time there is nothing.
    if end > at { end } else { Timestamp::MAX_UTC }
}

/// Times as a period.
pub(super) fn period((from, to): (Timestamp, Timestamp)) -> Period {
    (Some(from.timestamp_micros()), to.timestamp_micros())
}
