//! How many people were active.

use async_graphql::{Context, Object, Result};

use crate::{context::signed_in, error::OrGraphql, object::ActiveUsersDay};

#[derive(Default)]
pub(crate) struct ActiveUsersQuery;

#[Object]
impl ActiveUsersQuery {
    /// How many people were active on each day: what the host product reported with
    /// `reportActiveUsers`, else how many customers the desk saw in requests. Days without a number
    /// are left out. At most 800 days. Supervisors only.
    async fn active_users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day, UTC, as YYYY-MM-DD.")] from: String,
        #[graphql(desc = "The last day, UTC, as YYYY-MM-DD.")] to: String,
    ) -> Result<Vec<ActiveUsersDay>> {
        let (asked, actor) = signed_in(ctx)?;
        let days = asked.desk.active_users(actor, &from, &to).await;
        Ok(days.or_graphql()?.into_iter().map(ActiveUsersDay).collect())
    }
}
