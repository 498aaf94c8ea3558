//! Days, weeks and months out of quarters of an hour: where the time zone was changed, or somebody
//! wants a stretch of time to be worked out anew.

use entity::{Timestamp, stats_bucket};
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{
    dimension::Dimension,
    fact::Mark,
    state::State,
    sum::bucket,
    tally::{Durations, Hours, Tally},
    zone::{Level, Zone, begin_of, quarter_of},
};
use crate::{
    Result,
    db::{BucketName, delete_buckets, save_buckets},
};

/// How many days, weeks and months one transaction deletes.
const FORGOTTEN: u64 = 10_000;

/// Takes another time zone. Days, weeks and months of the old one are not asked any more from here on;
/// they go bit by bit, and when they are gone, the past is gone through day by day, backwards. Until
/// then quarters of an hour are asked.
pub(super) async fn begin_anew(
    tx: &DatabaseTransaction,
    state: &mut State,
    zone: Zone,
    now: Timestamp,
) -> Result<()> {
    // Nothing is asked of the old ones, and nothing is added to them.
    state.rolled_from = i32::MAX;
    if forget_some(tx).await? {
        return Ok(());
    }
    // Behind everything that there is, also if somebody's clock was ahead.
    let last = last_quarter(tx, i32::MAX).await?;
    let last = last.unwrap_or(0).max(quarter_of(now.timestamp_micros()));
    state.rolled_from = zone.stretch(Level::Day, last).1;
    state.zone = zone;
    Ok(())
}

/// Deletes some of the days, weeks and months; says whether there were any.
async fn forget_some(tx: &DatabaseTransaction) -> Result<bool> {
    use stats_bucket::Column as C;
    let mut names: Vec<BucketName> = Vec::new();
    for dimension in Dimension::EVERY {
        for level in [Level::Day, Level::Week, Level::Month] {
            let some = stats_bucket::Entity::find()
                .select_only()
                .columns([C::Dimension, C::Key, C::Level, C::Start])
                .filter(C::Dimension.eq(dimension.number()))
                .filter(C::Level.eq(level.number()))
                .limit(FORGOTTEN - u64::try_from(names.len()).unwrap_or(FORGOTTEN))
                .into_tuple::<BucketName>();
            names.extend(some.all(tx).await?);
        }
    }
    delete_buckets(tx, &names).await?;
    Ok(!names.is_empty())
}

/// The last quarter of an hour before `before` in which anything happened.
async fn last_quarter(tx: &DatabaseTransaction, before: i32) -> Result<Option<i32>> {
    use stats_bucket::Column as C;
    let last = stats_bucket::Entity::find()
        .select_only()
        .column(C::Start)
        .filter(C::Dimension.eq(Dimension::All.number()))
        .filter(C::Level.eq(Level::Quarter.number()))
        .filter(C::Start.lt(before))
        .order_by_desc(C::Start)
        .limit(1)
        .into_tuple::<i32>();
    Ok(last.one(tx).await?)
}

/// Sums up the last day before those that are summed up already, and the week and the month that are
/// whole then.
pub(super) async fn one_day(tx: &DatabaseTransaction, state: &mut State) -> Result<()> {
    let earlier = last_quarter(tx, state.rolled_from).await?;
    let done = state.zone.day_of(state.rolled_from);
    let next = earlier.map(|quarter| state.zone.day_of(quarter));
    for level in [Level::Week, Level::Month] {
        let first = state.zone.first(level, done);
        if next.is_none_or(|next| first > next) {
            sum_up(tx, &state.zone, level, first).await?;
        }
    }
    match next {
        Some(next) => {
            sum_up(tx, &state.zone, Level::Day, next).await?;
            // What begins with this day is whole now, and is asked from here on.
            for level in [Level::Week, Level::Month] {
                if state.zone.first(level, next) == next {
                    sum_up(tx, &state.zone, level, next).await?;
                }
            }
            state.rolled_from = state.zone.start(next);
        }
        None => state.rolled_from = 0,
    }
    Ok(())
}

/// Sums up the stretch of `level` that begins with the day `first`, in place of what is stored: a
/// day out of quarters of an hour, a week or a month out of days.
pub(super) async fn sum_up(
    tx: &DatabaseTransaction,
    zone: &Zone,
    level: Level,
    first: Date,
) -> Result<()> {
    use stats_bucket::Column as C;
    let (from, to) = (zone.start(first), zone.start(zone.next(level, first)));
    let parts = if level == Level::Day {
        Level::Quarter
    } else {
        Level::Day
    };
    for dimension in Dimension::EVERY {
        let of_dimension = stats_bucket::Entity::find().filter(C::Dimension.eq(dimension.number()));
        let mut rows = of_dimension
            .filter(C::Level.eq(parts.number()))
            .filter(C::Start.gte(from))
            .filter(C::Start.lt(to))
            .all(tx)
            .await?;
        // One key after the other: each is small while it is encoded only.
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let mut sums = Vec::new();
        for rows in rows.chunk_by(|a, b| a.key == b.key) {
            let (mut tally, mut hours) = (Tally::default(), Hours::default());
            for row in rows {
                let before = tally.count(Mark::Created);
                tally.add_numbers(&row.numbers, 1)?;
                tally.add_sketches(row, Durations::ALL, 1)?;
                if level == Level::Day {
                    let created = tally.count(Mark::Created) - before;
                    hours.add(zone.hour_of(begin_of(row.start)), created);
                }
                hours.add_encoded(&row.hours, 1)?;
            }
            if !tally.is_empty() {
                let key = rows.first().map(|row| row.key.clone()).unwrap_or_default();
                let name = (dimension.number(), key, level.number(), from);
                sums.push(bucket(name, &tally, &hours)?);
            }
        }
        stats_bucket::Entity::delete_many()
            .filter(C::Dimension.eq(dimension.number()))
            .filter(C::Level.eq(level.number()))
            .filter(C::Start.eq(from))
            .exec(tx)
            .await?;
        save_buckets(tx, sums).await?;
    }
    Ok(())
}
