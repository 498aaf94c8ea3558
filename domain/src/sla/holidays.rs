//! Holidays from the text of an iCalendar feed (RFC 5545).

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use icalendar::{
    Calendar, CalendarDateTime, Component, DatePerhapsTime, Event, EventLike, EventStatus,
};

/// How many years of what comes every year are taken: the one before this and the ten after it.
const YEARS: (i32, i32) = (-1, 10);
/// How many days one entry can have.
const MAX_DAYS: u64 = 366;
/// How many days one recurring entry can bring.
const MAX_RECURRENCES: u16 = 500;
/// How many recurring entries one feed can have.
const MAX_RECURRING: usize = 100;
/// How many days are read; a calendar can keep fewer.
const MOST_DAYS: usize = 5_000;
/// How long a name is kept.
const MAX_NAME: usize = 200;

/// The days of all entries of the feed, with their names. What recurs is taken from the year before
/// `year` to ten years after it.
///
/// # Errors
/// What is wrong with the text and what to do, for the person who sent it.
pub(crate) fn import(text: &str, year: i32) -> Result<BTreeMap<NaiveDate, String>, String> {
    let feed: Calendar = text.parse().map_err(|_: String| {
        "This is not the text of an iCalendar feed (RFC 5545), which begins with BEGIN:VCALENDAR. \
         Download the feed and send its whole text."
            .to_owned()
    })?;
    let mut days = BTreeMap::new();
    let (mut entries, mut recurring) = (0, 0);
    for event in feed.events() {
        entries += 1;
        recurring += usize::from(recurs(event));
        if recurring > MAX_RECURRING || days.len() > MOST_DAYS {
            return Err(format!(
                "The iCalendar feed has more than {MAX_RECURRING} recurring entries or \
                 {MOST_DAYS} days, which is no list of holidays. Send a shorter one."
            ));
        }
        let summary = event.get_summary().unwrap_or("Holiday");
        let name: String = summary
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_NAME)
            .collect();
        if event.get_status() == Some(EventStatus::Cancelled) {
            continue;
        }
        for date in dates(event, &name, year)? {
            days.entry(date).or_insert_with(|| name.clone());
        }
    }
    if entries == 0 {
        return Err(
            "The iCalendar feed has no entries (VEVENT), so there is nothing to import. Check that \
             it is a calendar of holidays."
                .to_owned(),
        );
    }
    Ok(days)
}

fn dates(event: &Event, name: &str, year: i32) -> Result<Vec<NaiveDate>, String> {
    let Some(start) = event.get_start().map(|start| date(&start)) else {
        return Err(format!(
            "The entry \"{name}\" of the iCalendar feed has no date (DTSTART) that can be read. \
             Mend it or take it out."
        ));
    };
    // The end of an entry of whole days is the day behind it.
    let length = match event.get_end() {
        Some(DatePerhapsTime::Date(end)) => (end - start).num_days().max(1),
        Some(end @ DatePerhapsTime::DateTime(_)) => (date(&end) - start).num_days().max(0) + 1,
        None => 1,
    };
    let length = u64::try_from(length).unwrap_or(1);
    if length > MAX_DAYS {
        return Err(format!(
            "The entry \"{name}\" of the iCalendar feed lasts {length} days, at most {MAX_DAYS} \
             are possible. Mend it or take it out."
        ));
    }
    let starts = if recurs(event) {
        recurrences(event, name, year)?
    } else {
        vec![start]
    };
    let days = starts.into_iter().flat_map(|start| {
        (0..length).filter_map(move |day| start.checked_add_days(Days::new(day)))
    });
    Ok(days
        .filter(|day| (1970..=2200).contains(&day.year()))
        .collect())
}

fn recurs(event: &Event) -> bool {
    event.property_value("RRULE").is_some() || event.property_value("RDATE").is_some()
}

fn recurrences(event: &Event, name: &str, year: i32) -> Result<Vec<NaiveDate>, String> {
    let problem = || {
        format!(
            "The entry \"{name}\" of the iCalendar feed recurs by a rule that cannot be followed. \
             Give its days as entries of their own."
        )
    };
    let rule = event.get_recurrence().map_err(|_| problem())?;
    let wanted = (year + YEARS.0)..=(year + YEARS.1);
    // The library counts what lies before the first wanted day too, so all are asked for and the
    // rest is left out.
    let found = rule.limit().all(MAX_RECURRENCES);
    if found.limited {
        let in_time = found
            .dates
            .last()
            .is_some_and(|last| last.year() > year + YEARS.1);
        if !in_time {
            return Err(problem());
        }
    }
    let days = found.dates.iter().map(chrono::DateTime::date_naive);
    Ok(days.filter(|day| wanted.contains(&day.year())).collect())
}

/// The day as it is written, whatever the time zone: a holiday is a day on the wall.
fn date(time: &DatePerhapsTime) -> NaiveDate {
    match time {
        DatePerhapsTime::Date(date) => *date,
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(time)) => time.date(),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => time.date_naive(),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, .. }) => {
            date_time.date()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(events: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{}END:VCALENDAR\r\n",
            events.replace('\n', "\r\n")
        )
    }

    fn days(events: &str) -> Vec<String> {
        let days = import(&feed(events), 2026).unwrap();
        days.into_iter()
            .map(|(day, name)| format!("{day} {name}"))
            .collect()
    }

    #[test]
    fn days_and_spans_of_days() {
        let events = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\n\
            SUMMARY:Christmas\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20260101\n\
            SUMMARY:New Year\\, at last\nEND:VEVENT\nBEGIN:VEVENT\nUID:3\n\
            DTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED\nSUMMARY:Off\nEND:VEVENT\n";
        assert_eq!(
            days(events),
            [
                "2026-01-01 New Year, at last",
                "2026-12-25 Christmas",
                "2026-12-26 Christmas"
            ]
        );
    }

    #[test]
    fn what_comes_every_year_is_taken_from_last_year_on_for_ten_years() {
        let events = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20101003\n\
            RRULE:FREQ=YEARLY\nSUMMARY:Unity\nEND:VEVENT\n";
        let days = days(events);
        assert_eq!(days.first().unwrap(), "2025-10-03 Unity");
        assert_eq!(days.last().unwrap(), "2036-10-03 Unity");
        assert_eq!(days.len(), 12);
        // The fourth Thursday of November.
        let events = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20101125\n\
            RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20271201T000000Z\nSUMMARY:Thanks\nEND:VEVENT\n";
        assert_eq!(
            super::tests::days(events),
            [
                "2025-11-27 Thanks",
                "2026-11-26 Thanks",
                "2027-11-25 Thanks"
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for text in ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"] {
            assert!(
                import(text, 2026).unwrap_err().contains("iCalendar"),
                "{text}"
            );
        }
        let hourly = "BEGIN:VEVENT\nUID:1\nDTSTART:20200101T000000Z\nRRULE:FREQ=HOURLY\nSUMMARY:Bells\nEND:VEVENT\n";
        assert!(import(&feed(hourly), 2026).unwrap_err().contains("Bells"));
        let no_date = "BEGIN:VEVENT\nUID:1\nSUMMARY:Never\nEND:VEVENT\n";
        assert!(import(&feed(no_date), 2026).unwrap_err().contains("Never"));
    }
}
