//! The rules of calendars and clocks once more, slowly: for each second, what does the clock on the
//! wall show, and do the hours as they were typed in hold that time? Shares nothing with the code
//! that it judges but the IANA database.

use entity::{calendar::Hours, timer::Pause};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    super::{
        calendar::Kind,
        clock::{Segment, SegmentKind},
    },
    strategies::ZONES,
};

/// A calendar, read anew for each instant.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    zone: TimeZone,
    week: Vec<Hours>,
    holidays: Vec<Date>,
}

/// What a clock did from its start to an end, second by second.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Its stretches; neighbours differ in kind.
    pub(super) segments: Vec<Segment>,
    /// The seconds that counted.
    pub(super) counted: i64,
    /// When the target was used up, if it was.
    pub(super) due: Option<i64>,
}

impl Reference {
    pub(super) fn new(zone: &str, week: &[Hours], holidays: &[String]) -> Self {
        Self {
            zone: TimeZone::get(zone).unwrap(),
            week: week.to_vec(),
            holidays: holidays.iter().map(|day| day.parse().unwrap()).collect(),
        }
    }

    /// What the instant is. Hours are whole minutes on the wall, so its seconds do not matter.
    pub(super) fn kind(&self, second: i64) -> Kind {
        let wall = self
            .zone
            .to_datetime(Timestamp::from_second(second).unwrap());
        if self.holidays.contains(&wall.date()) {
            return Kind::Holiday;
        }
        let today = u8::try_from(wall.weekday().to_monday_zero_offset()).unwrap();
        let yesterday = if today == 0 { 6 } else { today - 1 };
        let minute =
            u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
        for hours in &self.week {
            let begun_today = hours.day == today && hours.from <= minute && minute < hours.to;
            let begun_yesterday = hours.day == yesterday && minute + 1_440 < hours.to;
            if begun_today || begun_yesterday {
                return Kind::Open;
            }
        }
        Kind::Closed
    }

    /// Walks from `start` to before `end`, with `target` seconds to count.
    ///
    /// The wall is looked at once a minute: [`whole_minutes`] proves that no zone of [`ZONES`] can
    /// change anything within one.
    pub(super) fn walk(&self, start: i64, pauses: &[Pause], target: i64, end: i64) -> Walk {
        let (mut segments, mut counted, mut due) = (Vec::<Segment>::new(), 0, None);
        let mut open = SegmentKind::Counted;
        let mut second = start;
        while second < end {
            if second == start || second % 60 == 0 {
                open = match self.kind(second) {
                    Kind::Open => SegmentKind::Counted,
                    Kind::Closed => SegmentKind::ClosedHours,
                    Kind::Holiday => SegmentKind::Holiday,
                };
            }
            let mut kind = open;
            for pause in pauses {
                if pause.from <= second && pause.to.is_none_or(|to| second < to) {
                    kind = SegmentKind::Paused;
                }
            }
            let from = second;
            second += 1;
            if kind == SegmentKind::Counted {
                counted += 1;
                if counted == target {
                    due = Some(second);
                }
            }
            match segments.last_mut() {
                Some(last) if last.kind == kind => last.to = second,
                Some(_) | None => segments.push(Segment {
                    from,
                    to: second,
                    kind,
                }),
            }
        }
        Walk {
            segments,
            counted,
            due,
        }
    }
}

/// The clock changes of a zone in a year.
pub(super) fn changes(zone: &TimeZone, year: i16) -> Vec<i64> {
    let new_year = |year: i16| {
        let midnight = jiff::civil::date(year, 1, 1).at(0, 0, 0, 0);
        let there = TimeZone::UTC.to_timestamp(midnight);
        there.unwrap()
    };
    zone.following(new_year(year))
        .map(|change| change.timestamp())
        .take_while(|change| *change < new_year(year + 1))
        .map(Timestamp::as_second)
        .collect()
}

/// Offsets and clock changes of all zones here are whole minutes, as are hours and midnights: so
/// each minute since 1970 is of one kind.
#[test]
fn whole_minutes() {
    for (name, years) in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for year in years.clone() {
            let mut instants = changes(&zone, year);
            assert!(instants.iter().all(|change| change % 60 == 0), "{name}");
            instants.extend(changes(&zone, year - 1));
            for second in instants {
                let offset = |second| zone.to_offset(Timestamp::from_second(second).unwrap());
                assert_eq!(offset(second).seconds() % 60, 0, "{name}");
                assert_eq!(offset(second - 1).seconds() % 60, 0, "{name}");
            }
        }
    }
}

#[test]
fn the_reference_reads_the_wall() {
    let hours = |day, from, to| Hours { day, from, to };
    let week = [hours(4, 540, 720), hours(5, 1_320, 1_800)];
    let berlin = Reference::new("Europe/Berlin", &week, &["2026-04-03".to_owned()]);
    let kind = |text| berlin.kind(super::at(text));
    assert_eq!(kind("2026-03-27T07:59:59Z"), Kind::Closed);
    assert_eq!(kind("2026-03-27T08:00:00Z"), Kind::Open);
    assert_eq!(kind("2026-03-27T10:59:59Z"), Kind::Open);
    assert_eq!(kind("2026-03-27T11:00:00Z"), Kind::Closed);
    // An hour earlier by the sun after the clocks went forward.
    assert_eq!(kind("2026-03-29T03:59:59Z"), Kind::Open);
    assert_eq!(kind("2026-03-29T04:00:00Z"), Kind::Closed);
    assert_eq!(kind("2026-04-02T21:59:59Z"), Kind::Closed);
    assert_eq!(kind("2026-04-02T22:00:00Z"), Kind::Holiday);
    assert_eq!(kind("2026-04-03T21:59:59Z"), Kind::Holiday);
}
