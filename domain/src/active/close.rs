//! Closing days: their number is kept, and who was active is forgotten.

use entity::{active_day, active_user};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::day_of;
use crate::{Clock, Result, db::Db};

/// For how many days it is kept who was active on a day.
const KEPT: i32 = 7;

/// How many rows one statement deletes: a longer one would hold up all who follow the log.
const BATCH: u64 = 2_000;

/// Keeps the number of people who were active on each day before today, and forgets who they were
/// after seven days. Says for how many days a number was written.
///
/// A day that is closed already is counted anew only if it is yesterday, for those who were seen at
/// the last moment and written down later. Running it again changes nothing, and several can run at
/// once. Once in an hour is often enough; until a day is closed it is counted whenever somebody
/// asks.
///
/// # Errors
/// `Unavailable` when the database does not answer. What was done before stays done.
pub async fn close_days(db: &Db, clock: &Clock) -> Result<u64> {
    let today = day_of(clock.now());
    let mut written = 0;
    let mut behind = None;
    while let Some(day) = next_day(db, behind, today).await? {
        behind = Some(day);
        let closed = active_day::Entity::find_by_id(day).one(db.read()).await?;
        let counted = closed.map_or(0, |row| row.counted);
        if counted == 0 || day == today - 1 {
            let seen = active_user::Entity::find().filter(active_user::Column::Day.eq(day));
            let seen = seen.count(db.read()).await?;
            let seen = i32::try_from(seen).unwrap_or(i32::MAX);
            if seen > counted {
                keep(db, day, seen).await?;
                written += 1;
            }
        }
    }
    forget(db, today - KEPT).await?;
    Ok(written)
}

/// The first day behind `behind`, and before today, on which somebody was seen.
async fn next_day(db: &Db, behind: Option<i32>, today: i32) -> Result<Option<i32>> {
    let mut days = active_user::Entity::find()
        .select_only()
        .column(active_user::Column::Day)
        .filter(active_user::Column::Day.lt(today))
        .order_by_asc(active_user::Column::Day)
        .limit(1);
    if let Some(behind) = behind {
        days = days.filter(active_user::Column::Day.gt(behind));
    }
    Ok(days.into_tuple().one(db.read()).await?)
}

/// Keeps the number of a day; never a smaller one than there is, whoever counted it.
async fn keep(db: &Db, day: i32, counted: i32) -> Result<()> {
    let row = active_day::ActiveModel {
        day: Set(day),
        counted: Set(counted),
        reported: Set(None),
        reported_by: Set(None),
        reported_at: Set(None),
    };
    let kept = Expr::col((active_day::Entity, active_day::Column::Counted));
    let in_place = OnConflict::column(active_day::Column::Day)
        .update_column(active_day::Column::Counted)
        .action_and_where(kept.lt(counted))
        .to_owned();
    active_day::Entity::insert(row)
        .on_conflict(in_place)
        .exec_without_returning(db.admin())
        .await?;
    Ok(())
}

/// Forgets who was active before `day`.
async fn forget(db: &Db, day: i32) -> Result<()> {
    let key = [active_user::Column::Day, active_user::Column::UserId];
    loop {
        let some = active_user::Entity::find()
            .select_only()
            .columns(key)
            .filter(active_user::Column::Day.lt(day))
            .limit(BATCH)
            .into_query();
        let row = Expr::tuple(key.map(Expr::col));
        let gone = active_user::Entity::delete_many()
            .filter(row.in_subquery(some))
            .exec(db.admin())
            .await?;
        if gone.rows_affected < BATCH {
            return Ok(());
        }
    }
}
