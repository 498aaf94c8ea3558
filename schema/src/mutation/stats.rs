//! Setting what statistics aim at.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::stats::SetStatsSettings;

use super::run::split;
use crate::{
    context::signed_in,
    error::OrGraphql,
    object::{StatsSettings, StatsTargetsInput, UserError},
};

#[derive(Default)]
pub(crate) struct StatsMutation;

/// What to set for statistics.
#[derive(InputObject)]
pub(crate) struct UpdateStatsSettingsInput {
    /// The time zone in which the desk's days begin, by its name in the IANA database, such as
    /// Europe/Berlin; as it was if it is left out.
    time_zone: Option<String>,
    /// What is aimed at, all of it; as it was if it is left out.
    targets: Option<StatsTargetsInput>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `updateStatsSettings` answers.
#[derive(SimpleObject)]
pub(crate) struct UpdateStatsSettingsPayload {
    /// The settings as they are now; null if something has to be mended.
    settings: Option<StatsSettings>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl StatsMutation {
    /// Sets what statistics aim at, and the time zone in which the desk's days begin. No figure
    /// changes by it but those of days, weeks, months and hours. Supervisors only.
    async fn update_stats_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to set.")] input: UpdateStatsSettingsInput,
    ) -> Result<UpdateStatsSettingsPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let UpdateStatsSettingsInput {
            time_zone,
            targets,
            idempotency_key,
        } = input;
        let command = SetStatsSettings {
            time_zone,
            targets: targets.map(Into::into),
            idempotency_key,
        };
        let (done, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let settings = match done {
            Some(()) => {
                let settings = asked.desk.stats_settings(actor).await.or_graphql()?;
                Some(settings.into())
            }
            None => None,
        };
        Ok(UpdateStatsSettingsPayload {
            settings,
            user_errors,
        })
    }
}
