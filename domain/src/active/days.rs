//! How many people were active on which day.

use std::collections::BTreeMap;

use entity::{Timestamp, active_day, active_user};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{day_of, day_text, parse_day};
use crate::{
    Actor, Desk, Error, Result,
    permission::{Action, permit},
};

/// The most days that can be asked for together.
pub const MOST_DAYS: i32 = 800;

/// How many people were active on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveDay {
    /// The day, UTC, counted from 1970-01-01.
    pub day: i32,
    /// How many.
    pub users: i32,
    /// Whether the host product reported it; else it is how many customers were seen in requests.
    pub reported: bool,
}

impl Desk {
    /// How many people were active on the days `from` to `to` (as YYYY-MM-DD, both included): the
    /// days whose number is known, in their order.
    ///
    /// # Errors
    /// `Forbidden` for who may not know; `BadInput` for what is no day or no stretch of days, and
    /// for more than [`MOST_DAYS`].
    pub async fn active_users(&self, actor: Actor, from: &str, to: &str) -> Result<Vec<ActiveDay>> {
        permit(actor, Action::ReportActiveUsers)?;
        let day = |name: &str, text: &str| {
            let message = format!("`{name}` must be a day like 2026-12-25.");
            parse_day(text).ok_or(Error::BadInput(message))
        };
        let (from, to) = (day("from", from)?, day("to", to)?);
        if from > to {
            let message = "`from` must not be after `to`: exchange them.";
            return Err(Error::BadInput(message.to_owned()));
        }
        if to - from >= MOST_DAYS {
            return Err(Error::BadInput(format!(
                "These are {} days. Ask for {MOST_DAYS} at most: from {} on, for example.",
                to - from + 1,
                day_text(to - MOST_DAYS + 1)
            )));
        }
        active_days(self.db.read(), self.clock.now(), from, to).await
    }
}

/// How many people were active on the days `from` to `to`, both included: the days whose number
/// is known, in their order. Closed days cost a row each; only days that may not be closed yet,
/// from yesterday on, are counted now. Whoever asks has to be permitted first.
///
/// # Errors
/// `Unavailable` when the database does not answer.
pub(crate) async fn active_days(
    db: &impl ConnectionTrait,
    now: Timestamp,
    from: i32,
    to: i32,
) -> Result<Vec<ActiveDay>> {
    let kept = active_day::Entity::find()
        .filter(active_day::Column::Day.between(from, to))
        .order_by_asc(active_day::Column::Day)
        .all(db)
        .await?;
    let open = from.max(day_of(now) - 1);
    let live: Vec<(i32, i64)> = if open > to {
        Vec::new()
    } else {
        active_user::Entity::find()
            .select_only()
            .column(active_user::Column::Day)
            .column_as(active_user::Column::UserId.count(), "users")
            .filter(active_user::Column::Day.between(open, to))
            .group_by(active_user::Column::Day)
            .into_tuple()
            .all(db)
            .await?
    };
    let mut days: BTreeMap<i32, (i32, Option<i32>)> = kept
        .into_iter()
        .map(|row| (row.day, (row.counted, row.reported)))
        .collect();
    for (day, users) in live {
        let (counted, _) = days.entry(day).or_default();
        // Who was seen after the day was closed counts, too.
        *counted = i32::try_from(users).unwrap_or(i32::MAX).max(*counted);
    }
    Ok(days
        .into_iter()
        .filter(|(_, (counted, reported))| *counted > 0 || reported.is_some())
        .map(|(day, (counted, reported))| ActiveDay {
            day,
            users: reported.unwrap_or(counted),
            reported: reported.is_some(),
        })
        .collect())
}
