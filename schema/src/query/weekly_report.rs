//! Weekly reports.

use async_graphql::{Context, Object, Result};
use domain::{page::Key, stats::WeeklyReportKey};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    object::WeeklyReport,
};

#[derive(Default)]
pub(crate) struct WeeklyReportQuery;

#[Object]
impl WeeklyReportQuery {
    /// The weekly reports, newest first. Supervisors only.
    async fn weekly_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<WeeklyReportConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.weekly_reports(actor, &args).await;
        let cursor = |report: &domain::stats::WeeklyReport| WeeklyReportKey::from(report).encode();
        Ok(WeeklyReportConnection::new(
            page.or_graphql()?,
            WeeklyReportTotals,
            cursor,
            WeeklyReport,
        ))
    }

    /// The report of a week; null if none was made. Supervisors only.
    async fn weekly_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ISO week, such as 2026-W11.")] week: String,
    ) -> Result<Option<WeeklyReport>> {
        let (asked, actor) = signed_in(ctx)?;
        let report = asked.desk.weekly_report(actor, &week).await;
        Ok(report.or_graphql()?.map(WeeklyReport))
    }
}

/// What the list of weekly reports has beside its page.
pub(crate) struct WeeklyReportTotals;

/// What the list of weekly reports has beside its page.
#[Object]
impl WeeklyReportTotals {
    /// How many weekly reports there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.weekly_reports_total(actor).await.or_graphql()
    }
}

connection!(
    WeeklyReportConnection of WeeklyReportEdge, WeeklyReport, WeeklyReportTotals, "weekly reports"
);
