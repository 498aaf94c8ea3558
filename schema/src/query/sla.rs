//! Deadlines, and the rules behind them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Context, ID, Object, Result, SimpleObject, dataloader::Loader as _};
use chrono::{DateTime, Utc};
use domain::{
    clock::can_be_kept,
    page::Key,
    query::{CalendarKey, JobRunKey, PolicyKey},
};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::SlaMetric,
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    loader,
    mutation::split,
    object::{
        Calendar, JobRun, SlaExplanation, SlaPolicy, SlaSimulation, UpsertSlaPolicyInput, UserError,
    },
    prime::nodes,
};

#[derive(Default)]
pub(crate) struct SlaQuery;

/// What `simulateSlaPolicy` answers.
#[derive(SimpleObject)]
pub(crate) struct SimulateSlaPolicyPayload {
    /// What the policy would have done; null if something has to be mended.
    simulation: Option<SlaSimulation>,
    /// What has to be mended; empty if it was worked out.
    user_errors: Vec<UserError>,
}

#[Object]
impl SlaQuery {
    /// The SLA policies in the order in which they are tried. Staff only.
    async fn sla_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<SlaPolicyConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.sla_policies(actor, &args).await.or_graphql()?;
        let calendars = nodes(&ctx.look_ahead())
            .iter()
            .any(|node| node.field("calendar").exists());
        if calendars && !page.items.is_empty() {
            let keys: HashSet<_> = page.items.iter().map(|row| row.calendar_id).collect();
            let keys: Vec<_> = keys.into_iter().map(loader::CalendarKey).collect();
            let loaders = &asked.loaders;
            let found = loaders.loader().load(&keys).await.or_graphql()?;
            loaders.feed_many(found).await;
        }
        let cursor = |row: &entity::sla_policy::Model| PolicyKey::from(row).encode();
        Ok(SlaPolicyConnection::new(
            page,
            SlaPolicyTotals,
            cursor,
            |row| SlaPolicy(Arc::new(row)),
        ))
    }

    /// The calendars by name. Staff only.
    async fn calendars(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<CalendarConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.calendars(actor, &args).await.or_graphql()?;
        let cursor = |row: &entity::calendar::Model| CalendarKey::from(row).encode();
        Ok(CalendarConnection::new(
            page,
            CalendarTotals,
            cursor,
            |row| Calendar(Arc::new(row)),
        ))
    }

    /// Why a deadline is when it is: all the time from the start to the due time, piece by piece.
    /// Null if the ticket is not there for you, or has no target for this metric. Staff only.
    async fn sla_explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket.")] ticket_id: ID,
        #[graphql(desc = "What is measured.")] metric: SlaMetric,
        #[graphql(desc = "Which run of the metric, from 1; the last one if it is left out.")]
        cycle: Option<i32>,
    ) -> Result<Option<SlaExplanation>> {
        let (asked, actor) = signed_in(ctx)?;
        let ticket = GlobalId::ticket(&ticket_id).unwrap_or(uuid::Uuid::nil().into());
        let found = asked
            .desk
            .explain(actor, ticket, metric.into(), cycle)
            .await
            .or_graphql()?;
        Ok(found.and_then(SlaExplanation::of))
    }

    /// A dry run of a new or changed policy over the tickets that were opened in some time, the
    /// newest 20,000 of them: what was in time and what late, and what would have been. Nothing is
    /// changed. Supervisors only.
    async fn simulate_sla_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policy as it is to be.")] policy: UpsertSlaPolicyInput,
        #[graphql(desc = "Tickets opened at this time or later.")] from: DateTime<Utc>,
        #[graphql(desc = "Tickets opened before this time.")] to: DateTime<Utc>,
    ) -> Result<SimulateSlaPolicyPayload> {
        let (asked, actor) = signed_in(ctx)?;
        if !can_be_kept(from) || !can_be_kept(to) {
            let message = "`from` and `to` must be in the years 1 to 9999.".to_owned();
            return Err(to_graphql(&domain::Error::BadInput(message)));
        }
        let simulate = async {
            domain::permission::permit(actor, domain::permission::Action::ManageSla)?;
            let command = policy.parse(asked).await?;
            let desk = &asked.desk;
            desk.simulate_policy(actor, command.id, &command.rules, (from, to))
                .await
        };
        let (found, user_errors) = split(simulate.await)?;
        let simulation = match found {
            Some(found) => {
                let ids = SlaSimulation::examples(&found);
                let rows = asked.desk.tickets(actor, &ids).await.or_graphql()?;
                let rows = rows.into_iter().map(|row| (row.id, Arc::new(row)));
                Some(SlaSimulation::of(found, &rows.collect::<HashMap<_, _>>()))
            }
            None => None,
        };
        Ok(SimulateSlaPolicyPayload {
            simulation,
            user_errors,
        })
    }

    /// What the scheduled jobs did, newest first. Staff only.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<JobRunConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.job_runs(actor, &args).await.or_graphql()?;
        let cursor = |row: &entity::job_run::Model| JobRunKey::from(row).encode();
        Ok(JobRunConnection::new(page, JobRunTotals, cursor, JobRun))
    }
}

/// What the list of policies has beside its page.
pub(crate) struct SlaPolicyTotals;

/// What the list of policies has beside its page.
#[Object]
impl SlaPolicyTotals {
    /// How many policies there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.sla_policies_total(actor).await.or_graphql()
    }
}

/// What the list of calendars has beside its page.
pub(crate) struct CalendarTotals;

/// What the list of calendars has beside its page.
#[Object]
impl CalendarTotals {
    /// How many calendars there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.calendars_total(actor).await.or_graphql()
    }
}

/// What the list of runs has beside its page.
pub(crate) struct JobRunTotals;

/// What the list of runs has beside its page.
#[Object]
impl JobRunTotals {
    /// How many runs are on record.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.job_runs_total(actor).await.or_graphql()
    }
}

connection!(SlaPolicyConnection of SlaPolicyEdge, SlaPolicy, SlaPolicyTotals, "SLA policies");
connection!(CalendarConnection of CalendarEdge, Calendar, CalendarTotals, "calendars");
connection!(JobRunConnection of JobRunEdge, JobRun, JobRunTotals, "runs of scheduled jobs");
