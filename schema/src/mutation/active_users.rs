//! How many people were active.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::active::ReportActiveUsers;

use super::run::split;
use crate::{
    context::signed_in,
    error::OrGraphql,
    object::{ActiveUsersDay, UserError},
};

#[derive(Default)]
pub(crate) struct ActiveUsersMutation;

/// How many people were active on a day.
#[derive(InputObject)]
pub(crate) struct ReportActiveUsersInput {
    /// The day, UTC, as YYYY-MM-DD; not before 2000, and tomorrow at the latest.
    day: String,
    /// How many, from 0 to 2,000,000,000.
    count: i32,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `reportActiveUsers` answers.
#[derive(SimpleObject)]
pub(crate) struct ReportActiveUsersPayload {
    /// The day as it is now; null if something has to be mended.
    active_users: Option<ActiveUsersDay>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl ActiveUsersMutation {
    /// Says how many people were active in the host product on a day, in place of what was reported
    /// or counted before. Tickets per 100 active users are worked out with it. Supervisors only:
    /// the host product's back end signs in as one.
    async fn report_active_users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which day, and how many.")] input: ReportActiveUsersInput,
    ) -> Result<ReportActiveUsersPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = ReportActiveUsers {
            day: input.day,
            count: input.count,
            idempotency_key: input.idempotency_key,
        };
        let (day, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let days = match day {
            Some(day) => asked
                .desk
                .active_users(actor, &day, &day)
                .await
                .or_graphql()?,
            None => Vec::new(),
        };
        Ok(ReportActiveUsersPayload {
            active_users: days.into_iter().next().map(ActiveUsersDay),
            user_errors,
        })
    }
}
