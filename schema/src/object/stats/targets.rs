//! What supervisors set for statistics.

use async_graphql::{InputObject, SimpleObject};
use domain::stats::{self, Targets};

/// What supervisors set for statistics.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StatsSettings {
    /// The time zone in which the desk's days begin, by its name in the IANA database.
    time_zone: String,
    /// What is aimed at.
    targets: StatsTargets,
}

impl From<stats::StatsSettings> for StatsSettings {
    fn from(settings: stats::StatsSettings) -> Self {
        let stats::StatsSettings { zone, targets } = settings;
        Self {
            time_zone: zone.name().to_owned(),
            targets: targets.into(),
        }
    }
}

macro_rules! targets {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        /// What is aimed at. What is null has no target.
        #[derive(Clone, Copy, Debug, SimpleObject)]
        pub(crate) struct StatsTargets {
            $($(#[$doc])* $field: Option<f64>,)*
        }

        /// What is to be aimed at, in place of all that was before. What is left out has no target.
        #[derive(Clone, Copy, Debug, InputObject)]
        pub(crate) struct StatsTargetsInput {
            $($(#[$doc])* $field: Option<f64>,)*
        }

        impl From<Targets> for StatsTargets {
            fn from(targets: Targets) -> Self {
                let Targets { $($field,)* } = targets;
                Self { $($field,)* }
            }
        }

        impl From<StatsTargetsInput> for Targets {
            fn from(input: StatsTargetsInput) -> Self {
                let StatsTargetsInput { $($field,)* } = input;
                Self { $($field,)* }
            }
        }
    };
}

targets! {
    /// The median of `firstResponseTime` should be below this, in seconds.
    first_response_median_seconds,
    /// The median of `firstResolutionTime` should be below this, in seconds.
    resolution_median_seconds,
    /// `compliance` should be above this share, 0 to 1.
    compliance,
    /// The average of `satisfaction` should be above this score.
    satisfaction,
    /// `reopenedRate` should be below this share, 0 to 1.
    reopened,
    /// `escalatedRate` should be below this share, 0 to 1.
    escalated,
    /// `ticketsPer100ActiveUsers` should be below this number.
    tickets_per_100_active_users,
}
