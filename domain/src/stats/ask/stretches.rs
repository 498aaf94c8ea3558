//! Figures of stretches of time that follow one another.

use entity::Timestamp;

use super::{
    Asking,
    backlog::{Backlog, more},
};
use crate::{
    Result,
    db::Columns,
    stats::{
        answer::SeriesEntry, fact::Marks, figures::Figures, need::Need, question::period,
        stock::Stock, tally::Durations,
    },
};

/// Figures of stretches of time that follow one another without a gap.
pub(super) struct Stretches {
    spans: Vec<(Timestamp, Timestamp)>,
    figures: Need,
    /// Of the moment at which the first one begins.
    backlog: Option<Backlog>,
}

impl Stretches {
    /// With those distributions that are named.
    pub(super) fn new(
        asking: &Asking<'_>,
        spans: Vec<(Timestamp, Timestamp)>,
        sketches: Durations,
    ) -> Self {
        let wanted = &asking.question.wanted;
        let columns = Columns::with_sketches(sketches.flags());
        let periods = spans.iter().copied().map(period).collect();
        let first = spans.first().filter(|_| wanted.backlog);
        Self {
            figures: Need::new(asking.view, periods, None, columns, Marks::ALL),
            backlog: first.map(|(from, _)| Backlog::new(asking, *from, None)),
            spans,
        }
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        let backlog = self.backlog.iter().flat_map(Backlog::needs);
        backlog.chain([&self.figures]).collect()
    }

    pub(super) fn answer(&self, stock: &Stock<'_>) -> Result<Vec<SeriesEntry>> {
        let mut tallies = stock.tallies(&self.figures)?;
        let mut backlog = match &self.backlog {
            Some(backlog) => Some(backlog.answer(stock)?.into_values().sum()),
            None => None,
        };
        let entry = |(place, (from, to)): (usize, &(Timestamp, Timestamp))| {
            let tally = tallies.remove(&(place, String::new())).unwrap_or_default();
            if let Some(backlog) = &mut backlog {
                *backlog += more(&tally);
            }
            let figures = Figures {
                backlog,
                ..Figures::of(tally)
            };
            SeriesEntry {
                from: *from,
                to: *to,
                figures,
            }
        };
        Ok(self.spans.iter().enumerate().map(entry).collect())
    }
}
