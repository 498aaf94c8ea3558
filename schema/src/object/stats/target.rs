//! What is aimed at, beside a figure.

use async_graphql::SimpleObject;

use super::enums::StatsTargetDirection;

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub(crate) struct StatsTarget {
    /// The value that is aimed at, in the unit of the figure.
    value: f64,
    /// Whether the figure should be below or above the value.
    direction: StatsTargetDirection,
    /// Whether the figure is below or above the value as it should be; null if there is no figure.
    is_met: Option<bool>,
}

impl StatsTarget {
    /// A target that is met by what is less.
    pub(super) fn below(target: Option<f64>, figure: Option<f64>) -> Option<Self> {
        target.map(|value| Self {
            value,
            direction: StatsTargetDirection::Below,
            is_met: figure.map(|figure| figure < value),
        })
    }

    /// A target that is met by what is more.
    pub(super) fn above(target: Option<f64>, figure: Option<f64>) -> Option<Self> {
        target.map(|value| Self {
            value,
            direction: StatsTargetDirection::Above,
            is_met: figure.map(|figure| figure > value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_on_the_target_does_not_meet_it() {
        let met = |target: Option<StatsTarget>| target.unwrap().is_met;
        for (figure, below, above) in [
            (Some(0.89), Some(true), Some(false)),
            (Some(0.9), Some(false), Some(false)),
            (Some(0.91), Some(false), Some(true)),
            (None, None, None),
        ] {
            assert_eq!(met(StatsTarget::below(Some(0.9), figure)), below);
            assert_eq!(met(StatsTarget::above(Some(0.9), figure)), above);
        }
        assert_eq!(StatsTarget::below(None, Some(1.0)), None);
    }
}
