//! Working out a stretch of time anew: the facts of all tickets that lived in it from the log, and
//! its sums from these facts, whatever was stored. What comes of it is what is there already, unless
//! somebody damaged that.

use std::time::Instant;

use entity::{TicketId, Timestamp, rating, stats_bucket, stats_fact, ticket};
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::{
    aggregator::{Aggregator, renew},
    dimension::Dimension,
    read::{FactRow, fact_rows},
    report::StatsReport,
    roll::sum_up,
    state::State,
    sum::{Change, Sums},
    zone::{Level, Zone, begin_of, quarter_of},
};
use crate::Result;

/// How many tickets one transaction takes.
const TICKETS: u64 = 200;

/// How far a rebuild is: what is done, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Tickets and days that are done.
    pub done: u64,
    /// Tickets and days in all.
    pub of: u64,
}

impl Aggregator {
    /// Works out everything anew that happened from `from` to before `to`, in whole days of the
    /// desk's time zone. Other runs go on beside it.
    ///
    /// What goes wrong is in the report, with what was done before: that stays done.
    pub async fn rebuild(
        &self,
        from: Timestamp,
        to: Timestamp,
        progress: impl Fn(Progress) + Send,
    ) -> StatsReport {
        let begun = Instant::now();
        let mut report = StatsReport::begin(self.clock.now());
        let result = self.work_anew(&mut report, (from, to), &progress).await;
        self.finish(&mut report, result, begun);
        report
    }

    async fn work_anew(
        &self,
        report: &mut StatsReport,
        (from, to): (Timestamp, Timestamp),
        progress: &(impl Fn(Progress) + Send),
    ) -> Result<()> {
        let now = self.now().await?;
        report.started_at = now;
        let state = State::load(self.db.read()).await?;
        // Before the first ticket and after now there is nothing.
        let first = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::CreatedAt)
            .order_by_asc(ticket::Column::CreatedAt)
            .limit(1)
            .into_tuple::<Timestamp>()
            .one(self.db.read())
            .await?;
        let days = days(&state, from.max(first.unwrap_or(now)), to.min(now));
        // In whole days, as the sums are.
        let (from, to) = match (days.first(), days.last()) {
            (Some(first), Some(last)) => (
                state.zone.time_of_start(*first),
                state.zone.time_of_start(state.zone.next(Level::Day, *last)),
            ),
            _ => (from, to),
        };
        // A rating leaves the ticket's row as it was.
        let rated = rating::Entity::find()
            .select_only()
            .column(rating::Column::TicketId)
            .filter(rating::Column::RatedAt.gte(from));
        let since = Condition::any()
            .add(ticket::Column::UpdatedAt.gte(from))
            .add(ticket::Column::Id.in_subquery(rated.into_query()));
        let lived = ticket::Entity::find()
            .filter(ticket::Column::CreatedAt.lt(to))
            .filter(since);
        let tickets = lived.clone().count(self.db.read()).await?;
        let of = tickets + u64::try_from(days.len()).unwrap_or(u64::MAX);
        let mut done = 0;
        let mut last: Option<TicketId> = None;
        loop {
            let mut page = lived
                .clone()
                .select_only()
                .column(ticket::Column::Id)
                .order_by_asc(ticket::Column::Id)
                .limit(TICKETS);
            if let Some(last) = last {
                page = page.filter(ticket::Column::Id.gt(last));
            }
            let ids: Vec<TicketId> = page.into_tuple().all(self.db.read()).await?;
            let Some(&end) = ids.last() else {
                break;
            };
            last = Some(end);
            let (tx, state) = State::wait_for(&self.db).await?;
            let (changed, buckets) = renew(&tx, &state, &ids).await?;
            tx.commit().await?;
            report.tickets += changed;
            report.buckets += buckets;
            done += u64::try_from(ids.len()).unwrap_or(u64::MAX);
            progress(Progress {
                done: done.min(tickets),
                of,
            });
        }
        for (place, day) in (1_u64..).zip(&days) {
            let (tx, state) = State::wait_for(&self.db).await?;
            one_day_anew(&tx, &state, *day).await?;
            tx.commit().await?;
            report.days += 1;
            progress(Progress {
                done: tickets + place,
                of,
            });
        }
        self.longer_ones(&state.zone, &days).await
    }

    /// Weeks and months of which `days` are a part.
    async fn longer_ones(&self, zone: &Zone, days: &[Date]) -> Result<()> {
        for level in [Level::Week, Level::Month] {
            let mut firsts: Vec<_> = days.iter().map(|day| zone.first(level, *day)).collect();
            firsts.dedup();
            for first in firsts {
                let (tx, state) = State::wait_for(&self.db).await?;
                if state.zone.start(first) >= state.rolled_from {
                    sum_up(&tx, &state.zone, level, first).await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

/// The days that lie, in part or as a whole, in a stretch of time.
fn days(state: &State, from: Timestamp, to: Timestamp) -> Vec<Date> {
    let day = |time: Timestamp| state.zone.day_of(quarter_of(time.timestamp_micros()));
    let (mut at, mut days) = (day(from), Vec::new());
    while state.zone.time_of_start(at) < to {
        days.push(at);
        let next = state.zone.next(Level::Day, at);
        if next == at {
            break;
        }
        at = next;
    }
    days
}

/// Sums up a day from its facts.
async fn one_day_anew(tx: &DatabaseTransaction, state: &State, day: Date) -> Result<()> {
    use stats_bucket::Column as C;
    let (from, to) = state.zone.stretch(Level::Day, state.zone.start(day));
    for dimension in Dimension::EVERY {
        stats_bucket::Entity::delete_many()
            .filter(C::Dimension.eq(dimension.number()))
            .filter(C::Level.eq(Level::Quarter.number()))
            .filter(C::Start.gte(from))
            .filter(C::Start.lt(to))
            .exec(tx)
            .await?;
    }
    let rows = fact_rows()
        .filter(stats_fact::Column::At.gte(begin_of(from)))
        .filter(stats_fact::Column::At.lt(begin_of(to)))
        .into_model::<FactRow>()
        .all(tx)
        .await?;
    let facts: Vec<_> = rows
        .into_iter()
        .map(FactRow::split)
        .collect::<Result<_>>()?;
    let mut sums = Sums::new(state);
    for (fact, traits) in &facts {
        let change = Change {
            times: 1,
            fact,
            traits,
        };
        sums.add(change, &[Level::Quarter]);
    }
    sums.write(tx).await?;
    if from >= state.rolled_from {
        sum_up(tx, &state.zone, Level::Day, day).await?;
    }
    Ok(())
}
