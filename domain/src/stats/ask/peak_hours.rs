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
        zone::{Level, begin_of},
    },
};

/// When tickets come in.
pub(super) struct PeakHours(Need);

impl PeakHours {
    pub(super) fn new(asking: &Asking<'_>) -> Self {
        // Days, weeks and months say in which of their hours, if they are those of this zone.
        let same_zone = asking.view.state.zone.name() == asking.zone.name();
        let (columns, longest) = if same_zone {
            (Columns::HOURS, Level::Month)
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
        let zone = &asking.zone;
        let mut week = Hours::default();
        for (_, times, row) in stock.sums(&self.0) {
            if row.level == Level::Quarter.number() {
                let mut tally = Tally::default();
                tally.add_numbers(&row.numbers, times)?;
                let created = tally.count(Mark::Created);
                week.add(zone.hour_of(begin_of(row.start)), created);
            }
            week.add_encoded(&row.hours, times)?;
        }
        for (_, times, fact, _) in stock.facts(&self.0) {
            if fact.marks.has(Mark::Created) {
                week.add(zone.hour_of(fact.at), times);
            }
        }
        let days = zone.weekdays(asking.question.from, asking.question.to);
        let of_day = |(weekday, (hours, days)): (i8, ([i64; 24], i64))| {
            (0_i8..).zip(hours).map(move |(hour, created)| PeakHour {
                weekday,
                hour,
                created,
                days,
            })
        };
        Ok((0_i8..)
            .zip(week.0.into_iter().zip(days))
            .flat_map(of_day)
            .collect())
    }
}
