//! Days, weeks and months as people in some place have them, in quarters of an hour since 1970.
//!
//! Every time zone's offset has been a multiple of a quarter of an hour since 1972, so a quarter is
//! the smallest stretch that needs to be kept for days to begin at everybody's midnight.

use chrono::TimeDelta;
use entity::Timestamp;
use jiff::{ToSpan, civil, tz::TimeZone};

use crate::{Error, Result};

/// Seconds of a quarter of an hour.
pub(super) const QUARTER: i64 = 900;

/// Microseconds of a quarter of an hour.
const QUARTER_MICROS: i64 = QUARTER * 1_000_000;

/// The quarter of an hour in which a point in time lies, given in microseconds since 1970.
pub(super) fn quarter_of(at: i64) -> i32 {
    i32::try_from(at.div_euclid(QUARTER_MICROS)).unwrap_or(if at < 0 { i32::MIN } else { i32::MAX })
}

/// When a quarter of an hour begins, in microseconds since 1970.
pub(super) fn begin_of(quarter: i32) -> i64 {
    i64::from(quarter) * QUARTER_MICROS
}

/// When a quarter of an hour begins.
pub(super) fn time_of(quarter: i32) -> Timestamp {
    Timestamp::from_timestamp(i64::from(quarter) * QUARTER, 0).unwrap_or_default()
}

/// How long a stretch of time is over which facts are summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    /// A quarter of an hour.
    Quarter,
    /// A day of the desk's time zone.
    Day,
    /// A week of it, from Monday.
    Week,
    /// A month of it.
    Month,
}

impl Level {
    /// Every level, the shortest first.
    pub(super) const ALL: [Self; 4] = [Self::Quarter, Self::Day, Self::Week, Self::Month];

    /// The next shorter one.
    pub(super) const fn shorter(self) -> Option<Self> {
        match self {
            Self::Quarter => None,
            Self::Day => Some(Self::Quarter),
            Self::Week => Some(Self::Day),
            Self::Month => Some(Self::Week),
        }
    }

    /// The number by which it is stored.
    pub(super) const fn number(self) -> i16 {
        self as i16
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone called `name`; `None` if there is no such zone.
    pub fn find(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Self { name, zone })
    }

    /// The zone called `name`, which must be one.
    ///
    /// # Errors
    /// `Internal` if it is none.
    pub(super) fn stored(name: &str) -> Result<Self> {
        Self::find(name).ok_or_else(|| Error::internal(format!("no time zone is called {name}")))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The local day on which a quarter of an hour begins.
    pub fn day_of(&self, quarter: i32) -> civil::Date {
        self.wall(i64::from(quarter) * QUARTER).date()
    }

    /// The weekday, from Monday, and the local hour in which a point in time lies, given in
    /// microseconds since 1970.
    pub fn hour_of(&self, at: i64) -> (usize, usize) {
        let wall = self.wall(at.div_euclid(1_000_000));
        let place = |number: i8| usize::try_from(number).unwrap_or(0);
        let weekday = wall.date().weekday().to_monday_zero_offset();
        (place(weekday), place(wall.hour()))
    }

    fn wall(&self, second: i64) -> civil::DateTime {
        let at = jiff::Timestamp::from_second(second).unwrap_or_default();
        self.zone.to_datetime(at)
    }

    /// The quarter of an hour with which a local day begins.
    pub fn start(&self, day: civil::Date) -> i32 {
        let start = day.to_zoned(self.zone.clone());
        let start = start.and_then(|midnight| midnight.start_of_day());
        let second = start.map_or(0, |start| start.timestamp().as_second());
        i32::try_from(second.div_euclid(QUARTER)).unwrap_or(i32::MAX)
    }

    /// When a local day begins.
    pub fn time_of_start(&self, day: civil::Date) -> Timestamp {
        time_of(self.start(day))
    }

    /// The day with which the stretch of `level` begins in which `day` lies. For quarters, `day`.
    pub(super) fn first(&self, level: Level, day: civil::Date) -> civil::Date {
        match level {
            Level::Quarter | Level::Day => day,
            Level::Week => {
                let back = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(back.days()).unwrap_or(day)
            }
            Level::Month => day.first_of_month(),
        }
    }

    /// The day with which the next stretch begins, for the first day of one.
    pub(super) fn next(&self, level: Level, first: civil::Date) -> civil::Date {
        let step = match level {
            Level::Quarter | Level::Day => 1.day(),
            Level::Week => 1.week(),
            Level::Month => 1.month(),
        };
        first.checked_add(step).unwrap_or(civil::Date::MAX)
    }

    /// The stretch of `level` in which a quarter of an hour lies: its first quarter, and that of the
    /// next one.
    pub(super) fn stretch(&self, level: Level, quarter: i32) -> (i32, i32) {
        if level == Level::Quarter {
            return (quarter, quarter + 1);
        }
        let first = self.first(level, self.day_of(quarter));
        (self.start(first), self.start(self.next(level, first)))
    }

    /// When the local day begins that is `days` before (or, negative, after) that of `time`, at the
    /// same distance from midnight on the wall as `time`, if the wall shows it.
    pub fn days_before(&self, time: Timestamp, days: i64) -> Timestamp {
        let micros = time.timestamp_micros();
        let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
        let local = at.to_zoned(self.zone.clone());
        let moved = local.checked_sub(days.days());
        let moved = moved.map_or(micros, |moved| moved.timestamp().as_microsecond());
        Timestamp::from_timestamp_micros(moved).unwrap_or(time - TimeDelta::days(days))
    }

    /// When the next local hour begins after `time`: when the clock on the wall shows a full hour, or
    /// jumps.
    pub fn next_hour(&self, time: Timestamp) -> Timestamp {
        let mut second = time.timestamp();
        let mut wall = self.wall(second);
        loop {
            let left = QUARTER - second.rem_euclid(QUARTER);
            second += left;
            let then = self.wall(second);
            let jumped = then.duration_since(wall).as_secs() != left;
            if then.minute() == 0 || jumped {
                return Timestamp::from_timestamp(second, 0).unwrap_or(Timestamp::MAX_UTC);
            }
            wall = then;
        }
    }

    /// Whether a local day begins at `time`.
    pub fn is_midnight(&self, time: Timestamp) -> bool {
        let micros = time.timestamp_micros();
        let quarter = quarter_of(micros);
        begin_of(quarter) == micros && self.start(self.day_of(quarter)) == quarter
    }

    /// How many local days of each weekday, Monday first, the time from `from` to before `to`
    /// touches.
    pub(super) fn weekdays(&self, from: Timestamp, to: Timestamp) -> [i64; 7] {
        let day = |micros: i64| self.day_of(quarter_of(micros));
        let first = day(from.timestamp_micros());
        let last = day(to.timestamp_micros() - 1);
        let days = first.until(last).map_or(0, |span| span.get_days() + 1);
        let begin = i32::from(first.weekday().to_monday_zero_offset());
        let mut weekday = 0;
        [(); 7].map(|()| {
            // How many days after the first one it comes for the first time.
            let behind = (weekday - begin).rem_euclid(7);
            weekday += 1;
            i64::from((days - behind + 6).max(0) / 7)
        })
    }

    /// How many local days lie between two midnights.
    pub fn days_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let day = |time: Timestamp| self.day_of(quarter_of(time.timestamp_micros()));
        let between = day(from).until(day(to));
        between.map_or(0, |span| i64::from(span.get_days()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn quarter(text: &str) -> i32 {
        quarter_of(time(text).timestamp_micros())
    }

    fn stretch(zone: &str, level: Level, at: &str) -> (String, String) {
        let zone = Zone::find(zone).unwrap();
        let (from, to) = zone.stretch(level, quarter(at));
        let text = |quarter| time_of(quarter).format("%m-%dT%H:%M").to_string();
        (text(from), text(to))
    }

    #[test]
    fn days_begin_at_the_local_midnight() {
        let known = [
            // Summer in Berlin; the days on which the clocks change have 23 and 25 hours.
            (
                "Europe/Berlin",
                "2026-07-01T21:59:00Z",
                "06-30T22:00",
                "07-01T22:00",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T12:00:00Z",
                "03-28T23:00",
                "03-29T22:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-25T12:00:00Z",
                "10-24T22:00",
                "10-25T23:00",
            ),
            // Half and three quarters of an hour beside the others.
            (
                "Asia/Kolkata",
                "2026-07-01T18:29:00Z",
                "06-30T18:30",
                "07-01T18:30",
            ),
            (
                "Asia/Kathmandu",
                "2026-07-01T18:15:00Z",
                "07-01T18:15",
                "07-02T18:15",
            ),
            // The clocks change by half an hour.
            (
                "Australia/Lord_Howe",
                "2026-04-04T20:00:00Z",
                "04-04T13:00",
                "04-05T13:30",
            ),
            // There is no midnight on this day in Beirut: it begins at one o'clock.
            (
                "Asia/Beirut",
                "2026-03-29T12:00:00Z",
                "03-28T22:00",
                "03-29T21:00",
            ),
            ("UTC", "2026-07-01T00:00:00Z", "07-01T00:00", "07-02T00:00"),
        ];
        for (zone, at, from, to) in known {
            let found = stretch(zone, Level::Day, at);
            assert_eq!(found, (from.to_owned(), to.to_owned()), "{zone} {at}");
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let week = stretch("Europe/Berlin", Level::Week, "2026-03-25T12:00:00Z");
        assert_eq!(week, ("03-22T23:00".to_owned(), "03-29T22:00".to_owned()));
        let month = stretch("Europe/Berlin", Level::Month, "2026-03-25T12:00:00Z");
        assert_eq!(month, ("02-28T23:00".to_owned(), "03-31T22:00".to_owned()));
    }

    #[test]
    fn hours_are_those_on_the_wall() {
        let berlin = Zone::find("Europe/Berlin").unwrap();
        let hour = |text| berlin.hour_of(time(text).timestamp_micros());
        let (saturday, sunday) = (5, 6);
        assert_eq!(hour("2026-10-24T21:59:59Z"), (saturday, 23));
        assert_eq!(hour("2026-10-24T22:00:00Z"), (sunday, 0));
        assert_eq!(hour("2026-10-25T00:30:00Z"), (sunday, 2));
        assert_eq!(hour("2026-10-25T01:30:00Z"), (sunday, 2));
        assert_eq!(hour("2026-10-25T02:30:00Z"), (sunday, 3));
    }

    #[test]
    fn the_same_time_some_days_before() {
        let berlin = Zone::find("Europe/Berlin").unwrap();
        let before = berlin.days_before(time("2026-10-26T08:00:00Z"), 7);
        assert_eq!(before, time("2026-10-19T07:00:00Z"));
        let (from, to) = (time("2026-10-18T22:00:00Z"), time("2026-10-25T23:00:00Z"));
        assert!(berlin.is_midnight(from) && berlin.is_midnight(to));
        assert_eq!(berlin.days_between(from, to), 7);
        assert!(!berlin.is_midnight(time("2026-10-25T22:00:00Z")));
    }

    #[test]
    fn weekdays_are_those_that_the_time_touches() {
        let berlin = Zone::find("Europe/Berlin").unwrap();
        let between = |from, to| berlin.weekdays(time(from), time(to));
        // A minute of Sunday, 29 March; then the last minute of it and the first one of Monday.
        let (sunday, monday) = ("2026-03-29T21:59:00Z", "2026-03-29T22:00:00Z");
        assert_eq!(between(sunday, monday), [0, 0, 0, 0, 0, 0, 1]);
        let later = "2026-03-29T22:01:00Z";
        assert_eq!(between(sunday, later), [1, 0, 0, 0, 0, 0, 1]);
        // Nine days from a Thursday.
        let (from, to) = ("2026-03-25T23:00:00Z", "2026-04-03T22:00:00Z");
        assert_eq!(between(from, to), [1, 1, 1, 2, 2, 1, 1]);
        // Four weeks and a day, from a Sunday.
        let (from, to) = ("2026-03-28T23:00:00Z", "2026-04-26T22:00:00Z");
        assert_eq!(between(from, to), [4, 4, 4, 4, 4, 4, 5]);
    }

    #[test]
    fn quarters_have_an_inclusive_begin() {
        assert_eq!(quarter_of(-1), -1);
        assert_eq!(quarter_of(begin_of(77)), 77);
    }
}
