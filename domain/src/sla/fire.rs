//! What happens when a timer is due: pure, so that the job and a command that comes before it do the
//! very same.

use entity::{
    Audience, EscalationAction, EventKind, Priority, TicketStatus, TimerKind, Timestamp,
    sla_policy::{Model as Policy, Step},
    ticket,
};
use serde::{Deserialize, Serialize};

use super::{
    clock::Clock,
    rulebook::{DUE, Level, Rulebook, Subject, levels},
    timers::{Fact, Timers, from_second, is_left},
};
use crate::EventData;

/// No ticket goes through more levels at once: a guard against rules that set off one another.
const MOST_AT_ONCE: usize = 100;

/// A firing timer as an event tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaNote {
    /// The kind of timer.
    pub kind: TimerKind,
    /// Its cycle.
    pub cycle: i32,
    /// The level that was reached.
    pub level: String,
    /// When it was reached.
    pub due_at: Timestamp,
    /// The policy's name.
    pub policy: String,
    /// Who is to be told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<Audience>,
}

/// A timer that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// What fired.
    pub note: SlaNote,
    /// The event that tells of it.
    pub event: EventKind,
    /// The ticket before, and whether it was unattended.
    pub before: (ticket::Model, bool),
    /// The ticket after, and whether it is unattended.
    pub after: (ticket::Model, bool),
}

impl Fired {
    /// What the event that tells of it holds.
    pub fn data(&self) -> EventData {
        let before = (&self.before.0, self.before.1);
        EventData {
            sla: Some(self.note.clone()),
            ..EventData::between(Some(before), (&self.after.0, self.after.1))
        }
    }
}

/// Who looks at the timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The job: everything that is due by now fires.
    Job,
    /// A command on the ticket: targets that were missed before it came are missed, whatever it
    /// does. All else is for the job, or no longer needed.
    Command,
}

/// Fires what is due at `now`, oldest first. `ticket` and its timers are as they are afterwards.
pub fn fire(
    ticket: &mut ticket::Model,
    timers: &mut Timers,
    now: Timestamp,
    occasion: Occasion,
    rules: &Rulebook,
) -> Vec<Fired> {
    let mut fired = Vec::new();
    while fired.len() < MOST_AT_ONCE {
        let due = |row: &entity::timer::Model| match occasion {
            Occasion::Job => row.fire_at.is_some_and(|at| at <= now),
            Occasion::Command => {
                row.kind.is_sla()
                    && row.fire_at.is_some_and(|at| at < now)
                    && row.due_at.is_some_and(|at| at < now)
            }
        };
        // Who is told in the same breath that the ticket is closed need not be asked.
        let closes = timers
            .latest(TimerKind::AutoClose)
            .and_then(|row| row.fire_at);
        let closes = closes.is_some_and(|at| at <= now);
        // By what happens, not by `fire_at`: that may be the time of a warning that is overtaken,
        // and what happens first decides by which targets the rest is judged.
        let mut first: Option<Next<'_>> = None;
        for (place, row) in timers.rows_mut().iter_mut().enumerate() {
            if !due(row) {
                continue;
            }
            let moot = closes && row.kind == TimerKind::FollowUp;
            let next = next(row, ticket.priority, now, rules).filter(|_| !moot);
            let Some((level, policy, due_at)) = next else {
                row.fire_at = None;
                continue;
            };
            let order = (due_at, row.kind.as_str());
            if first.as_ref().is_none_or(|first| order < first.order) {
                first = Some(Next {
                    order,
                    place,
                    level,
                    policy,
                });
            }
        }
        let Some(Next {
            order: (due_at, _),
            place,
            level,
            policy,
        }) = first
        else {
            break;
        };
        let Some(row) = timers.rows_mut().get_mut(place) else {
            break;
        };
        let early = row
            .target_seconds
            .is_some_and(|target| level.seconds < target);
        row.levels.0.push(level.name.clone());
        if level.name == DUE {
            row.breached_at = Some(due_at);
        }
        let mut note = SlaNote {
            kind: row.kind,
            cycle: row.cycle,
            level: level.name.clone(),
            due_at,
            policy: policy.name.clone(),
            tell: Vec::new(),
        };
        let before = (ticket.clone(), timers_unattended(timers, &note));
        let (event, tell) = act(ticket, &note, &level.steps, early, now);
        note.tell = tell;
        let fact = Fact {
            kind: event,
            at: now,
            by_customer: false,
            by_system: true,
            before: before.0.status,
            after: ticket.status,
            responded: ticket.first_response_at.is_some(),
            subject: Subject::from(&*ticket),
        };
        let (kind, after) = (fact.kind, fact.after);
        debug_assert!(kind != EventKind::TicketClosed || after == TicketStatus::Closed);
        timers.apply(&fact, rules);
        timers.summarize(ticket);
        // A version is for what is in the row. A warning changes nothing there, and that a ticket is
        // unattended must not show customers when a note was written (decision 1).
        if *ticket != before.0 {
            ticket.version += 1;
            ticket.updated_at = now;
        }
        fired.push(Fired {
            note,
            event,
            before,
            after: (ticket.clone(), timers.unattended()),
        });
    }
    fired
}

/// What fires next of all.
struct Next<'a> {
    /// When it was reached; then by kind.
    order: (Timestamp, &'static str),
    /// Which row it is of.
    place: usize,
    level: Level<'a>,
    policy: &'a Policy,
}

/// The level that `row` has reached first of those that are left, by which policy, and when.
fn next<'a>(
    row: &entity::timer::Model,
    priority: Priority,
    now: Timestamp,
    rules: &'a Rulebook,
) -> Option<(Level<'a>, &'a Policy, Timestamp)> {
    let policy = rules.policy(row.policy_id?)?;
    let target = row.target_seconds?;
    let calendar = rules.calendar(policy, row.kind);
    let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
    let reached = |level: &Level<'_>| {
        let at = clock.reaches(level.seconds).map(from_second);
        at.filter(|at| *at <= now)
    };
    let due: Vec<_> = levels(policy, row.kind, priority, target)
        .into_iter()
        .filter(|level| is_left(row, level, target))
        .filter_map(|level| reached(&level).map(|at| (level, at)))
        .collect();
    // A warning of what has happened already helps nobody.
    let missed = due.iter().any(|(level, _)| level.name == DUE);
    due.into_iter()
        .find(|(level, _)| !missed || level.seconds >= target)
        .map(|(level, at)| (level, policy, at))
}

/// Whether the ticket was unattended before `note`, which may be what makes it so.
fn timers_unattended(timers: &Timers, note: &SlaNote) -> bool {
    note.kind != TimerKind::Unattended && timers.unattended()
}

/// Does what the steps say, and says how to tell of it, and whom.
fn act(
    ticket: &mut ticket::Model,
    note: &SlaNote,
    steps: &[&Step],
    early: bool,
    now: Timestamp,
) -> (EventKind, Vec<Audience>) {
    match note.kind {
        TimerKind::FirstResponse | TimerKind::NextResponse | TimerKind::Resolution => {}
        TimerKind::Unattended => {
            let all = vec![Audience::Assignees, Audience::AdminTeam];
            return (EventKind::TicketUnattended, all);
        }
        TimerKind::FollowUp => return (EventKind::FollowUpDue, vec![Audience::Requester]),
        TimerKind::AutoClose => {
            ticket.status = TicketStatus::Closed;
            ticket.closed_at = Some(now);
            return (EventKind::TicketClosed, Vec::new());
        }
    }
    let mut tell = Vec::new();
    let mut escalated = false;
    for step in steps {
        match step.action {
            EscalationAction::NotifyAssignees => tell.push(Audience::Assignees),
            EscalationAction::NotifyAdminTeam => tell.push(Audience::AdminTeam),
            EscalationAction::Escalate => {
                escalated = true;
                ticket.escalated = true;
                ticket.escalated_at = Some(now);
                ticket.escalation_tier = step.tier.or(ticket.escalation_tier);
                ticket.escalation_target = step.target.or(ticket.escalation_target);
            }
            EscalationAction::RaisePriority => ticket.priority = raised(ticket.priority),
            EscalationAction::HandToTeam => ticket.team_id = step.team.or(ticket.team_id),
        }
    }
    tell.sort_by_key(|audience| audience.as_str());
    tell.dedup();
    let event = if note.level == DUE {
        EventKind::SlaBreached
    } else if escalated {
        EventKind::TicketEscalated
    } else if early {
        EventKind::SlaWarning
    } else {
        EventKind::SlaOverdue
    };
    (event, tell)
}

fn raised(priority: Priority) -> Priority {
    match priority {
        Priority::Low => Priority::Medium,
        Priority::Medium => Priority::High,
        Priority::High | Priority::Urgent => Priority::Urgent,
    }
}
