//! When tickets come in, by weekday and hour on the wall.

use super::Asking;
use crate::{
    Result,
    db::Columns,
    stats::{
        answer::PeakHour,
        fact::{Mark, Marks},
        need::Need,
        question::period,
        stock::Stock,
        tally::{Hours, Tally},
        zone::{Level, begin_of, quarter_of},
    },
};

/// When tickets come in.
pub(super) struct PeakHours(Need);

impl PeakHours {
    pub(super) fn new(asking: &Asking<'_>) -> Self {
        // Days say in which of their hours, if they are days of this zone.
        let same_zone = asking.view.state.zone.name() == asking.zone.name();
        let (columns, longest) = if same_zone {
            (Columns::HOURS, Level::Day)
        } else {
            (Columns::NUMBERS, Level::Quarter)
        };
        let created = Marks::of(&[Mark::Created]);
        let whole = vec![period(asking.whole())];
        let need = Need::up_to(asking.view, whole, None, columns, created, longest);
        Self(need)
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        vec![&self.0]
    }

    pub(super) fn answer(&self, asking: &Asking<'_>, stock: &Stock<'_>) -> Result<Vec<PeakHour>> {
        let mut week = [[0_i64; 24]; 7];
        let weekday = |quarter: i32| weekday(asking.zone.day_of(quarter));
        for (_, times, row) in stock.sums(&self.0) {
            let of_day = &mut week[weekday(row.start)];
            if row.level == Level::Quarter.number() {
                let mut tally = Tally::default();
                tally.add_numbers(&row.numbers, times)?;
                of_day[asking.zone.hour_of(begin_of(row.start))] += tally.count(Mark::Created);
                continue;
            }
            let mut hours = Hours::default();
            hours.add_encoded(&row.hours)?;
            for (sum, more) in of_day.iter_mut().zip(hours.0) {
                *sum += times * more;
            }
        }
        for (_, times, fact, _) in stock.facts(&self.0) {
            if fact.marks.has(Mark::Created) {
                week[weekday(quarter_of(fact.at))][asking.zone.hour_of(fact.at)] += times;
            }
        }
        let days = asking
            .zone
            .weekdays(asking.question.from, asking.question.to);
        let of_day = |(weekday, (hours, days)): (i8, ([i64; 24], i64))| {
            (0_i8..).zip(hours).map(move |(hour, created)| PeakHour {
                weekday,
                hour,
                created,
                days,
            })
        };
        Ok((0_i8..)
            .zip(week.into_iter().zip(days))
            .flat_map(of_day)
            .collect())
    }
}

fn weekday(day: jiff::civil::Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)
}
