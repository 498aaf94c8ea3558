//! Categories and merchants that differ from their own past.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use entity::{Role, Timestamp, stats_bucket};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    ask::Asking,
    dimension::Dimension,
    fact::{Mark, Marks},
    need::{Need, Period},
    question::period,
    spike::{History, Spike, SpikeRules, spikes},
    stock::Stock,
    zone::{Level, time_of},
};
use crate::{Actor, Error, Result, db::Columns};

/// How many periods before are looked at.
const PAST: i64 = 8;
/// The most values of a dimension that are compared: those with the most tickets.
const MOST_KEYS: usize = 1_000;

/// A value of a dimension that differs from its own past.
#[derive(Clone, Debug, PartialEq)]
pub struct Unusual {
    /// The dimension: category or merchant.
    pub dimension: Dimension,
    /// What differs, and by how much; the key is the dimension's value.
    pub spike: Spike<String>,
}

/// Makes sure that `actor` may see what differs.
///
/// # Errors
/// `Forbidden` for agents.
pub(super) fn spikes_allowed(actor: Actor) -> Result<()> {
    if actor.role == Role::Agent {
        return Err(Error::Forbidden(
            "Your role (agent) may see your own figures only, and spikes are of the whole desk. \
             Ask a supervisor."
                .to_owned(),
        ));
    }
    Ok(())
}

impl Asking<'_> {
    /// Categories and merchants with far more or far fewer tickets than at the same time of earlier
    /// weeks.
    pub(super) async fn unusual(&self) -> Result<Vec<Unusual>> {
        if !self.question.wanted.spikes {
            return Ok(Vec::new());
        }
        let spans = self.comparable().await?;
        let asked: Vec<Period> = spans.into_iter().map(period).collect();
        let Some(now) = asked.len().checked_sub(1) else {
            return Ok(Vec::new());
        };
        let dimensions = [Dimension::Category, Dimension::Merchant];
        let needs = dimensions.map(|dimension| {
            let created = Marks::of(&[Mark::Created]);
            let (group, asked) = (Some(dimension), asked.clone());
            Need::new(self.view, asked, group, Columns::NUMBERS, created)
        });
        let stock = Stock::read(self.view, &needs.each_ref()).await?;
        let mut all = Vec::new();
        for (dimension, need) in dimensions.into_iter().zip(&needs) {
            let mut counts: HashMap<String, BTreeMap<usize, i64>> = HashMap::new();
            for ((place, key), tally) in stock.tallies(need)? {
                // What has no merchant is no merchant.
                if !key.is_empty() {
                    let of_key = counts.entry(key).or_default();
                    of_key.insert(place, tally.count(Mark::Created));
                }
            }
            let found = judge(counts, now).await?;
            all.extend(found.into_iter().map(|spike| Unusual { dimension, spike }));
        }
        Ok(all)
    }

    /// The time asked for, as far as it is over, behind the same time of earlier weeks in which there
    /// was a desk already.
    async fn comparable(&self) -> Result<Vec<(Timestamp, Timestamp)>> {
        let (from, to) = self.whole();
        // What is missing is not fewer.
        let to = to.min(self.view.tail.missing_since.unwrap_or(self.now));
        let first = stats_bucket::Entity::find()
            .select_only()
            .column(stats_bucket::Column::Start)
            .filter(stats_bucket::Column::Dimension.eq(Dimension::All.number()))
            .filter(stats_bucket::Column::Level.eq(Level::Quarter.number()))
            .order_by_asc(stats_bucket::Column::Start)
            .limit(1)
            .into_tuple::<i32>()
            .one(self.view.tx)
            .await?;
        let Some(first) = first.map(time_of).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let week = TimeDelta::weeks(1);
        let length = to - from;
        let weeks = (length.num_seconds() + week.num_seconds() - 1) / week.num_seconds();
        let days = weeks.max(1) * 7;
        let mut spans: Vec<_> = (1..=PAST)
            .map(|back| {
                let back = back * days;
                (
                    self.zone.days_before(from, back),
                    self.zone.days_before(to, back),
                )
            })
            .filter(|(from, _)| *from >= first)
            .collect();
        spans.reverse();
        spans.push((from, to));
        Ok(spans)
    }
}

/// Compares the counts at place `now` with those at the places before it.
async fn judge(
    counts: HashMap<String, BTreeMap<usize, i64>>,
    now: usize,
) -> Result<Vec<Spike<String>>> {
    let at = |places: &BTreeMap<usize, i64>, place: usize| {
        let count = places.get(&place).copied().unwrap_or(0);
        u64::try_from(count).unwrap_or(0)
    };
    let mut histories: Vec<_> = counts
        .into_iter()
        .map(|(key, places)| History {
            key,
            now: at(&places, now),
            past: (0..now).map(|place| at(&places, place)).collect(),
        })
        .collect();
    let size = |history: &History<String>| history.now + history.past.iter().sum::<u64>();
    // What was read only to be taken away again is none to compare with: the more are compared, the
    // more is asked of each.
    histories.retain(|history| size(history) > 0);
    histories.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.key.cmp(&b.key)));
    histories.truncate(MOST_KEYS);
    // It computes for long enough to hold up others.
    let judging = move || spikes(histories, &SpikeRules::default());
    tokio::task::spawn_blocking(judging)
        .await
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_no_ticket_at_all_is_not_compared() {
        let some = |key: &str, past: i64, now: i64| {
            let counts = (0..8).map(|place| (place, past)).chain([(8, now)]);
            (key.to_owned(), counts.collect::<BTreeMap<_, _>>())
        };
        let busy: Vec<_> = (0..100)
            .map(|n| some(&format!("busy {n}"), 40, 40))
            .collect();
        let risen = (40..120).step_by(4).map(|now| some("risen", 40, now));
        // Just enough to stand out among those that had tickets.
        for risen in risen {
            let known: HashMap<_, _> = busy.iter().cloned().chain([risen]).collect();
            let found = judge(known.clone(), 8).await.unwrap();
            let silent = (0..900).map(|n| some(&format!("silent {n}"), 0, 0));
            let all = known.into_iter().chain(silent).collect();
            assert_eq!(judge(all, 8).await.unwrap(), found);
        }
    }
}
