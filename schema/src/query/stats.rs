//! Statistics.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use domain::{
    Error,
    page::Key,
    stats::{Dimension, Entries, Entry, StatsQuestion},
};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::{SlaMetric, TicketStatus},
    error::{OrGraphql, to_graphql},
    object::{Stats, StatsDimension, StatsEntry, StatsFigure, StatsFilter, StatsSettings},
    prime_stats::{WantedOfEntries, WantedOfStats, prime_entries, prime_groups},
};

#[derive(Default)]
pub(crate) struct StatsQuery;

#[Object]
impl StatsQuery {
    /// What happened on tickets in some time, and what came of it. Agents see what was theirs,
    /// supervisors everything. Staff only.
    async fn stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened at this time or later.")] from: DateTime<Utc>,
        #[graphql(desc = "What happened before this time.")] to: DateTime<Utc>,
        #[graphql(desc = "By what `groups` break the figures down.")] group_by: Option<
            StatsDimension,
        >,
        #[graphql(desc = "Which tickets; all if it is left out.")] filter: Option<StatsFilter>,
        #[graphql(
            desc = "The time zone of days, weeks, months and hours, by its name in the IANA database; that of the desk if it is left out."
        )]
        time_zone: Option<String>,
    ) -> Result<Stats> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = WantedOfStats::of_stats(&ctx.look_ahead());
        let group_by = group_by.map(Dimension::from);
        let question = StatsQuestion {
            from,
            to,
            zone: time_zone,
            filter: StatsFilter::parse(filter, asked).await?,
            group_by,
            wanted: wanted.parts.clone(),
        };
        let answer = asked.desk.stats(actor, &question).await.or_graphql()?;
        let stats = Stats::of(answer, group_by);
        prime_groups(asked, &stats.groups, &wanted)
            .await
            .or_graphql()?;
        Ok(stats)
    }

    /// What a figure of `stats` counted, one by one, newest first: there are as many entries as the
    /// figure says. Agents see what was theirs, supervisors everything. Staff only.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a question is made of, and the arguments of a Relay connection"
    )]
    async fn stats_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The figure.")] figure: StatsFigure,
        #[graphql(desc = "What happened at this time or later.")] from: DateTime<Utc>,
        #[graphql(desc = "What happened before this time.")] to: DateTime<Utc>,
        #[graphql(desc = "Which tickets; all if it is left out.")] filter: Option<StatsFilter>,
        #[graphql(
            desc = "What was promised, for MET and BREACHED; all metrics if it is left out."
        )]
        metric: Option<SlaMetric>,
        #[graphql(
            desc = "The status that was left, for STATUS_LEFT; all statuses if it is left out."
        )]
        status: Option<TicketStatus>,
        #[graphql(desc = "These scores, 1 to 5, for RATED; all if it is left out or empty.")]
        scores: Option<Vec<i32>>,
        #[graphql(
            desc = "What took at least so many seconds, for FIRST_RESPONDED, NEXT_RESPONDED, FIRST_RESOLVED, LAST_RESOLVED and STATUS_LEFT."
        )]
        at_least_seconds: Option<i32>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<StatsEntryConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = WantedOfEntries::of_connection(&ctx.look_ahead());
        for (given, fits, argument) in [
            (metric.is_some(), figure.is_of_promises(), "metric"),
            (
                status.is_some(),
                figure == StatsFigure::StatusLeft,
                "status",
            ),
            (scores.is_some(), figure == StatsFigure::Rated, "scores"),
            (
                at_least_seconds.is_some(),
                figure.takes_time(),
                "atLeastSeconds",
            ),
        ] {
            if given && !fits {
                return Err(refuse(format!(
                    "`{argument}` does not go with this figure. Leave it out, or ask for a figure \
                     that it is for."
                )));
            }
        }
        if at_least_seconds.is_some_and(|seconds| seconds < 0) {
            return Err(refuse("`atLeastSeconds` must be 0 or more.".to_owned()));
        }
        let entries = Entries {
            marks: figure.marks(metric),
            from,
            to,
            filter: StatsFilter::parse(filter, asked).await?,
            at_least_seconds: at_least_seconds.map(Into::into),
            status: status.map(Into::into),
            scores: checked_scores(&scores.unwrap_or_default())?,
        };
        let args = page_args(first, after, last, before);
        let page = asked.desk.stats_entries(actor, &entries, &args).await;
        let page = page.or_graphql()?;
        prime_entries(asked, &page.items, &wanted)
            .await
            .or_graphql()?;
        Ok(StatsEntryConnection::new(
            page,
            StatsEntryTotals(entries),
            |entry: &Entry| entry.key.encode(),
            StatsEntry,
        ))
    }

    /// What is aimed at, and the time zone in which the desk's days begin. Supervisors only.
    async fn stats_settings(&self, ctx: &Context<'_>) -> Result<StatsSettings> {
        let (asked, actor) = signed_in(ctx)?;
        let settings = asked.desk.stats_settings(actor).await.or_graphql()?;
        Ok(settings.into())
    }
}

fn refuse(message: String) -> async_graphql::Error {
    to_graphql(&Error::BadInput(message))
}

/// Scores from 1 to 5, each once.
fn checked_scores(scores: &[i32]) -> Result<Vec<i16>> {
    let score = |score: &i32| {
        i16::try_from(*score)
            .ok()
            .filter(|score| (1..=5).contains(score))
    };
    let found: Option<Vec<i16>> = scores.iter().map(score).collect();
    let mut found = found.ok_or_else(|| {
        refuse("`scores` must be numbers from 1 to 5. Leave it out for all.".to_owned())
    })?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What the list of entries has beside its page.
pub(crate) struct StatsEntryTotals(Entries);

/// What the list of entries has beside its page.
#[Object]
impl StatsEntryTotals {
    /// How many entries there are: what the figure says.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        let total = asked.desk.stats_entries_total(actor, &self.0).await;
        total.or_graphql()
    }
}

connection!(
    StatsEntryConnection of StatsEntryEdge, StatsEntry, StatsEntryTotals, "what a figure counted"
);
