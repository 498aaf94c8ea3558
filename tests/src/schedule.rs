//! What EventBridge Scheduler takes as a schedule. Neither sam nor cfn-lint looks inside, and a
//! mistake would only be found by deploying.
//!
//! After "Schedule types in EventBridge Scheduler" of its user guide.

use std::ops::RangeInclusive;

use chrono::NaiveDateTime;

/// Whether `expression` is one: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)` or
/// `at(2026-11-20T13:00:00)`.
///
/// # Errors
/// When it is none, with the reason.
pub fn check(expression: &str) -> Result<(), String> {
    let (kind, rest) = expression.split_once('(').ok_or("no bracket")?;
    let inside = rest.strip_suffix(')').ok_or("no bracket at the end")?;
    match kind {
        "rate" => rate(inside),
        "cron" => cron(inside),
        "at" => NaiveDateTime::parse_from_str(inside, "%Y-%m-%dT%H:%M:%S")
            .map(|_| ())
            .map_err(|error| format!("{inside:?}: {error}")),
        _ => Err(format!("{kind:?} is not rate, cron or at")),
    }
}

/// A number and a unit, which is in the singular for 1 alone.
fn rate(inside: &str) -> Result<(), String> {
    let (value, unit) = inside.split_once(' ').ok_or("no unit")?;
    let value = number(value)?;
    let unit_of_one = ["minute", "hour", "day"].contains(&unit);
    let unit_of_many = ["minutes", "hours", "days"].contains(&unit);
    match value {
        0 => Err("never".to_owned()),
        1 if unit_of_one => Ok(()),
        1 if unit_of_many => Err(format!("1 {unit}: the unit of 1 has no s")),
        _ if unit_of_many => Ok(()),
        _ if unit_of_one => Err(format!("{value} {unit}: the unit lacks an s")),
        _ => Err(format!("{unit:?} is not minutes, hours or days")),
    }
}

/// A field of a cron expression.
struct Field {
    name: &'static str,
    range: RangeInclusive<u32>,
    /// Names of its values, from the lowest on.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Six fields; unlike in a crontab the year is among them, and one of the two fields for days must
/// be `?`.
fn cron(inside: &str) -> Result<(), String> {
    let field = |name, range, names| Field { name, range, names };
    let fields = [
        field("minutes", 0..=59, &[]),
        field("hours", 0..=23, &[]),
        field("day of the month", 1..=31, &[]),
        field("month", 1..=12, &MONTHS),
        field("day of the week", 1..=7, &DAYS),
        field("year", 1970..=2199, &[]),
    ];
    let texts: Vec<_> = inside.split(' ').collect();
    if texts.len() != fields.len() {
        return Err(format!("{} fields instead of 6", texts.len()));
    }
    for (field, text) in fields.iter().zip(&texts) {
        let checked = field.check(text);
        checked.map_err(|why| format!("{} {text:?}: {why}", field.name))?;
    }
    match (texts[2], texts[4]) {
        ("?", "?") => Err("both fields for days are ?".to_owned()),
        (month, week) if month != "?" && week != "?" => {
            Err("one of the two fields for days must be ?".to_owned())
        }
        _ => Ok(()),
    }
}

impl Field {
    fn check(&self, text: &str) -> Result<(), String> {
        if text == "*" {
            return Ok(());
        }
        match (self.name, text) {
            ("day of the month" | "day of the week", "?") | ("day of the month", "L" | "LW") => {
                return Ok(());
            }
            // The weekday nearest to a day.
            ("day of the month", day) if day.ends_with('W') => {
                return self.value(&day[..day.len() - 1]).map(|_| ());
            }
            // The last such day of the month.
            ("day of the week", day) if day.ends_with('L') && day.len() > 1 => {
                return self.value(&day[..day.len() - 1]).map(|_| ());
            }
            ("day of the week", day) if day.contains('#') => {
                let (day, which) = day.split_once('#').unwrap_or_default();
                self.value(day)?;
                let which = number(which)?;
                let exists = (1..=5).contains(&which);
                return exists.then_some(()).ok_or("no such week".to_owned());
            }
            _ => {}
        }
        text.split(',').try_for_each(|part| self.part(part))
    }

    /// `*`, `8`, `8-17`, and each of them with a step: `0/15`.
    fn part(&self, part: &str) -> Result<(), String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (part, None),
        };
        if step == Some(0) {
            return Err("a step of 0".to_owned());
        }
        if range == "*" && step.is_some() {
            return Ok(());
        }
        match range.split_once('-') {
            Some((from, to)) if self.value(from)? > self.value(to)? => {
                Err(format!("{range} goes back"))
            }
            Some(_) => Ok(()),
            None => self.value(range).map(|_| ()),
        }
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| *name == text);
        if let Some(index) = named {
            return Ok(self.range.start() + u32::try_from(index).unwrap());
        }
        let value = number(text)?;
        if self.range.contains(&value) {
            return Ok(value);
        }
        let (from, to) = (self.range.start(), self.range.end());
        Err(format!("{value} is not from {from} to {to}"))
    }
}

fn number(text: &str) -> Result<u32, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = digits.then(|| text.parse().ok()).flatten();
    parsed.ok_or_else(|| format!("{text:?} is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_schedules() {
        for good in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 hour)",
            "rate(12 hours)",
            "rate(1 day)",
            "rate(7 days)",
            "cron(0 8 ? * MON-FRI *)",
            "cron(15 10 ? * 6L 2022-2023)",
            "cron(0/15 * * * ? *)",
            "cron(*/10 8-17 * JAN,JUL-SEP ? 2026)",
            "cron(0 0 L * ? *)",
            "cron(0 0 LW * ? *)",
            "cron(0 0 15W * ? *)",
            "cron(0 9 ? * 2#1 *)",
            "cron(59 23 31 12 ? 2199)",
            "at(2026-11-20T13:00:00)",
            "at(2028-02-29T00:00:00)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn bad_schedules() {
        for (bad, why) in [
            ("", "no bracket"),
            ("1 minute", "no bracket"),
            ("rate(1 minute", "at the end"),
            ("rate(1 minute) ", "at the end"),
            ("Rate(1 minute)", "not rate, cron or at"),
            ("every(1 minute)", "not rate, cron or at"),
            ("rate()", "no unit"),
            ("rate(minute)", "no unit"),
            ("rate(0 minutes)", "never"),
            ("rate(-1 minutes)", "not a number"),
            ("rate(1.5 hours)", "not a number"),
            ("rate(99999999999 hours)", "not a number"),
            ("rate(1 minutes)", "has no s"),
            ("rate(5 minute)", "lacks an s"),
            ("rate(30 seconds)", "not minutes, hours or days"),
            ("rate(1 second)", "not minutes, hours or days"),
            ("rate(1  minute)", "not minutes, hours or days"),
            ("cron(* * * * *)", "5 fields"),
            ("cron(0 * * * * ? *)", "7 fields"),
            ("cron(* * * * * *)", "must be ?"),
            ("cron(0 8 1 * MON *)", "must be ?"),
            ("cron(0 8 ? * ? *)", "both"),
            ("cron(60 * * * ? *)", "60 is not from 0 to 59"),
            ("cron(0 24 * * ? *)", "24 is not from 0 to 23"),
            ("cron(0 0 0 * ? *)", "0 is not from 1 to 31"),
            ("cron(0 0 32W * ? *)", "32 is not from 1 to 31"),
            ("cron(0 0 ? 13 2 *)", "13 is not from 1 to 12"),
            ("cron(0 0 ? * 0 *)", "0 is not from 1 to 7"),
            ("cron(0 0 ? * MON-XXX *)", "not a number"),
            ("cron(0 0 ? * FRI-MON *)", "goes back"),
            ("cron(0 0 ? * 2#6 *)", "no such week"),
            ("cron(0 0 ? * ?,2 *)", "not a number"),
            ("cron(? 0 * * ? *)", "not a number"),
            ("cron(0/0 * * * ? *)", "a step of 0"),
            ("cron(0, * * * ? *)", "not a number"),
            ("cron(0 0 * * ? 1969)", "1969 is not from"),
            ("cron(0 0 * * ? 2200)", "2200 is not from"),
            ("at(2026-11-20 13:00:00)", "invalid"),
            ("at(2026-11-20T13:00)", "premature"),
            ("at(2026-11-20T13:00:00Z)", "trailing"),
            ("at(2027-02-29T00:00:00)", "out of range"),
        ] {
            let error = check(bad).expect_err(bad);
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
