//! When time counts: a calendar as pure arithmetic on whole seconds since 1970.
//!
//! An instant is open if the clock on the wall shows a time within the open hours, on a day that is
//! no holiday. Local times that a clock change skips or repeats therefore count as the real time
//! that goes by (`sla.md`, "Calendars").

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    calendar::{Holidays, Hours, Model, Week},
    calendar_version,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{Error, Result};

/// Seconds of a day on the wall.
const DAY: i64 = 86_400;

/// Business hours, ready to count with.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// For each weekday, from Monday, the open seconds since midnight: sorted, without touching
    /// ones. What a shift of the day before leaves after midnight is in it.
    days: [Vec<(i64, i64)>; 7],
    /// Days since 1970.
    holidays: HashSet<i64>,
    always: bool,
}

/// What an instant is by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Time counts.
    Open,
    /// Outside of the open hours.
    Closed,
    /// On a holiday.
    Holiday,
}

/// A stretch of time of one kind, from `from` to before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins, in seconds since 1970.
    pub from: i64,
    /// When the next one begins.
    pub to: i64,
    /// What it is.
    pub kind: Kind,
}

impl Calendar {
    /// The calendar that never closes.
    pub fn always_open() -> Self {
        Self {
            zone: TimeZone::UTC,
            days: std::array::from_fn(|_| vec![(0, DAY)]),
            holidays: HashSet::new(),
            always: true,
        }
    }

    /// A calendar of open hours, which must be sound (see [`crate::command::SaveCalendar`]).
    ///
    /// # Errors
    /// `Internal` for a zone or a date that there is not.
    pub fn new(zone: &str, week: &[Hours], holidays: &[&str]) -> Result<Self> {
        let zone = TimeZone::get(zone).map_err(Error::internal)?;
        let mut days: [Vec<(i64, i64)>; 7] = Default::default();
        for hours in week {
            let (from, to) = (i64::from(hours.from) * 60, i64::from(hours.to) * 60);
            let day = usize::from(hours.day % 7);
            days[day].push((from, to.min(DAY)));
            if to > DAY {
                days[(day + 1) % 7].push((0, to - DAY));
            }
        }
        days.iter_mut().for_each(join);
        let day = |date: &&str| {
            let date: NaiveDate = date.parse().map_err(Error::internal)?;
            Ok((date - NaiveDate::default()).num_days())
        };
        let holidays: HashSet<i64> = holidays.iter().map(day).collect::<Result<_>>()?;
        let always = holidays.is_empty() && days.iter().all(|day| day == &[(0, DAY)]);
        Ok(Self {
            zone,
            days,
            holidays,
            always,
        })
    }

    fn of(zone: &str, week: &Week, holidays: &Holidays) -> Result<Self> {
        let holidays: Vec<_> = holidays.0.iter().map(|day| day.date.as_str()).collect();
        Self::new(zone, &week.0, &holidays)
    }

    /// Whether no instant is ever closed.
    pub fn is_always_open(&self) -> bool {
        self.always
    }

    /// Stretches from `from` on, one after the other without end. Neighbours may be of one kind.
    pub fn spans(&self, from: i64) -> Spans<'_> {
        Spans {
            calendar: self,
            at: from,
            offset: 0,
            changes: i64::MIN,
        }
    }

    /// What the stretch is that holds `local`, and where it ends, both in seconds since 1970 as the
    /// clock on the wall counts them.
    fn on_the_wall(&self, local: i64) -> (Kind, i64) {
        let day = local.div_euclid(DAY);
        let midnight = day * DAY;
        if self.holidays.contains(&day) {
            return (Kind::Holiday, midnight + DAY);
        }
        // 1970 began on a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let second = local - midnight;
        for &(from, to) in &self.days[weekday] {
            if second < from {
                return (Kind::Closed, midnight + from);
            }
            if second < to {
                return (Kind::Open, midnight + to);
            }
        }
        (Kind::Closed, midnight + DAY)
    }
}

impl TryFrom<&Model> for Calendar {
    type Error = Error;

    fn try_from(row: &Model) -> Result<Self> {
        Self::of(&row.time_zone, &row.week, &row.holidays)
    }
}

impl TryFrom<&calendar_version::Model> for Calendar {
    type Error = Error;

    fn try_from(row: &calendar_version::Model) -> Result<Self> {
        Self::of(&row.time_zone, &row.week, &row.holidays)
    }
}

/// The open hours of a calendar that never closes.
pub fn whole_week() -> Vec<Hours> {
    let whole = |day| Hours {
        day,
        from: 0,
        to: 1_440,
    };
    (0..7).map(whole).collect()
}

/// The canonical name of a time zone of the IANA database; `None` if there is no such zone.
pub(crate) fn zone_name(name: &str) -> Option<String> {
    let zone = TimeZone::get(name).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// Sorts, and makes one of those that touch or overlap.
fn join(day: &mut Vec<(i64, i64)>) {
    day.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(day.len());
    for &(from, to) in day.iter() {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    *day = joined;
}

/// The stretches of a calendar.
#[derive(Clone, Debug)]
pub struct Spans<'a> {
    calendar: &'a Calendar,
    at: i64,
    /// The zone's offset from UTC until `changes`.
    offset: i64,
    changes: i64,
}

impl Spans<'_> {
    fn find_offset(&mut self) {
        let zone = &self.calendar.zone;
        // Far outside of what can be asked for, all offsets stay as they are.
        let Ok(now) = Timestamp::from_second(self.at) else {
            self.changes = i64::MAX;
            return;
        };
        self.offset = i64::from(zone.to_offset(now).seconds());
        let next = zone.following(now).next();
        self.changes = next.map_or(i64::MAX, |next| next.timestamp().as_second());
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        if self.calendar.always {
            let from = std::mem::replace(&mut self.at, i64::MAX);
            let (to, kind) = (i64::MAX, Kind::Open);
            return (from < to).then_some(Span { from, to, kind });
        }
        if self.at >= self.changes {
            self.find_offset();
        }
        let (kind, until) = self
            .calendar
            .on_the_wall(self.at.saturating_add(self.offset));
        let from = self.at;
        let to = until.saturating_sub(self.offset).min(self.changes);
        self.at = to;
        (from < to).then_some(Span { from, to, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn hours(day: u8, from: u16, to: u16) -> Hours {
        Hours { day, from, to }
    }

    fn open(calendar: &Calendar, from: i64, to: i64) -> i64 {
        let spans = calendar.spans(from).take_while(|span| span.from < to);
        let open = spans.filter(|span| span.kind == Kind::Open);
        open.map(|span| span.to.min(to) - span.from).sum()
    }

    #[test]
    fn a_night_shift_is_an_hour_longer_or_shorter_when_the_clocks_change() {
        // From Saturday 22:00 to Sunday 06:00; clocks change on Sunday morning.
        let nights = Calendar::new("Europe/Berlin", &[hours(5, 1_320, 1_800)], &[]).unwrap();
        let of = |from, to| open(&nights, at(from), at(to)) / 3_600;
        assert_eq!(of("2026-03-21T12:00:00Z", "2026-03-22T12:00:00Z"), 8);
        assert_eq!(of("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 7);
        assert_eq!(of("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 9);
    }

    #[test]
    fn a_holiday_is_a_day_of_the_calendars_zone() {
        let week: Vec<_> = (0..7).map(|day| hours(day, 0, 1_440)).collect();
        let islands = Calendar::new("Pacific/Kiritimati", &week, &["2026-01-01"]).unwrap();
        let (from, to) = (at("2025-12-30T00:00:00Z"), at("2026-01-03T00:00:00Z"));
        let day: Vec<_> = islands
            .spans(from)
            .take_while(|span| span.from < to)
            .filter(|span| span.kind == Kind::Holiday)
            .map(|span| (span.from, span.to))
            .collect();
        let midnight = at("2025-12-31T10:00:00Z");
        assert_eq!(day, [(midnight, midnight + DAY)]);
    }

    #[test]
    fn a_day_that_a_zone_left_out_has_no_hours() {
        // Samoa went from the 29th of December 2011 to the 31st.
        let week: Vec<_> = (0..7).map(|day| hours(day, 540, 1_020)).collect();
        let samoa = Calendar::new("Pacific/Apia", &week, &[]).unwrap();
        let (from, to) = (at("2011-12-29T10:00:00Z"), at("2011-12-31T10:00:00Z"));
        assert_eq!(open(&samoa, from, to), 2 * 8 * 3_600);
    }

    #[test]
    fn shifts_that_touch_are_one() {
        let week = [hours(0, 540, 720), hours(0, 720, 1_500), hours(1, 30, 90)];
        let split = Calendar::new("UTC", &week, &[]).unwrap();
        assert_eq!(split.days[0], [(32_400, DAY)]);
        assert_eq!(split.days[1], [(0, 5_400)]);
        assert!(!split.is_always_open());
        let all: Vec<_> = (0..7).map(|day| hours(day, 0, 1_440)).collect();
        assert!(
            Calendar::new("Asia/Kolkata", &all, &[])
                .unwrap()
                .is_always_open()
        );
    }
}
