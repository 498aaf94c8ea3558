//! How many tickets were in work at some moment.

use std::collections::HashMap;

use entity::Timestamp;

use super::{Asking, far_ahead};
use crate::{
    Result,
    db::Columns,
    stats::{
        dimension::Dimension,
        fact::{Mark, Marks},
        need::Need,
        stock::Stock,
        tally::Tally,
    },
};

/// How many tickets were in work at a moment, by the values of a group.
pub(super) enum Backlog {
    /// All that came to it, less all that left it, since ever.
    Before(Need),
    /// Without sums for it, backwards from now, since what is in work is little: those in work, and
    /// what came and left since.
    Since(Need, Need),
}

impl Backlog {
    pub(super) fn new(asking: &Asking<'_>, time: Timestamp, group: Option<Dimension>) -> Self {
        let (view, time) = (asking.view, time.timestamp_micros());
        let need = |period, marks: &[Mark]| {
            let marks = Marks::of(marks);
            Need::new(view, vec![period], group, Columns::NUMBERS, marks)
        };
        let moves = [Mark::Entered, Mark::Left];
        let before = need((None, time), &moves);
        if before.is_summed_up() {
            return Self::Before(before);
        }
        let end = far_ahead(asking.now.timestamp_micros()).max(time);
        let in_work = need((None, end), &[Mark::InWork]);
        Self::Since(in_work, need((Some(time), end), &moves))
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        match self {
            Self::Before(before) => vec![before],
            Self::Since(now, since) => vec![now, since],
        }
    }

    /// By the values of the group; by the empty value if there is none.
    pub(super) fn answer(&self, stock: &Stock<'_>) -> Result<HashMap<String, i64>> {
        let mut backlogs: HashMap<String, i64> = HashMap::new();
        let mut add = |need: &Need, count: fn(&Tally) -> i64| -> Result<()> {
            for ((_, key), tally) in stock.tallies(need)? {
                *backlogs.entry(key).or_default() += count(&tally);
            }
            Ok(())
        };
        match self {
            Self::Before(before) => add(before, more)?,
            Self::Since(now, since) => {
                add(now, |tally| tally.count(Mark::InWork))?;
                add(since, |tally| -more(tally))?;
            }
        }
        Ok(backlogs)
    }
}

/// How many more tickets are in work at the end of a stretch of time than at its beginning.
pub(super) fn more(tally: &Tally) -> i64 {
    tally.count(Mark::Entered) - tally.count(Mark::Left)
}
