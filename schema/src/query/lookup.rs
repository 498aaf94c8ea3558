//! What the desk is configured with.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, dataloader::Loader as _};
use domain::{
    page::Key,
    query::{CategoryKey, SubjectKey, TeamKey},
};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    limits::Limits,
    loader::MembersKey,
    object::{Category, Subject, Team},
    prime::nodes,
};

#[derive(Default)]
pub(crate) struct LookupQuery;

#[Object]
impl LookupQuery {
    /// How large an operation may be. Everybody may ask.
    async fn limits(&self, ctx: &Context<'_>) -> Result<Limits> {
        Ok(*ctx.data::<Limits>()?)
    }

    /// The categories that tickets can have, in their order.
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<CategoryConnection> {
        let (asked, _) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.categories(&args).await.or_graphql()?;
        let cursor = |row: &entity::category::Model| CategoryKey::from(row).encode();
        Ok(CategoryConnection::new(
            page,
            CategoryTotals,
            cursor,
            |row| Category(Arc::new(row)),
        ))
    }

    /// The subjects that tickets can have, in their order.
    async fn subjects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<SubjectConnection> {
        let (asked, _) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.subjects(&args).await.or_graphql()?;
        let cursor = |row: &entity::subject::Model| SubjectKey::from(row).encode();
        Ok(SubjectConnection::new(page, SubjectTotals, cursor, |row| {
            Subject(Arc::new(row))
        }))
    }

    /// The teams by name. Staff only.
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<TeamConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let members = nodes(&ctx.look_ahead())
            .iter()
            .any(|node| node.field("members").exists());
        let args = page_args(first, after, last, before);
        let page = asked.desk.teams(actor, &args).await.or_graphql()?;
        if members && !page.items.is_empty() {
            let keys: Vec<_> = page.items.iter().map(|row| MembersKey(row.id)).collect();
            let loaders = &asked.loaders;
            loaders
                .feed_many(loaders.loader().load(&keys).await.or_graphql()?)
                .await;
        }
        let cursor = |row: &entity::team::Model| TeamKey::from(row).encode();
        Ok(TeamConnection::new(page, TeamTotals, cursor, |row| {
            Team(Arc::new(row))
        }))
    }
}

/// What the list of categories has beside its page.
pub(crate) struct CategoryTotals;

/// What the list of categories has beside its page.
#[Object]
impl CategoryTotals {
    /// How many categories there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, _) = signed_in(ctx)?;
        asked.desk.categories_total().await.or_graphql()
    }
}

/// What the list of subjects has beside its page.
pub(crate) struct SubjectTotals;

/// What the list of subjects has beside its page.
#[Object]
impl SubjectTotals {
    /// How many subjects there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, _) = signed_in(ctx)?;
        asked.desk.subjects_total().await.or_graphql()
    }
}

/// What the list of teams has beside its page.
pub(crate) struct TeamTotals;

/// What the list of teams has beside its page.
#[Object]
impl TeamTotals {
    /// How many teams there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.teams_total(actor).await.or_graphql()
    }
}

connection!(CategoryConnection of CategoryEdge, Category, CategoryTotals, "categories");
connection!(SubjectConnection of SubjectEdge, Subject, SubjectTotals, "subjects");
connection!(TeamConnection of TeamEdge, Team, TeamTotals, "teams");
