//! What is aimed at (requirement M2), and the desk's time zone.

use entity::stats_settings;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};

use super::zone::Zone;
use crate::{Error, Result};

/// What is aimed at. A figure that is `None` has no target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Targets {
    /// The median time to the first response is below this, in seconds.
    pub first_response_median_seconds: Option<f64>,
    /// The median time to the resolution is below this, in seconds.
    pub resolution_median_seconds: Option<f64>,
    /// The share of promises kept is above this.
    pub compliance: Option<f64>,
    /// The mean score is above this.
    pub satisfaction: Option<f64>,
    /// Reopenings for each resolution are below this.
    pub reopened: Option<f64>,
    /// Escalations for each ticket are below this.
    pub escalated: Option<f64>,
    /// Tickets for each 100 active users are below this.
    pub tickets_per_100_active_users: Option<f64>,
}

impl Default for Targets {
    /// Those that are shipped.
    fn default() -> Self {
        Self {
            first_response_median_seconds: Some(43_200.0),
            resolution_median_seconds: Some(172_800.0),
            compliance: Some(0.9),
            satisfaction: Some(4.0),
            reopened: Some(0.05),
            escalated: Some(0.2),
            tickets_per_100_active_users: Some(5.0),
        }
    }
}

/// What supervisors set for statistics.
#[derive(Clone, Debug)]
pub struct StatsSettings {
    /// The time zone in which the desk's days begin.
    pub zone: Zone,
    /// What is aimed at.
    pub targets: Targets,
}

impl StatsSettings {
    /// As they are stored.
    pub(super) async fn load(db: &impl ConnectionTrait) -> Result<Self> {
        let row = stats_settings::Entity::find_by_id(1).one(db).await?;
        let row = row.ok_or_else(|| Error::internal("no row in stats_settings"))?;
        Ok(Self {
            zone: Zone::stored(&row.time_zone)?,
            targets: serde_json::from_value(row.targets).map_err(Error::internal)?,
        })
    }
}
