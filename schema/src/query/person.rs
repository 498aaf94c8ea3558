//! Who asks, and other people.

use async_graphql::{Context, Object, Result, dataloader::Loader as _};
use domain::{page::Key, query::PersonKey};
use std::sync::Arc;

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::Role,
    error::{OrGraphql, to_graphql},
    loader,
    object::User,
    prime::nodes,
};

#[derive(Default)]
pub(crate) struct PersonQuery;

#[Object]
impl PersonQuery {
    /// Who you are.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<User> {
        let (asked, actor) = signed_in(ctx)?;
        let row = asked
            .loaders
            .load_one(loader::PersonKey(actor.id))
            .await
            .or_graphql()?;
        row.map(User)
            .ok_or_else(|| to_graphql(&domain::Error::Unauthenticated))
    }

    /// People by name. Staff only.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a Relay connection"
    )]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words that occur in the name, e-mail address or mobile number.")]
        query: Option<String>,
        #[graphql(desc = "People with this role only.")] role: Option<Role>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<UserConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let role = role.map(Into::into);
        let page = asked
            .desk
            .people(actor, query.as_deref(), role, &args)
            .await
            .or_graphql()?;
        let away = nodes(&ctx.look_ahead())
            .iter()
            .any(|node| node.field("away").exists());
        if away && !page.items.is_empty() {
            let keys: Vec<_> = page
                .items
                .iter()
                .map(|row| loader::AbsenceKey(row.id))
                .collect();
            let loaders = &asked.loaders;
            let found = loaders.loader().load(&keys).await.or_graphql()?;
            loaders.feed_many(found).await;
        }
        let totals = UserTotals { query, role };
        let cursor = |row: &entity::user::Model| PersonKey::from(row).encode();
        Ok(UserConnection::new(page, totals, cursor, |row| {
            User(Arc::new(row))
        }))
    }
}

/// What a list of people has beside its page.
pub(crate) struct UserTotals {
    query: Option<String>,
    role: Option<entity::Role>,
}

/// What a list of people has beside its page.
#[Object]
impl UserTotals {
    /// How many people were found.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked
            .desk
            .people_total(actor, self.query.as_deref(), self.role)
            .await
            .or_graphql()
    }
}

connection!(UserConnection of UserEdge, User, UserTotals, "people");
