//! How long things take.

use chrono::TimeDelta;
use entity::{Priority, Timestamp};

use super::{calendar::is_open, dice::Dice, plot::Beat};

impl Beat<'_> {
    /// Whether staff do it, at the hours at which they work.
    fn by_staff(self) -> bool {
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

    /// Whether whoever does it does so at `at`. What presses keeps no hours: targets of a few hours
    /// could not be met otherwise.
    pub(super) fn is_at_work(self, priority: Priority, at: Timestamp) -> bool {
        let presses = matches!(priority, Priority::Urgent | Priority::High);
        !self.by_staff() || presses || is_open(at)
    }

    /// Whether the ticket is resolved or closed after it.
    pub(super) fn ends_work(self) -> bool {
        matches!(
            self,
            Self::Resolve(_) | Self::CloseByCustomer | Self::CloseByStaff
        )
    }

    /// How long after what came before it, which may be that the ticket was opened.
    pub(super) fn after(
        self,
        before: Option<Self>,
        priority: Priority,
        dice: &mut Dice,
    ) -> TimeDelta {
        let hours = match priority {
            Priority::Urgent => 0.12,
            Priority::High => 0.3,
            Priority::Medium => 1.0,
            Priority::Low => 5.0,
        };
        let hour = 3_600.0;
        match self {
            Self::Triage => dice.about(0.3 * hours * hour),
            Self::Take => dice.about(hours * hour),
            Self::HandOver => dice.about(3.0 * hour),
            Self::Helpers => dice.about(900.0),
            Self::Staff(_) => dice.about(0.6 * hours * hour + 600.0),
            Self::Wait => TimeDelta::seconds(5) + dice.about(15.0),
            // Who is in a hurry answers soon.
            Self::Customer(_) | Self::Told(_) => dice.about((hours + 2.0).min(5.0) * hour),
            Self::Note(_) => dice.about(0.4 * hours * hour + 300.0),
            Self::Resolve(_) => TimeDelta::seconds(10) + dice.about(30.0),
            // Whoever writes that it no longer matters closes the ticket then.
            Self::CloseByCustomer if matches!(before, Some(Self::Customer(_))) => dice.about(90.0),
            Self::CloseByCustomer => dice.about(20.0 * hour),
            // Some come after the week in which a resolved ticket closes itself, none so late that
            // the customer could not reopen it.
            Self::CloseByStaff => {
                TimeDelta::days(3) + dice.about(48.0 * hour).min(TimeDelta::days(8))
            }
        }
    }
}
