//! Tickets for each 100 active users.

use chrono::TimeDelta;
use entity::Timestamp;

use super::{Asking, DAY};
use crate::{
    Result,
    active::{active_days, day_of},
    db::Columns,
    stats::{
        fact::{Mark, Marks},
        figures::ActiveShare,
        need::{Need, Period},
        stock::Stock,
    },
};

/// Tickets opened on, and active users of, the UTC days whose noon lies in a stretch of time.
pub(super) struct Active {
    users: i64,
    created: Need,
}

impl Active {
    pub(super) async fn new(asking: &Asking<'_>, from: Timestamp, to: Timestamp) -> Result<Self> {
        let half = TimeDelta::hours(12);
        let noon_from = |time: Timestamp| day_of(time + half - TimeDelta::microseconds(1));
        let (first, last) = (noon_from(from), noon_from(to) - 1);
        let days = active_days(asking.view.tx, asking.now, first, last).await?;
        let midnight = |day: i32| i64::from(day) * DAY * 1_000_000;
        let mut spans: Vec<Period> = Vec::new();
        let mut users = 0;
        for day in &days {
            users += i64::from(day.users);
            match spans.last_mut().filter(|span| span.1 == midnight(day.day)) {
                Some(span) => span.1 = midnight(day.day + 1),
                None => spans.push((Some(midnight(day.day)), midnight(day.day + 1))),
            }
        }
        let marks = Marks::of(&[Mark::Created]);
        let created = Need::new(asking.view, spans, None, Columns::NUMBERS, marks);
        Ok(Self { users, created })
    }

    pub(super) fn needs(&self) -> Vec<&Need> {
        vec![&self.created]
    }

    pub(super) fn answer(&self, stock: &Stock<'_>) -> Result<ActiveShare> {
        let tallies = stock.tallies(&self.created)?;
        let created = tallies.values().map(|tally| tally.count(Mark::Created));
        Ok(ActiveShare {
            created: created.sum(),
            users: self.users,
        })
    }
}
