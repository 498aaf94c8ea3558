//! Reports as supervisors read them.

use entity::weekly_report;
use sea_orm::{EntityTrait, PaginatorTrait, Value};
use serde::{Deserialize, Serialize};

use super::{report::WeeklyReport, week::is_week};
use crate::{
    Actor, Desk, Error, Result,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    query::count,
};

/// The sort key of reports: names of weeks sort as the weeks do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyReportKey(String);

impl Key for WeeklyReportKey {
    const TAG: &'static str = "weekly-report";
    fn values(&self) -> Vec<Value> {
        vec![self.0.clone().into()]
    }
}

impl From<&WeeklyReport> for WeeklyReportKey {
    fn from(report: &WeeklyReport) -> Self {
        Self(report.week.clone())
    }
}

impl Desk {
    /// A page of the weekly reports, newest first.
    ///
    /// # Errors
    /// `Forbidden` for all but supervisors, `BadInput` for bad page arguments, `Unavailable` when the
    /// database does not answer; so for everything below.
    pub async fn weekly_reports(
        &self,
        actor: Actor,
        page: &PageArgs,
    ) -> Result<Page<WeeklyReport>> {
        permit(actor, Action::ManageStats)?;
        let window = page.window::<WeeklyReportKey>()?;
        let (rows, columns) = (weekly_report::Entity::find(), [weekly_report::Column::Week]);
        let page = window.fetch(self.db.read(), rows, &columns, false).await?;
        let Page {
            items,
            has_next,
            has_previous,
        } = page;
        let items: Result<Vec<_>> = items.into_iter().map(WeeklyReport::stored).collect();
        Ok(Page {
            items: items?,
            has_next,
            has_previous,
        })
    }

    /// How many weekly reports there are.
    pub async fn weekly_reports_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ManageStats)?;
        count(weekly_report::Entity::find().count(self.db.read()).await?)
    }

    /// The report of a week such as `2026-W11`; `None` if there is none.
    pub async fn weekly_report(&self, actor: Actor, week: &str) -> Result<Option<WeeklyReport>> {
        permit(actor, Action::ManageStats)?;
        if !is_week(week) {
            return Err(Error::BadInput(
                "`week` must be the name of an ISO week, such as 2026-W11.".to_owned(),
            ));
        }
        let row = weekly_report::Entity::find_by_id(week).one(self.db.read());
        row.await?.map(WeeklyReport::stored).transpose()
    }
}
