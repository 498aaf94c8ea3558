//! What an answer is made of, read at once: sums, and single facts.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use entity::stats_bucket::Model;

use super::{
    apart::apart,
    dimension::Dimension,
    fact::{Fact, Marks, Traits},
    filter::matches,
    need::{Need, Origin, Sums},
    read::View,
    tally::{Durations, Tally},
};
use crate::{
    Result,
    db::{BucketRun, Columns, read_buckets},
};

/// What an answer is made of.
pub(super) struct Stock<'a> {
    view: &'a View<'a>,
    sums: Vec<Kept>,
    /// Facts beside sums, in the order of time,
    edges: Vec<(Fact, Arc<Traits>)>,
    /// and those of needs that no sums tell about.
    facts: Vec<(Fact, Arc<Traits>)>,
}

/// Sums of a dimension, by level and start.
struct Kept {
    dimension: Dimension,
    keys: Option<Vec<String>>,
    runs: Vec<BucketRun>,
    rows: BTreeMap<(i16, i32), Vec<Model>>,
}

impl<'a> Stock<'a> {
    /// Reads what `needs` need.
    ///
    /// # Errors
    /// `BadInput` if too many facts would have to be gone through one by one.
    pub(super) async fn read(view: &'a View<'a>, needs: &[&Need]) -> Result<Self> {
        let mut sums: Vec<Kept> = Vec::new();
        for need in needs {
            let Origin::Sums(wanted) = &need.origin else {
                continue;
            };
            match sums.iter_mut().find(|kept| kept.is_of(wanted)) {
                Some(kept) => kept.runs.extend(wanted.runs()),
                None => sums.push(Kept {
                    dimension: wanted.dimension,
                    keys: wanted.keys.clone(),
                    runs: wanted.runs().collect(),
                    rows: BTreeMap::new(),
                }),
            }
        }
        for kept in &mut sums {
            let runs = merged(&kept.runs);
            let number = kept.dimension.number();
            for row in read_buckets(view.tx, number, kept.keys.as_deref(), &runs).await? {
                let place = kept.rows.entry((row.level, row.start)).or_default();
                place.push(row);
            }
        }
        let spans = |of_sums: bool| {
            let needs = needs.iter();
            let needs = needs.filter(move |need| need.is_summed_up() == of_sums);
            let spans = needs.flat_map(|need| {
                let edges = need.edges();
                edges.map(|(_, edge)| (edge.from, edge.to, need.marks))
            });
            apart(spans, Marks::union)
        };
        Ok(Self {
            view,
            sums,
            edges: view.edges(&spans(true)).await?,
            facts: view.facts(&spans(false)).await?,
        })
    }

    /// The sums that a need is answered from, each with the place of its stretch of time and how often
    /// it counts.
    pub(super) fn sums<'b>(
        &'b self,
        need: &'b Need,
    ) -> impl Iterator<Item = (usize, i64, &'b Model)> {
        let sums = match &need.origin {
            Origin::Sums(sums) => Some(sums),
            Origin::Facts => None,
        };
        let kept = sums.and_then(|sums| self.sums.iter().find(|kept| kept.is_of(sums)));
        sums.zip(kept).into_iter().flat_map(|(sums, kept)| {
            let covers = sums.covers.iter().enumerate();
            let runs = covers.flat_map(|(place, cover)| cover.runs.iter().map(move |r| (place, r)));
            runs.flat_map(|(place, run)| {
                let level = run.level.number();
                let rows = kept.rows.range((level, run.from)..(level, run.to));
                let rows = rows.flat_map(|(_, rows)| rows);
                rows.map(move |row| (place, run.times, row))
            })
        })
    }

    /// The single facts that a need is answered from, each with the place of its stretch of time and
    /// how often it counts.
    pub(super) fn facts<'b>(
        &'b self,
        need: &'b Need,
    ) -> impl Iterator<Item = (usize, i64, &'b Fact, &'b Traits)> {
        let facts = if need.is_summed_up() {
            &self.edges
        } else {
            &self.facts
        };
        let kept = need.edges().flat_map(move |(place, edge)| {
            let first = facts.partition_point(|(fact, _)| fact.at < edge.from);
            let facts = facts[first..].iter();
            let facts = facts.take_while(move |(fact, _)| fact.at < edge.to);
            facts.map(move |(fact, traits)| (place, edge.times, fact, &**traits))
        });
        let newest = self.view.tail.changes.iter();
        let newest = newest
            .filter(|(_, fact, traits)| matches(&self.view.restrictions, fact, traits))
            .filter_map(|(times, fact, traits)| {
                let place = need.period(fact.at)?;
                Some((place, *times, fact, &**traits))
            });
        kept.chain(newest)
    }

    /// The sums of each stretch of time by the values of the need's group; by the empty value if there
    /// is none.
    pub(super) fn tallies(&self, need: &Need) -> Result<HashMap<(usize, String), Tally>> {
        let mut tallies: HashMap<(usize, String), Tally> = HashMap::new();
        let sketches = match &need.origin {
            Origin::Sums(sums) => Durations::of(sums.columns.sketches),
            Origin::Facts => Durations::default(),
        };
        for (place, times, row) in self.sums(need) {
            let key = match need.group {
                Some(_) => row.key.clone(),
                None => String::new(),
            };
            let tally = tallies.entry((place, key)).or_default();
            tally.add_numbers(&row.numbers, times)?;
            tally.add_sketches(row, sketches, times)?;
        }
        for (place, times, fact, traits) in self.facts(need) {
            let keys = match need.group {
                Some(group) => group.keys(fact, traits),
                None => vec![String::new()],
            };
            for key in keys {
                tallies.entry((place, key)).or_default().add(fact, times);
            }
        }
        Ok(tallies)
    }
}

impl Kept {
    fn is_of(&self, sums: &Sums) -> bool {
        self.dimension == sums.dimension && self.keys == sums.keys
    }
}

impl Sums {
    fn runs(&self) -> impl Iterator<Item = BucketRun> {
        let runs = self.covers.iter().flat_map(|cover| &cover.runs);
        runs.map(|run| BucketRun {
            level: run.level.number(),
            from: run.from,
            to: run.to,
            columns: self.columns,
        })
    }
}

/// The same runs, of which none overlap: what several want is read once, with all that they want.
fn merged(runs: &[BucketRun]) -> Vec<BucketRun> {
    let runs = runs.iter();
    let runs = runs.map(|run| ((run.level, run.from), (run.level, run.to), run.columns));
    let merged = apart(runs, Columns::union).into_iter();
    let merged = merged.map(|((level, from), (_, to), columns)| BucketRun {
        level,
        from,
        to,
        columns,
    });
    merged.collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn runs() -> impl Strategy<Value = Vec<BucketRun>> {
        let run = (0..3_i16, -20..20_i32, 1..15_i32, any::<([bool; 4], bool)>());
        let run = run.prop_map(|(level, from, length, (sketches, hours))| BucketRun {
            level,
            from,
            to: from + length,
            columns: Columns { sketches, hours },
        });
        vec(run, 0..12)
    }

    /// What is wanted of one sum, and by how many runs.
    fn wanted(runs: &[BucketRun], level: i16, start: i32) -> (usize, [bool; 4], bool) {
        let of: Vec<_> = runs
            .iter()
            .filter(|run| run.level == level && (run.from..run.to).contains(&start))
            .collect();
        (
            of.len(),
            std::array::from_fn(|place| of.iter().any(|run| run.columns.sketches[place])),
            of.iter().any(|run| run.columns.hours),
        )
    }

    proptest! {
        /// Each sum is read once, with all that anybody wants of it, and no other.
        #[test]
        fn merged_runs_are_the_same_without_an_overlap(runs in runs()) {
            let merged = merged(&runs);
            for level in 0..3 {
                for start in -25..40 {
                    let (times, sketches, hours) = wanted(&runs, level, start);
                    let once = (times.min(1), sketches, hours);
                    prop_assert_eq!(wanted(&merged, level, start), once);
                }
            }
            for pair in merged.windows(2) {
                let continues = pair[0].level == pair[1].level
                    && pair[0].to == pair[1].from
                    && pair[0].columns == pair[1].columns;
                prop_assert!(!continues, "{:?}", pair);
            }
        }
    }
}
