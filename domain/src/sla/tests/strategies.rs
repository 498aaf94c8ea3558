//! Random calendars and clocks, most of them where it is difficult: at clock changes, at midnight,
//! with shifts that touch, pass midnight or last a day.

use std::ops::RangeInclusive;

use entity::{calendar::Hours, timer::Pause};
use jiff::{Timestamp, ToSpan, civil::date, tz::TimeZone};
use proptest::{prelude::*, sample::select};

use super::{
    super::{calendar::Calendar, clock::Clock},
    reference::{Reference, changes},
};

/// Zones, and years in which they do something: two changes a year, changes of half an hour or two
/// hours, at midnight, four in a year, days that were left out, years that only the rule at the end
/// of the zone's data covers, and none at all.
pub(super) const ZONES: &[(&str, RangeInclusive<i16>)] = &[
    ("Europe/Berlin", 1981..=2099),
    ("Europe/Berlin", 2026..=2026),
    ("America/New_York", 1971..=2099),
    ("America/New_York", 2026..=2026),
    ("Australia/Lord_Howe", 1986..=2099),
    ("Pacific/Apia", 2011..=2011),
    ("Pacific/Apia", 2010..=2021),
    ("Pacific/Kiritimati", 1994..=1995),
    ("Asia/Kathmandu", 1985..=1986),
    ("Africa/Casablanca", 2012..=2086),
    ("America/Sao_Paulo", 2018..=2018),
    ("America/Sao_Paulo", 1986..=2019),
    ("Asia/Beirut", 1993..=2099),
    ("Antarctica/Troll", 2006..=2099),
    ("America/Nuuk", 2023..=2025),
    ("UTC", 2026..=2026),
];

/// A zone whose offset had odd seconds, until 1972.
pub(super) const MONROVIA: (&str, RangeInclusive<i16>) = ("Africa/Monrovia", 1971..=1973);

const DAY: i64 = 86_400;

/// Where a clock starts.
#[derive(Clone, Copy, Debug)]
enum Near {
    /// So many seconds from one of the year's clock changes.
    Change(usize, i64),
    /// So many seconds from the midnight that begins a day of the year.
    Midnight(i64, i64),
    /// Wherever.
    Any(i64),
}

/// A calendar with an instant to start from.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) zone: &'static str,
    pub(super) week: Vec<Hours>,
    pub(super) holidays: Vec<String>,
    pub(super) start: i64,
    /// Whether a clock change is near.
    pub(super) at_change: bool,
}

impl Case {
    pub(super) fn calendar(&self) -> Calendar {
        calendar(self.zone, &self.week, &self.holidays)
    }

    pub(super) fn reference(&self) -> Reference {
        Reference::new(self.zone, &self.week, &self.holidays)
    }

    /// A target that up to a week and a half of open hours use up, from any number.
    pub(super) fn target(&self, any: i64) -> i64 {
        let open = |hours: &Hours| i64::from(hours.to - hours.from) * 60;
        let week: i64 = self.week.iter().map(open).sum();
        1 + any.rem_euclid(week + week / 2)
    }
}

/// When a clock on this calendar is due.
pub(super) fn due(calendar: &Calendar, start: i64, pauses: &[Pause], target: i64) -> Option<i64> {
    Clock::new(calendar, start, pauses).reaches(target)
}

pub(super) fn calendar(zone: &str, week: &[Hours], holidays: &[String]) -> Calendar {
    let holidays: Vec<_> = holidays.iter().map(String::as_str).collect();
    Calendar::new(zone, week, &holidays).unwrap()
}

fn near() -> impl Strategy<Value = Near> {
    prop_oneof![
        7 => (any::<usize>(), -4 * 3_600..3_600_i64).prop_map(|(which, by)| Near::Change(which, by)),
        2 => (0..365_i64, -3_600..3_600_i64).prop_map(|(day, by)| Near::Midnight(day, by)),
        1 => (0..365 * DAY).prop_map(Near::Any),
    ]
}

/// A week of hours that do not overlap, also not with those of the week after.
pub(super) fn week() -> impl Strategy<Value = Vec<Hours>> {
    let quarters = |hours: RangeInclusive<u32>| (hours.start() * 4)..=(hours.end() * 4);
    let time = move |hours: RangeInclusive<u32>| quarters(hours).prop_map(|quarter| quarter * 15);
    // Shifts one after the other, with whatever between them; none at all often, so that they touch.
    let gap = prop_oneof![3 => Just(0), 3 => time(0..=16), 3 => 1..180_u32, 1 => 0..3_000_u32];
    let length =
        prop_oneof![2 => Just(1_440), 3 => time(0..=24), 4 => 1..120_u32, 3 => 1..=1_440_u32];
    let shifts =
        prop::collection::vec((gap, length), 1..24).prop_map(|shifts| of_shifts(&shifts, 0));
    let later = (shifts, 0..10_080_u32).prop_map(|(week, by)| turned(&week, by));
    let office = (time(6..=10), time(1..=10), 1..=7_u8).prop_map(|(from, long, days)| {
        let day = |day| hours(day, from, from + long);
        (0..days).map(day).collect()
    });
    let nights = (time(18..=23), time(2..=12), 1..128_u8).prop_map(|(from, long, days)| {
        let on = (0..7).filter(|day| days >> day & 1 == 1);
        on.map(|day| hours(day, from, from + long)).collect()
    });
    let days = (1..128_u8).prop_map(|days| {
        let on = (0..7).filter(|day| days >> day & 1 == 1);
        on.map(|day| hours(day, 0, 1_440)).collect()
    });
    prop_oneof![5 => later, 2 => office, 2 => nights, 1 => days]
}

fn hours(day: u8, from: u32, to: u32) -> Hours {
    Hours {
        day,
        from: u16::try_from(from).unwrap(),
        to: u16::try_from(to).unwrap(),
    }
}

fn of_shifts(shifts: &[(u32, u32)], begin: u32) -> Vec<Hours> {
    let (mut week, mut minute) = (Vec::new(), begin);
    for &(gap, length) in shifts {
        let from = minute + gap;
        let length = length.clamp(1, 1_440);
        if from + length > begin + 10_080 {
            break;
        }
        let day = u8::try_from(from / 1_440 % 7).unwrap();
        week.push(hours(day, from % 1_440, from % 1_440 + length));
        minute = from + length;
    }
    if week.is_empty() {
        week.push(hours(0, 540, 1_020));
    }
    week
}

/// The same week, so many minutes later.
fn turned(week: &[Hours], by: u32) -> Vec<Hours> {
    let later = |open: &Hours| {
        let from = u32::from(open.day) * 1_440 + u32::from(open.from) + by;
        let day = u8::try_from(from / 1_440 % 7).unwrap();
        let from = from % 1_440;
        hours(day, from, from + u32::from(open.to - open.from))
    };
    week.iter().map(later).collect()
}

fn start(zone: &TimeZone, year: i16, near: Near) -> (i64, bool) {
    let first = date(year, 1, 1);
    let midnight = |day: i64, by: i64| {
        let midnight = first.saturating_add(day.days()).at(0, 0, 0, 0);
        let there = zone.to_ambiguous_timestamp(midnight).compatible();
        there.unwrap().as_second() + by
    };
    match near {
        Near::Change(which, by) => {
            let changes = changes(zone, year);
            if changes.is_empty() {
                return (midnight(0, by), false);
            }
            (changes[which % changes.len()] + by, true)
        }
        Near::Midnight(day, by) => (midnight(day, by), false),
        Near::Any(second) => (midnight(0, second), false),
    }
}

/// The days from two before the start to four after it that the bits name.
fn holidays(zone: &TimeZone, start: i64, bits: u8) -> Vec<String> {
    let today = zone.to_datetime(Timestamp::from_second(start).unwrap());
    (0..7)
        .filter(|day| bits >> day & 1 == 1)
        .map(|day| today.date().saturating_add((day - 2).days()).to_string())
        .collect()
}

/// Calendars in `zones`.
pub(super) fn case_in(
    zones: &'static [(&'static str, RangeInclusive<i16>)],
) -> impl Strategy<Value = Case> {
    let place = select(zones).prop_flat_map(|(zone, years)| (Just(zone), years));
    // No holidays, one, or any days.
    let bits =
        prop_oneof![2 => Just(0_u8), 2 => (0..7_u8).prop_map(|day| 1 << day), 1 => 0..128_u8];
    (place, near(), week(), bits).prop_map(|((zone, year), near, week, bits)| {
        let there = TimeZone::get(zone).unwrap();
        let (start, at_change) = start(&there, year, near);
        Case {
            zone,
            week,
            holidays: holidays(&there, start, bits),
            start,
            at_change,
        }
    })
}

/// Calendars everywhere.
pub(super) fn case() -> impl Strategy<Value = Case> {
    case_in(ZONES)
}

/// So many pauses of up to `longest` seconds, counted from a start at 0: some touch, some are
/// empty, the first may have begun before the start, the last one may have no end.
pub(super) fn pauses(
    longest: i64,
    count: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<Pause>> {
    let gap = prop_oneof![1 => Just(0), 4 => 0..=longest];
    let one = (gap, prop_oneof![1 => Just(0), 9 => 1..=longest]);
    let ends = prop::bool::weighted(0.9);
    (-600..1_200_i64, prop::collection::vec(one, count), ends).prop_map(|(lead, parts, ends)| {
        let mut second = lead;
        let mut pauses = Vec::new();
        for (gap, length) in parts {
            let from = second + gap;
            second = from + length;
            let to = Some(second);
            pauses.push(Pause { from, to });
        }
        if let Some(last) = pauses.last_mut().filter(|_| !ends) {
            last.to = None;
        }
        pauses
    })
}

/// The same pauses, counted from `start`.
pub(super) fn from(start: i64, pauses: &[Pause]) -> Vec<Pause> {
    let moved = |pause: &Pause| Pause {
        from: start + pause.from,
        to: pause.to.map(|to| start + to),
    };
    pauses.iter().map(moved).collect()
}

/// That the cases are difficult must not be a matter of hope.
#[test]
fn most_cases_are_difficult() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut near, mut forward, mut back, mut night, mut touching, mut holiday) =
        (0, 0, 0, 0, 0, 0);
    for _ in 0..2_000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        let zone = TimeZone::get(case.zone).unwrap();
        let offset = |second| {
            zone.to_offset(Timestamp::from_second(second).unwrap())
                .seconds()
        };
        let by = offset(case.start + 4 * 3_600) - offset(case.start - 3_600);
        near += i32::from(case.at_change);
        forward += i32::from(by > 0);
        back += i32::from(by < 0);
        night += i32::from(case.week.iter().any(|hours| hours.to > 1_440));
        holiday += i32::from(!case.holidays.is_empty());
        touching += i32::from(case.week.iter().any(|one| {
            let end = (u32::from(one.day) * 1_440 + u32::from(one.to)) % 10_080;
            let begins = |two: &Hours| u32::from(two.day) * 1_440 + u32::from(two.from);
            case.week.iter().any(|two| begins(two) == end)
        }));
    }
    let counts = [forward, back, night, touching, holiday];
    assert!(near > 1_000, "{near}");
    assert!(counts.iter().all(|count| *count > 400), "{counts:?}");
}
