//! Setting what is aimed at, and in which time zone the desk's days begin.

use entity::stats_settings;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{
    question::zone_called,
    targets::{StatsSettings, Targets},
};
use crate::{
    Actor, Desk, Error, Result, UserErrorCode,
    command::{Command, Work},
    permission::{Action, permit},
};

/// Sets the targets and the time zone of statistics. The next run of the job sums up the past by the
/// new zone's days; until it is done with that, answers take longer.
#[derive(Clone, Debug, Serialize)]
pub struct SetStatsSettings {
    /// The IANA name of the zone in which the desk's days begin; as it was if it is left out.
    pub time_zone: Option<String>,
    /// All targets; as they were if they are left out.
    pub targets: Option<Targets>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SetStatsSettings {
    type Output = ();
    const NAME: &'static str = "updateStatsSettings";
    const ACTION: Action = Action::ManageStats;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<()> {
        let mut row = stats_settings::ActiveModel::default();
        if let Some(name) = &self.time_zone {
            let zone = zone_called(name, &["timeZone"])?;
            row.time_zone = Set(zone.name().to_owned());
        }
        if let Some(targets) = &self.targets {
            check(targets)?;
            row.targets = Set(serde_json::to_value(targets).map_err(Error::internal)?);
        }
        if self.time_zone.is_none() && self.targets.is_none() {
            return Ok(());
        }
        stats_settings::Entity::update_many()
            .set(row)
            .filter(stats_settings::Column::Id.eq(1))
            .exec(work.tx())
            .await?;
        Ok(())
    }
}

fn check(targets: &Targets) -> Result<()> {
    let most_seconds = 10.0 * 366.0 * 86_400.0;
    let all = [
        (
            "firstResponseMedianSeconds",
            targets.first_response_median_seconds,
            most_seconds,
        ),
        (
            "resolutionMedianSeconds",
            targets.resolution_median_seconds,
            most_seconds,
        ),
        ("compliance", targets.compliance, 1.0),
        ("satisfaction", targets.satisfaction, 5.0),
        ("reopened", targets.reopened, 1.0),
        ("escalated", targets.escalated, 1.0),
        (
            "ticketsPer100ActiveUsers",
            targets.tickets_per_100_active_users,
            1_000_000.0,
        ),
    ];
    for (name, value, most) in all {
        if value.is_some_and(|value| !(0.0..=most).contains(&value)) {
            return Err(Error::user(
                UserErrorCode::Invalid,
                &["targets", name],
                format!("This must be from 0 to {most}. Leave it out if there is no target."),
            ));
        }
    }
    Ok(())
}

impl Desk {
    /// What supervisors set for statistics. Supervisors only.
    ///
    /// # Errors
    /// `Forbidden` for others, `Unavailable` when the database does not answer.
    pub async fn stats_settings(&self, actor: Actor) -> Result<StatsSettings> {
        permit(actor, Action::ManageStats)?;
        StatsSettings::load(self.db.read()).await
    }
}
