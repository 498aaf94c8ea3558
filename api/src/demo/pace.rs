//! How long things take.

use chrono::TimeDelta;
use entity::Priority;

use super::{dice::Dice, plot::Beat};

impl Beat<'_> {
    /// Whether staff do it, at the hours at which they work.
    pub(super) fn by_staff(self) -> bool {
        match self {
            Self::Triage
            | Self::Take
            | Self::HandOver
            | Self::Helpers
            | Self::Staff(_)
            | Self::Told(_)
            | Self::Note(_)
            | Self::CloseByStaff => true,
            // These follow at once on what came before.
            Self::Wait | Self::Resolve(_) => false,
            Self::Customer(_) | Self::CloseByCustomer => false,
        }
    }

    /// Whether it may be long in coming.
    pub(super) fn can_be_late(self) -> bool {
        matches!(
            self,
            Self::Staff(_) | Self::Customer(_) | Self::Told(_) | Self::Note(_)
        )
    }

    /// How long after what came before it.
    pub(super) fn after(self, priority: Priority, dice: &mut Dice) -> TimeDelta {
        let hours = match priority {
            Priority::Urgent => 0.15,
            Priority::High => 0.7,
            Priority::Medium => 2.0,
            Priority::Low => 6.0,
        };
        let hour = 3_600.0;
        match self {
            Self::Triage => dice.about(0.3 * hours * hour),
            Self::Take => dice.about(hours * hour),
            Self::HandOver => dice.about(3.0 * hour),
            Self::Helpers => dice.about(900.0),
            Self::Staff(_) => dice.about(0.6 * hours * hour + 600.0),
            Self::Wait => TimeDelta::seconds(5) + dice.about(15.0),
            Self::Customer(_) | Self::Told(_) => dice.about(5.0 * hour),
            Self::Note(_) => dice.about(0.4 * hours * hour + 300.0),
            Self::Resolve(_) => TimeDelta::seconds(10) + dice.about(30.0),
            Self::CloseByCustomer => dice.about(20.0 * hour),
            Self::CloseByStaff => TimeDelta::days(3) + dice.about(24.0 * hour),
        }
    }
}
