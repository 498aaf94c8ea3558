//! Figures by the values of a dimension.

use std::collections::HashMap;

use super::{Asking, backlog::Backlog};
use crate::{
    Result,
    db::Columns,
    stats::{
        answer::Group,
        dimension::Dimension,
        fact::{Mark, Marks},
        figures::Figures,
        need::{Need, Origin, Period},
        question::period,
        stock::Stock,
        tally::Durations,
    },
};

/// Figures by the values of a dimension: of the time, and of the time before it where that is wanted.
pub(super) struct Groups {
    periods: Vec<Period>,
    figures: Need,
    backlog: Option<Backlog>,
    /// Distributions, which are read for the values that are shown, where there may be very many.
    of_shown: Option<Need>,
    most: usize,
}

impl Groups {
    pub(super) fn new(asking: &Asking<'_>, dimension: Dimension) -> Self {
        let (wanted, view) = (&asking.question.wanted, asking.view);
        let mut spans = vec![asking.whole()];
        if wanted.previous_groups {
            spans.insert(0, asking.before());
        }
        let periods: Vec<Period> = spans.into_iter().map(period).collect();
        let group = Some(dimension);
        let need = |sketches: Durations| {
            let columns = Columns::with_sketches(sketches.flags());
            Need::new(view, periods.clone(), group, columns, Marks::ALL)
        };
        let sketches = wanted.of_groups;
        let later = sketches.any() && dimension.is_numerous();
        let at_once = if later {
            Durations::default()
        } else {
            sketches
        };
        let figures = need(at_once);
        // Facts have their durations with them.
        let later = later && figures.is_summed_up();
        Self {
            figures,
            backlog: wanted
                .backlog
                .then(|| Backlog::new(asking, asking.question.to, group)),
            of_shown: later.then(|| need(sketches)),
            most: wanted.most_groups.unwrap_or(usize::MAX),
            periods,
        }
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        let backlog = self.backlog.iter().flat_map(Backlog::needs);
        backlog.chain([&self.figures]).collect()
    }

    pub(super) async fn answer(
        &self,
        asking: &Asking<'_>,
        stock: &Stock<'_>,
    ) -> Result<Vec<Group>> {
        let last = self.periods.len() - 1;
        let mut groups: HashMap<String, Group> = HashMap::new();
        let empty = |key: String| Group {
            key,
            figures: Figures::default(),
            previous: (last > 0).then(Figures::default),
        };
        for ((place, key), tally) in stock.tallies(&self.figures)? {
            let group = groups.entry(key.clone()).or_insert_with(|| empty(key));
            if place == last {
                group.figures.tally = tally;
            } else {
                group.previous = Some(Figures::of(tally));
            }
        }
        if let Some(backlog) = &self.backlog {
            let backlogs = backlog.answer(stock)?;
            // A backlog may be of old tickets alone, to which nothing happened in the time.
            for (key, _) in backlogs.iter().filter(|(_, backlog)| **backlog != 0) {
                groups
                    .entry(key.clone())
                    .or_insert_with(|| empty(key.clone()));
            }
            for group in groups.values_mut() {
                let backlog = backlogs.get(&group.key).copied();
                group.figures.backlog = Some(backlog.unwrap_or(0));
            }
        }
        // What was counted under another value before may have left nothing behind.
        let mut groups: Vec<_> = groups.into_values().filter(Group::has_something).collect();
        let created = |group: &Group| group.figures.count(Mark::Created);
        groups.sort_by(|a, b| created(b).cmp(&created(a)).then_with(|| a.key.cmp(&b.key)));
        groups.truncate(self.most);
        if let Some(mut need) = self.of_shown.clone() {
            if let Origin::Sums(sums) = &mut need.origin {
                sums.keys = Some(groups.iter().map(|group| group.key.clone()).collect());
            }
            let shown = Stock::read(asking.view, &[&need]).await?;
            let mut tallies = shown.tallies(&need)?;
            for group in &mut groups {
                if let Some(tally) = tallies.remove(&(last, group.key.clone())) {
                    group.figures.tally = tally;
                }
                if let Some(before) = &mut group.previous
                    && let Some(tally) = tallies.remove(&(0, group.key.clone()))
                {
                    before.tally = tally;
                }
            }
        }
        Ok(groups)
    }
}
