//! The tickets in work now, by how long ago they were opened.

use super::{Asking, DAY, far_ahead};
use crate::{
    Result,
    db::Columns,
    stats::{
        answer::AgeGroup,
        fact::{Mark, Marks},
        need::{Need, Period},
        stock::Stock,
    },
};

/// The limits of the age groups, in seconds.
const AGES: [i64; 5] = [0, DAY, 3 * DAY, 7 * DAY, 30 * DAY];

/// The tickets in work now, by how long ago they were opened.
pub(super) struct Ages(Need);

impl Ages {
    pub(super) fn new(asking: &Asking<'_>) -> Self {
        let now = asking.now.timestamp_micros();
        // What was opened at this very moment counts too; so does what a clock that is ahead opened.
        let ends = AGES.map(|age| {
            if age == 0 {
                i64::MAX
            } else {
                now - age * 1_000_000 + 1
            }
        });
        let mut periods: Vec<Period> = Vec::new();
        let mut from = None;
        for end in ends.into_iter().rev() {
            periods.push((from, end.min(far_ahead(now))));
            from = Some(end);
        }
        let in_work = Marks::of(&[Mark::InWork]);
        let need = Need::new(asking.view, periods, None, Columns::NUMBERS, in_work);
        Self(need)
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        vec![&self.0]
    }

    pub(super) fn answer(&self, stock: &Stock<'_>) -> Result<Vec<AgeGroup>> {
        let tallies = stock.tallies(&self.0)?;
        let groups = AGES.iter().enumerate().map(|(place, age)| {
            let tally = tallies.get(&(AGES.len() - 1 - place, String::new()));
            AgeGroup {
                from_seconds: *age,
                to_seconds: AGES.get(place + 1).copied(),
                tickets: tally.map_or(0, |tally| tally.count(Mark::InWork)),
            }
        });
        Ok(groups.collect())
    }
}
