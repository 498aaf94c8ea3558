//! When things happen: busy weekdays, quiet nights.

use chrono::{Datelike, TimeDelta, Timelike, Weekday};
use entity::Timestamp;

use super::dice::Dice;

/// How far back the oldest ticket goes.
const DAYS: i64 = 365;

/// How busy each hour of a day is, UTC.
const HOURS: [f64; 24] = [
    0.20, 0.14, 0.10, 0.08, 0.10, 0.22, 0.50, 0.95, 1.45, 1.75, 1.80, 1.65, //
    1.45, 1.50, 1.60, 1.55, 1.45, 1.35, 1.30, 1.25, 1.05, 0.80, 0.50, 0.30,
];

/// The hours in which staff are at work, UTC.
const FIRST_HOUR: u32 = 6;
const LAST_HOUR: u32 = 21;

/// The year before a moment, with its rhythm.
#[derive(Debug)]
pub(super) struct Calendar {
    /// Where the data begin.
    pub(super) start: Timestamp,
    /// Where they end.
    pub(super) until: Timestamp,
    /// For each hour how much has happened by its end.
    sums: Vec<f64>,
}

impl Calendar {
    /// The year before `until`.
    pub(super) fn new(until: Timestamp, dice: &mut Dice) -> Self {
        let start = until - TimeDelta::days(DAYS);
        let hours = DAYS * 24;
        let mut sum = 0.0;
        let sums = (0..hours).map(|hour| {
            let at = start + TimeDelta::hours(hour);
            let growth = 0.85 + 0.3 * hour as f64 / hours as f64;
            let mood = 0.7 + 0.6 * dice.fraction();
            sum += busy(at) * growth * mood;
            sum
        });
        let sums = sums.collect();
        Self { start, until, sums }
    }

    /// The moment by which `part` (0 to 1) of all that happens has happened.
    pub(super) fn moment(&self, part: f64) -> Timestamp {
        let wanted = part * self.sums.last().copied().unwrap_or(0.0);
        let hour = self.sums.partition_point(|sum| *sum <= wanted);
        let before = hour
            .checked_sub(1)
            .and_then(|hour| self.sums.get(hour))
            .copied()
            .unwrap_or(0.0);
        let within = self
            .sums
            .get(hour)
            .map_or(0.0, |sum| (wanted - before) / (sum - before));
        let micros = (hour as f64 + within) * 3.6e9;
        self.start + TimeDelta::microseconds(micros as i64)
    }
}

fn busy(at: Timestamp) -> f64 {
    let day = match at.weekday() {
        Weekday::Mon => 1.25,
        Weekday::Tue => 1.15,
        Weekday::Wed => 1.10,
        Weekday::Thu => 1.05,
        Weekday::Fri => 1.00,
        Weekday::Sat => 0.55,
        Weekday::Sun => 0.50,
    };
    day * HOURS.get(at.hour() as usize).copied().unwrap_or(1.0)
}

/// Whether staff are at work.
pub(super) fn is_open(at: Timestamp) -> bool {
    (FIRST_HOUR..=LAST_HOUR).contains(&at.hour())
}

/// `at`, or if nobody is at work then, the next morning within two hours.
pub(super) fn at_work(at: Timestamp, dice: &mut Dice) -> Timestamp {
    let hour = at.hour();
    if is_open(at) {
        return at;
    }
    let hours_left = (24 + FIRST_HOUR - hour) % 24;
    let into_hour = i64::from(at.minute()) * 60 + i64::from(at.second());
    let morning = at + TimeDelta::hours(hours_left.into()) - TimeDelta::seconds(into_hour);
    morning + TimeDelta::microseconds((dice.fraction() * 7.2e9) as i64)
}
