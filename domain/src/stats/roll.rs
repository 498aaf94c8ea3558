//! Days, weeks and months out of quarters of an hour: where the time zone was changed, or somebody
//! wants a stretch of time to be worked out anew.

use std::collections::HashMap;

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
    tally::{Hours, Tally},
    zone::{Level, Zone, begin_of, quarter_of},
};
use crate::{Result, db::save_buckets};

/// Takes another time zone: what was summed up by the days of the old one is gone, and the past is
/// gone through day by day, backwards. Until then quarters of an hour are asked.
pub(super) async fn begin_anew(
    tx: &DatabaseTransaction,
    state: &mut State,
    zone: Zone,
    now: Timestamp,
) -> Result<()> {
    use stats_bucket::Column as C;
    stats_bucket::Entity::delete_many()
        .filter(C::Level.gt(Level::Quarter.number()))
        .exec(tx)
        .await?;
    // Behind everything that there is, also if somebody's clock was ahead.
    let last = stats_bucket::Entity::find()
        .select_only()
        .column(C::Start)
        .filter(C::Dimension.eq(Dimension::All.number()))
        .filter(C::Level.eq(Level::Quarter.number()))
        .order_by_desc(C::Start)
        .limit(1)
        .into_tuple::<i32>()
        .one(tx)
        .await?;
    let last = last.unwrap_or(0).max(quarter_of(now.timestamp_micros()));
    state.rolled_from = zone.stretch(Level::Day, last).1;
    state.zone = zone;
    Ok(())
}

/// Sums up the last day before those that are summed up already, and the week and the month that are
/// whole then.
pub(super) async fn one_day(tx: &DatabaseTransaction, state: &mut State) -> Result<()> {
    use stats_bucket::Column as C;
    let earlier = stats_bucket::Entity::find()
        .select_only()
        .column(C::Start)
        .filter(C::Dimension.eq(Dimension::All.number()))
        .filter(C::Level.eq(Level::Quarter.number()))
        .filter(C::Start.lt(state.rolled_from))
        .order_by_desc(C::Start)
        .limit(1)
        .into_tuple::<i32>()
        .one(tx)
        .await?;
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
        let rows = of_dimension
            .filter(C::Level.eq(parts.number()))
            .filter(C::Start.gte(from))
            .filter(C::Start.lt(to))
            .all(tx)
            .await?;
        let mut sums: HashMap<String, (Tally, Hours)> = HashMap::new();
        for row in rows {
            let (tally, hours) = sums.entry(row.key).or_default();
            let before = tally.count(Mark::Created);
            tally.add_numbers(&row.numbers)?;
            tally.add_sketches(&row.sketches)?;
            if level == Level::Day {
                let created = tally.count(Mark::Created) - before;
                hours.0[zone.hour_of(begin_of(row.start))] += created;
            }
        }
        stats_bucket::Entity::delete_many()
            .filter(C::Dimension.eq(dimension.number()))
            .filter(C::Level.eq(level.number()))
            .filter(C::Start.eq(from))
            .exec(tx)
            .await?;
        let rows = sums.into_iter().filter(|(_, (tally, _))| !tally.is_empty());
        let rows = rows.map(|(key, (tally, hours))| {
            let name = (dimension.number(), key, level.number(), from);
            bucket(name, &tally, &hours)
        });
        save_buckets(tx, rows.collect::<Result<_>>()?).await?;
    }
    Ok(())
}
