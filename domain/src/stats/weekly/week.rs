//! Weeks that are over.

use chrono::TimeDelta;
use entity::Timestamp;
use jiff::{ToSpan, civil::Date};

use crate::stats::zone::{Level, Zone, quarter_of};

/// A report is made so long after its week: what was under way at its end, and what other jobs note a
/// little later as of then, such as missed deadlines, is in it.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// A week of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    /// Its ISO name, such as `2026-W11`.
    pub(super) name: String,
    /// When it began.
    pub(super) from: Timestamp,
    /// When it ended.
    pub(super) to: Timestamp,
}

impl Week {
    /// The last `most` weeks of which a report can be made at `now`, the oldest first.
    pub(super) fn over(zone: &Zone, now: Timestamp, most: i64) -> Vec<Self> {
        let today = zone.day_of(quarter_of((now - PATIENCE).timestamp_micros()));
        let this_week = zone.first(Level::Week, today);
        let weeks = (1..=most).rev().filter_map(|back| {
            let monday = this_week.checked_sub(back.weeks()).ok()?;
            Some(Self::of(zone, monday))
        });
        weeks.collect()
    }

    fn of(zone: &Zone, monday: Date) -> Self {
        let week = monday.iso_week_date();
        Self {
            name: format!("{:04}-W{:02}", week.year(), week.week()),
            from: zone.time_of_start(monday),
            to: zone.time_of_start(zone.next(Level::Week, monday)),
        }
    }
}

/// Whether `text` is written like the name of a week.
pub(super) fn is_week(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 8
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 => *byte == b'-',
            5 => *byte == b'W',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(zone: &str, now: &str) -> Vec<(String, String, String)> {
        let weeks = Week::over(&Zone::find(zone).unwrap(), now.parse().unwrap(), 2);
        let text = |time: Timestamp| time.format("%m-%dT%H:%M").to_string();
        let shown = |week: Week| (week.name, text(week.from), text(week.to));
        weeks.into_iter().map(shown).collect()
    }

    fn week(name: &str, from: &str, to: &str) -> (String, String, String) {
        (name.to_owned(), from.to_owned(), to.to_owned())
    }

    #[test]
    fn weeks_are_over_when_they_are_over_in_the_zone() {
        // The clocks change on the Sunday.
        let w11 = week("2026-W11", "03-08T23:00", "03-15T23:00");
        let w12 = week("2026-W12", "03-15T23:00", "03-22T23:00");
        let w13 = week("2026-W13", "03-22T23:00", "03-29T22:00");
        let berlin = "Europe/Berlin";
        assert_eq!(
            over(berlin, "2026-03-29T22:14:59Z"),
            [w11.clone(), w12.clone()]
        );
        assert_eq!(over(berlin, "2026-03-29T22:15:00Z"), [w12, w13]);
        let utc = over("UTC", "2026-03-29T22:15:00Z");
        assert_eq!(utc[1], week("2026-W12", "03-16T00:00", "03-23T00:00"));
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        let found = over("UTC", "2027-01-11T12:00:00Z");
        assert_eq!(found[0].0, "2026-W53");
        assert_eq!(found[1].0, "2027-W01");
    }

    #[test]
    fn names_are_told_from_other_texts() {
        assert!(is_week("2026-W53"));
        for other in ["2026-53", "2026W53", "2026-W5", "2026-w11", "２026-W1", ""] {
            assert!(!is_week(other), "{other}");
        }
    }
}
