//! Days: UTC, counted from 1970-01-01, which is 0.

use chrono::{Days, NaiveDate};
use entity::Timestamp;

/// The seconds of a day.
const SECONDS: i64 = 86_400;

/// The day of a point in time.
pub fn day_of(time: Timestamp) -> i32 {
    i32::try_from(time.timestamp().div_euclid(SECONDS)).unwrap_or(i32::MAX)
}

/// The day that `text` names as YYYY-MM-DD, in the years 1 to 9999; `None` if it names none.
pub fn parse_day(text: &str) -> Option<i32> {
    let date: NaiveDate = text.parse().ok()?;
    let day = (date - NaiveDate::default()).num_days();
    let day = i32::try_from(day).ok()?;
    // Only as it is written back: no signs, no single digits, no blanks.
    (day_text(day) == text && text.len() == "YYYY-MM-DD".len()).then_some(day)
}

/// A day as YYYY-MM-DD.
pub fn day_text(day: i32) -> String {
    let (from, distance) = (NaiveDate::default(), Days::new(day.unsigned_abs().into()));
    let date = if day < 0 {
        from.checked_sub_days(distance)
    } else {
        from.checked_add_days(distance)
    };
    date.unwrap_or(NaiveDate::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_whole_in_utc() {
        let day = |text: &str| day_of(DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        assert_eq!(day("1970-01-01T00:00:00Z"), 0);
        assert_eq!(day("1969-12-31T23:59:59Z"), -1);
        assert_eq!(day("2026-03-02T23:59:59.999999Z"), 20_514);
        assert_eq!(day("2026-03-03T00:30:00+01:00"), 20_514);
        assert_eq!(day_text(20_514), "2026-03-02");
    }

    #[test]
    fn only_days_are_read() {
        assert_eq!(parse_day("2026-03-02"), Some(20_514));
        assert_eq!(parse_day("2024-02-29"), Some(19_782));
        for no_day in [
            "",
            "2026-02-29",
            "2026-3-2",
            " 2026-03-02",
            "2026-03-02 ",
            "+2026-03-02",
            "20260302",
            "12026-03-02",
            "-026-03-02",
            "2026-03-02T00:00:00Z",
            "tomorrow",
        ] {
            assert_eq!(parse_day(no_day), None, "{no_day}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(day in parse_day("0001-01-01").unwrap()..=parse_day("9999-12-31").unwrap()) {
            prop_assert_eq!(parse_day(&day_text(day)), Some(day));
        }

        #[test]
        fn any_text_and_number_is_taken(text in ".*", day in any::<i32>()) {
            let _perhaps = parse_day(&text);
            prop_assert!(!day_text(day).is_empty());
        }
    }
}
