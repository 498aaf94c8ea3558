//! Bringing changed facts into the sums.

use std::collections::HashMap;

use entity::stats_bucket;
use sea_orm::DatabaseTransaction;

use super::{
    dimension::Dimension,
    fact::{Fact, Mark, Traits},
    source::Counted,
    state::State,
    tally::{Duration, Durations, Hours, Tally},
    zone::{Level, quarter_of},
};
use crate::{
    Result,
    db::{BucketName, delete_buckets, load_buckets, save_buckets},
};

/// A fact that is added (1) or taken away (-1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) times: i64,
    pub(super) fact: &'a Fact,
    pub(super) traits: &'a Traits,
}

/// What makes `after` of `before`: what both have is left out.
pub(super) fn changes<'a>(before: Option<&'a Counted>, after: &'a Counted) -> Vec<Change<'a>> {
    let of = |counted: &'a Counted, times: i64| {
        let facts = counted.facts.iter();
        facts.map(move |fact| Change {
            times,
            fact,
            traits: &counted.traits,
        })
    };
    let Some(before) = before else {
        return of(after, 1).collect();
    };
    if before.traits != after.traits {
        return of(before, -1).chain(of(after, 1)).collect();
    }
    let mut count: HashMap<&Fact, i64> = HashMap::new();
    before
        .facts
        .iter()
        .for_each(|fact| *count.entry(fact).or_default() -= 1);
    after
        .facts
        .iter()
        .for_each(|fact| *count.entry(fact).or_default() += 1);
    let changed = count.into_iter().filter(|(_, times)| *times != 0);
    changed
        .map(|(fact, times)| Change {
            times,
            fact,
            traits: &after.traits,
        })
        .collect()
}

/// The starts of the stretches in which quarters of an hour lie, looked up once each.
#[derive(Debug, Default)]
struct Starts(HashMap<i32, [i32; 4]>);

impl Starts {
    fn of(&mut self, state: &State, quarter: i32) -> [i32; 4] {
        *self
            .0
            .entry(quarter)
            .or_insert_with(|| Level::ALL.map(|level| state.zone.stretch(level, quarter).0))
    }
}

/// Sums that facts are added to, before they are stored.
pub(super) struct Sums<'a> {
    state: &'a State,
    starts: Starts,
    changes: HashMap<BucketName, Vec<Change<'a>>>,
}

impl<'a> Sums<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        Self {
            state,
            starts: Starts::default(),
            changes: HashMap::new(),
        }
    }

    /// Takes up a change, for the levels of `levels` that there are at its time.
    pub(super) fn add(&mut self, change: Change<'a>, levels: &[Level]) {
        let starts = self.starts.of(self.state, quarter_of(change.fact.at));
        for dimension in Dimension::EVERY {
            for key in dimension.keys(change.fact, change.traits) {
                for level in levels {
                    let start = starts[*level as usize];
                    if *level != Level::Quarter && start < self.state.rolled_from {
                        continue;
                    }
                    let name = (dimension.number(), key.clone(), level.number(), start);
                    self.changes.entry(name).or_default().push(change);
                }
            }
        }
    }

    /// Adds all of it to what is stored, and says how many buckets changed.
    pub(super) async fn write(self, tx: &DatabaseTransaction) -> Result<u64> {
        let names: Vec<BucketName> = self.changes.keys().cloned().collect();
        let stored = load_buckets(tx, &names).await?;
        let mut stored: HashMap<BucketName, stats_bucket::Model> = stored
            .into_iter()
            .map(|row| ((row.dimension, row.key.clone(), row.level, row.start), row))
            .collect();
        let (mut full, mut empty) = (Vec::new(), Vec::new());
        let zone = &self.state.zone;
        for (name, changes) in self.changes {
            let (mut tally, mut hours) = (Tally::default(), Hours::default());
            let before = stored.remove(&name);
            if let Some(row) = &before {
                tally.add_numbers(&row.numbers, 1)?;
                tally.add_sketches(row, Durations::ALL, 1)?;
                hours.add_encoded(&row.hours, 1)?;
            }
            for change in changes {
                tally.add(change.fact, change.times);
                if name.2 != Level::Quarter.number() && change.fact.marks.has(Mark::Created) {
                    hours.add(zone.hour_of(change.fact.at), change.times);
                }
            }
            if !tally.is_empty() {
                full.push(bucket(name, &tally, &hours)?);
            } else if before.is_some() {
                empty.push(name);
            }
        }
        let changed = full.len() + empty.len();
        save_buckets(tx, full).await?;
        delete_buckets(tx, &empty).await?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }
}

/// A bucket as it is stored.
pub(super) fn bucket(
    name: BucketName,
    tally: &Tally,
    hours: &Hours,
) -> Result<stats_bucket::Model> {
    let (dimension, key, level, start) = name;
    Ok(stats_bucket::Model {
        dimension,
        key,
        level,
        start,
        numbers: tally.encode_numbers()?,
        first_response: tally.encode_sketch(Duration::FirstResponse)?,
        next_response: tally.encode_sketch(Duration::NextResponse)?,
        first_resolution: tally.encode_sketch(Duration::FirstResolution)?,
        total_resolution: tally.encode_sketch(Duration::TotalResolution)?,
        hours: hours.encode()?,
    })
}
