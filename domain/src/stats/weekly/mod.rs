//! The weekly report (requirement M3): made once for each week that is over, from the statistics, and
//! kept as it was made. docs/stats.md says what is in it and who gets it.

mod figure;
mod list;
mod make;
mod report;
mod week;

use entity::{Timestamp, ticket, weekly_report};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{targets::StatsSettings, zone::Zone};
use crate::{
    Clock, Error, Result,
    db::{Db, database_now},
    telling::mail_report,
};
use week::Week;

pub use figure::{WeeklyDirection, WeeklyFigure, WeeklyFigureName};
pub use list::WeeklyReportKey;
pub use report::{
    WEEKLY_FORMAT, WeeklyAge, WeeklyDay, WeeklyGroup, WeeklyPeakHour, WeeklyReport, WeeklySpike,
    WeeklySpikeKind,
};

/// How many weeks are made up for that nobody made a report of in time.
const MOST_WEEKS: i64 = 4;

/// What makes the reports.
#[derive(Clone, Debug)]
pub struct WeeklyReports {
    db: Db,
    clock: Clock,
}

impl WeeklyReports {
    /// Works on a migrated database. The time is the database's, or that of a `clock` that a test
    /// drives.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Makes the reports of the weeks that are over and have none, with the mails that tell of them,
    /// and says how many it made. A week whose sums are not up to date waits for the next run.
    ///
    /// The reports and their mails are one transaction, and only who makes a report mails it: however
    /// many try at the same time, there is one mail for each recipient and week.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; nothing was made then.
    pub async fn make_due(&self) -> Result<u64> {
        let db = self.db.read();
        let now = database_now(db, &self.clock).await?;
        let zone = StatsSettings::load(db).await?.zone;
        let due = self.due(&zone, now).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let newest = due.last().map(|week| week.name.clone());
        let is_first = weekly_report::Entity::find().limit(1).one(db).await?;
        let is_first = is_first.is_none();
        let mut reports = Vec::new();
        for week in due {
            let Some(report) = Box::pin(self.work_out(&week, &zone, now)).await? else {
                return Ok(0);
            };
            reports.push(report);
        }
        let tx = self.db.begin().await?;
        let mut made = 0;
        for report in reports {
            let row = weekly_report::ActiveModel {
                week: Set(report.week.clone()),
                time_zone: Set(report.time_zone.clone()),
                from_at: Set(report.from),
                to_at: Set(report.to),
                data: Set(serde_json::to_value(&report).map_err(Error::internal)?),
                created_at: Set(now),
            };
            let once = OnConflict::column(weekly_report::Column::Week)
                .do_nothing()
                .to_owned();
            let inserted = weekly_report::Entity::insert(row)
                .on_conflict(once)
                .exec_without_returning(&tx)
                .await?;
            if inserted == 0 {
                continue;
            }
            made += 1;
            // Where reports are new, the past is no news.
            if !is_first || newest.as_ref() == Some(&report.week) {
                mail_report(&tx, &report.week, now).await?;
            }
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The weeks that a report is to be made of, the oldest first.
    async fn due(&self, zone: &Zone, now: Timestamp) -> Result<Vec<Week>> {
        use weekly_report::Column;
        let db = self.db.read();
        let mut weeks = Week::over(zone, now, MOST_WEEKS);
        let names = weeks.iter().map(|week| week.name.as_str());
        let made: Vec<String> = weekly_report::Entity::find()
            .select_only()
            .column(Column::Week)
            .filter(Column::Week.is_in(names))
            .into_tuple()
            .all(db)
            .await?;
        weeks.retain(|week| !made.contains(&week.name));
        if weeks.is_empty() {
            return Ok(weeks);
        }
        let first: Option<Timestamp> = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::CreatedAt)
            .order_by_asc(ticket::Column::Number)
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        // Before its first ticket there was no desk.
        weeks.retain(|week| first.is_some_and(|first| first < week.to));
        Ok(weeks)
    }
}
