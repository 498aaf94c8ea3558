//! The shipped sets of targets (requirement S1) and steps (`sla.md`, "Policies").

use entity::{
    EscalationAction::{self, Escalate, NotifyAdminTeam, NotifyAssignees},
    Priority, TimerKind,
    sla_policy::{At, Step, Target},
};
use serde::Serialize;

const HOUR: i64 = 3_600;

/// A shipped set of targets and steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Preset {
    /// By priority: urgent 2 h / 8 h, high 4 h / 24 h, medium 24 h / 72 h, low 48 h / 1 week.
    Standard,
    /// By severity, P0 (urgent) to P3 (low): 1 h / 4 h and escalated at once, 4 h / 24 h,
    /// 24 h / 72 h, 48 h / best effort.
    Severity,
}

impl Preset {
    /// For each priority the hours to the first response, and every next one, and to the
    /// resolution.
    fn hours(self) -> [(Priority, i64, Option<i64>); 4] {
        match self {
            Self::Standard => [
                (Priority::Urgent, 2, Some(8)),
                (Priority::High, 4, Some(24)),
                (Priority::Medium, 24, Some(72)),
                (Priority::Low, 48, Some(168)),
            ],
            Self::Severity => [
                (Priority::Urgent, 1, Some(4)),
                (Priority::High, 4, Some(24)),
                (Priority::Medium, 24, Some(72)),
                (Priority::Low, 48, None),
            ],
        }
    }

    /// The targets.
    pub fn targets(self) -> Vec<Target> {
        let of = |(priority, response, resolution): (Priority, i64, Option<i64>)| {
            let target = move |kind, hours| Target {
                priority,
                kind,
                seconds: hours * HOUR,
            };
            let responses = [TimerKind::FirstResponse, TimerKind::NextResponse];
            let responses = responses.map(|kind| target(kind, response));
            let resolution = resolution.map(|hours| target(TimerKind::Resolution, hours));
            responses.into_iter().chain(resolution)
        };
        self.hours().into_iter().flat_map(of).collect()
    }

    /// The steps: a warning at 80 % of each target, an escalation at its end.
    pub fn steps(self) -> Vec<Step> {
        let step = |kind, percent, action: EscalationAction| Step {
            kind,
            at: At::Percent(percent),
            priorities: Vec::new(),
            action,
            tier: None,
            target: None,
            team: None,
        };
        let at_once = (self == Self::Severity).then(|| Step {
            priorities: vec![Priority::Urgent],
            ..step(TimerKind::Resolution, 0, Escalate)
        });
        let each = TimerKind::SLA.into_iter().flat_map(|kind| {
            [
                step(kind, 80, NotifyAssignees),
                step(kind, 80, NotifyAdminTeam),
                step(kind, 100, Escalate),
                step(kind, 100, NotifyAdminTeam),
            ]
        });
        at_once.into_iter().chain(each).collect()
    }
}
