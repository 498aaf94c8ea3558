//! The timers of one ticket, and how they start, pause and stop as things happen (`sla.md`,
//! "Clocks"). Pure: rows in, rows out.

use entity::{
    EventKind, SlaState, TicketId, TicketStatus, TimerKind, Timestamp, ticket,
    timer::{Levels, Model, Pause, Pauses},
};

use super::{
    clock::Clock,
    rulebook::{Rulebook, Subject, levels, target, uses_calendar},
};
use crate::lifecycle::is_reopening;

/// Something that happened on a ticket, as far as clocks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<'a> {
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Whether the ticket's own customer did it.
    pub by_customer: bool,
    /// Whether a job did it.
    pub by_system: bool,
    /// The status before it.
    pub before: TicketStatus,
    /// The status after it.
    pub after: TicketStatus,
    /// Whether staff had answered before it, or did so by it.
    pub responded: bool,
    /// What decides which policy applies, after it.
    pub subject: Subject<'a>,
}

/// The timers of a ticket: the latest of each kind, and those that were replaced meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timers {
    ticket: TicketId,
    rows: Vec<Model>,
    /// The rows as they are stored.
    stored: Vec<Model>,
}

impl Timers {
    /// Those of a ticket that has none yet.
    pub fn none(ticket: TicketId) -> Self {
        Self::stored(ticket, Vec::new())
    }

    /// Those that are stored; the latest of each kind is enough.
    pub fn stored(ticket: TicketId, rows: Vec<Model>) -> Self {
        let stored = rows.clone();
        Self {
            ticket,
            rows,
            stored,
        }
    }

    /// The rows, replaced ones included.
    pub fn rows(&self) -> &[Model] {
        &self.rows
    }

    pub(super) fn rows_mut(&mut self) -> &mut [Model] {
        &mut self.rows
    }

    /// The rows that are not stored as they are.
    pub fn changed(&self) -> impl Iterator<Item = &Model> {
        self.rows.iter().filter(|row| !self.stored.contains(row))
    }

    /// The latest timer of a kind.
    pub fn latest(&self, kind: TimerKind) -> Option<&Model> {
        self.rows.iter().find(|row| row.latest && row.kind == kind)
    }

    fn latest_mut(&mut self, kind: TimerKind) -> Option<&mut Model> {
        let latest = |row: &&mut Model| row.latest && row.kind == kind;
        self.rows.iter_mut().find(latest)
    }

    fn is_open(&self, kind: TimerKind) -> bool {
        self.latest(kind)
            .is_some_and(|row| row.stopped_at.is_none())
    }

    /// How the ticket stands, all in all: breached if any metric is, else running if any is, and so
    /// on. `None` if it has no targets.
    pub fn state(&self) -> Option<SlaState> {
        let states = TimerKind::SLA
            .into_iter()
            .filter_map(|kind| self.latest(kind));
        let states: Vec<_> = states.filter_map(state).collect();
        let order = [
            SlaState::Breached,
            SlaState::Running,
            SlaState::Paused,
            SlaState::Met,
        ];
        order.into_iter().find(|state| states.contains(state))
    }

    /// The first due time of a running SLA clock.
    pub fn due(&self) -> Option<Timestamp> {
        let running = TimerKind::SLA
            .into_iter()
            .filter_map(|kind| self.latest(kind));
        let running = running.filter(|row| row.stopped_at.is_none() && !is_paused(row));
        running.filter_map(|row| row.due_at).min()
    }

    /// Whether nobody touched the ticket for too long.
    pub fn unattended(&self) -> bool {
        self.latest(TimerKind::Unattended)
            .is_some_and(is_unattended)
    }

    /// Writes into `ticket` what its row keeps of its timers.
    pub fn summarize(&self, ticket: &mut ticket::Model) {
        ticket.sla_state = self.state();
        // A promise that is open on a closed ticket is no work for anybody who looks for some.
        let closed = ticket.status == TicketStatus::Closed;
        let due = self.due().filter(|_| !closed);
        ticket.sla_due_at = due.unwrap_or(ticket::NEVER);
    }

    /// What happened has its effect: timers start, pause, go on, stop, and are worked out again
    /// under the policy that applies now.
    pub fn apply(&mut self, fact: &Fact<'_>, rules: &Rulebook) {
        use TicketStatus::{Closed, InProgress, Open, Resolved, WaitingOnUser};
        let (at, subject) = (fact.at, fact.subject);
        let second = at.timestamp();
        // What somebody thinks of the work is no work: it moves no clock.
        if fact.kind == EventKind::TicketRated {
            return;
        }
        match fact.kind {
            EventKind::TicketCreated => {
                self.start(TimerKind::FirstResponse, second, subject, rules);
                self.start(TimerKind::Resolution, second, subject, rules);
                if fact.responded {
                    self.stop(TimerKind::FirstResponse, at, rules);
                }
            }
            EventKind::ReplyAdded if !fact.by_customer => {
                self.stop(TimerKind::FirstResponse, at, rules);
                self.stop(TimerKind::NextResponse, at, rules);
            }
            EventKind::ReplyAdded => {
                if fact.responded && !self.is_open(TimerKind::NextResponse) {
                    self.start(TimerKind::NextResponse, second, subject, rules);
                    if fact.after == WaitingOnUser {
                        self.pause(TimerKind::NextResponse, second);
                    }
                }
            }
            EventKind::TicketUpdated
            | EventKind::StatusChanged
            | EventKind::TicketAssigned
            | EventKind::CoAssigneesChanged
            | EventKind::InternalNoteAdded
            | EventKind::TicketResolved
            | EventKind::TicketClosed
            | EventKind::TicketReopened
            | EventKind::SlaWarning
            | EventKind::SlaBreached
            | EventKind::SlaOverdue
            | EventKind::TicketEscalated
            | EventKind::SlaChanged
            | EventKind::TicketUnattended
            | EventKind::FollowUpDue
            | EventKind::AssigneeAwayChanged
            | EventKind::TicketRated => {}
        }
        if fact.before != fact.after {
            if is_reopening(fact.before, fact.after) {
                self.go_on(second, subject, rules);
                self.resume(TimerKind::FirstResponse, second);
                self.stop(TimerKind::FollowUp, at, rules);
                self.stop(TimerKind::AutoClose, at, rules);
            }
            match fact.after {
                WaitingOnUser => {
                    self.pause(TimerKind::Resolution, second);
                    self.pause(TimerKind::NextResponse, second);
                }
                Open | InProgress => {
                    self.resume(TimerKind::Resolution, second);
                    self.resume(TimerKind::NextResponse, second);
                }
                Resolved => {
                    self.stop(TimerKind::Resolution, at, rules);
                    self.stop(TimerKind::NextResponse, at, rules);
                    self.start(TimerKind::FollowUp, second, subject, rules);
                    self.start(TimerKind::AutoClose, second, subject, rules);
                }
                Closed => {
                    self.stop(TimerKind::Resolution, at, rules);
                    self.stop(TimerKind::NextResponse, at, rules);
                    self.stop(TimerKind::FollowUp, at, rules);
                    self.stop(TimerKind::AutoClose, at, rules);
                    // Whoever withdraws the question waits for no answer. Staff cannot do that for
                    // them: a change of status is no response.
                    if fact.by_customer {
                        self.pause(TimerKind::FirstResponse, second);
                    }
                }
            }
        }
        let touched = !fact.by_customer && !fact.by_system;
        match fact.after {
            Open | InProgress => {
                if touched || !self.is_open(TimerKind::Unattended) {
                    self.touch(fact, rules);
                }
            }
            WaitingOnUser | Resolved | Closed => self.stop(TimerKind::Unattended, at, rules),
        }
        self.rematch(subject, rules);
    }

    /// Works the open timers out again under the policy that applies now, from the same start and
    /// the same pauses.
    pub fn rematch(&mut self, subject: Subject<'_>, rules: &Rulebook) {
        for row in self.rows.iter_mut().filter(|row| row.stopped_at.is_none()) {
            promise(row, subject, rules);
            work_out(row, subject, rules);
        }
    }

    /// A new cycle that begins with nothing counted.
    fn start(&mut self, kind: TimerKind, second: i64, subject: Subject<'_>, rules: &Rulebook) {
        let cycle = self.replace(kind);
        let mut row = Model {
            ticket_id: self.ticket,
            kind,
            cycle,
            latest: true,
            started_at: from_second(second),
            pauses: Pauses::default(),
            stopped_at: None,
            breached_at: None,
            policy_id: None,
            calendar_id: None,
            calendar_version: None,
            target_seconds: None,
            due_at: None,
            fire_at: None,
            levels: Levels::default(),
        };
        promise(&mut row, subject, rules);
        self.rows.push(row);
    }

    /// A new cycle of RESOLUTION, which goes on with what was counted. The levels that an earlier
    /// cycle reached are behind it, and so is its breach.
    fn go_on(&mut self, second: i64, subject: Subject<'_>, rules: &Rulebook) {
        let Some(before) = self.latest(TimerKind::Resolution).cloned() else {
            return self.start(TimerKind::Resolution, second, subject, rules);
        };
        let Some(stopped) = before.stopped_at.map(|at| at.timestamp()) else {
            return;
        };
        let cycle = self.replace(TimerKind::Resolution);
        let mut next = Model {
            cycle,
            stopped_at: None,
            ..before
        };
        add_pause(&mut next.pauses.0, stopped, Some(second));
        // By what was promised then: what has changed since is news to this cycle.
        let policy = next.policy_id.and_then(|id| rules.policy(id));
        if let (Some(policy), Some(target)) = (policy, next.target_seconds) {
            let calendar = rules.calendar(policy, next.kind);
            let clock = Clock::new(&calendar, next.started_at.timestamp(), &next.pauses.0);
            let counted = clock.counted(stopped);
            let missed = next.breached_at.is_some();
            let reached = levels(policy, next.kind, subject.priority, target)
                .into_iter()
                .filter(|level| level.seconds < counted && (missed || level.seconds < target))
                .map(|level| level.name);
            let new: Vec<_> = reached
                .filter(|name| !next.levels.0.contains(name))
                .collect();
            next.levels.0.extend(new);
        }
        promise(&mut next, subject, rules);
        self.rows.push(next);
    }

    /// The latest of a kind is that no more; the number of the next cycle.
    fn replace(&mut self, kind: TimerKind) -> i32 {
        match self.latest_mut(kind) {
            None => 1,
            Some(row) => {
                row.latest = false;
                row.cycle + 1
            }
        }
    }

    /// Staff looked at the ticket: nobody can say that it is unattended.
    fn touch(&mut self, fact: &Fact<'_>, rules: &Rulebook) {
        let at = fact.at;
        match self.latest_mut(TimerKind::Unattended) {
            // Nothing has fired yet, so the cycle begins anew.
            Some(row) if row.breached_at.is_none() => {
                row.started_at = from_second(at.timestamp());
                row.stopped_at = None;
            }
            Some(_) | None => {
                self.stop(TimerKind::Unattended, at, rules);
                let second = at.timestamp();
                self.start(TimerKind::Unattended, second, fact.subject, rules);
            }
        }
    }

    fn stop(&mut self, kind: TimerKind, at: Timestamp, rules: &Rulebook) {
        let Some(row) = self.latest_mut(kind) else {
            return;
        };
        if row.stopped_at.is_some() {
            return;
        }
        end_pause(&mut row.pauses.0, at.timestamp());
        row.stopped_at = Some(at);
        row.fire_at = None;
        let policy = row.policy_id.and_then(|id| rules.policy(id));
        if let (Some(policy), Some(target)) = (policy, row.target_seconds) {
            let calendar = rules.calendar(policy, kind);
            let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
            row.due_at = clock.reaches(target).map(from_second);
        }
        // Judged by the time of the event, to the microsecond: on the dot is in time.
        if kind.is_sla() {
            row.breached_at = row.breached_at.or(row.due_at.filter(|due| *due < at));
        }
    }

    fn pause(&mut self, kind: TimerKind, second: i64) {
        if let Some(row) = self.latest_mut(kind).filter(|row| row.stopped_at.is_none()) {
            let pauses = &mut row.pauses.0;
            if pauses.last().is_none_or(|pause| pause.to.is_some()) {
                add_pause(pauses, second, None);
            }
        }
    }

    fn resume(&mut self, kind: TimerKind, second: i64) {
        if let Some(row) = self.latest_mut(kind).filter(|row| row.stopped_at.is_none()) {
            end_pause(&mut row.pauses.0, second);
        }
    }
}

/// How a timer stands; `None` for one without a target.
pub fn state(row: &Model) -> Option<SlaState> {
    if row.breached_at.is_some() {
        return Some(SlaState::Breached);
    }
    row.target_seconds?;
    Some(if row.stopped_at.is_some() {
        SlaState::Met
    } else if is_paused(row) {
        SlaState::Paused
    } else {
        SlaState::Running
    })
}

/// Whether a timer says that nobody touched its ticket for too long.
pub fn is_unattended(row: &Model) -> bool {
    row.kind == TimerKind::Unattended && row.stopped_at.is_none() && row.breached_at.is_some()
}

/// Whether a timer stands still at the moment.
pub fn is_paused(row: &Model) -> bool {
    row.stopped_at.is_none() && row.pauses.0.last().is_some_and(|pause| pause.to.is_none())
}

/// A whole second since 1970 as a point in time.
pub fn from_second(second: i64) -> Timestamp {
    Timestamp::from_timestamp(second, 0).unwrap_or(ticket::NEVER)
}

/// What applies to the timer now.
fn promise(row: &mut Model, subject: Subject<'_>, rules: &Rulebook) {
    let policy = rules.policy_for(subject);
    let promised = policy.and_then(|policy| target(policy, row.kind, subject.priority));
    row.policy_id = policy.map(|policy| policy.id);
    row.target_seconds = promised;
    let calendar = policy.map(|policy| policy.calendar_id);
    row.calendar_id = calendar.filter(|_| uses_calendar(row.kind));
    row.calendar_version = row.calendar_id.and_then(|id| rules.calendar_version(id));
}

/// When the timer is due and when it fires next.
pub(super) fn work_out(row: &mut Model, subject: Subject<'_>, rules: &Rulebook) {
    row.due_at = None;
    row.fire_at = None;
    let policy = row.policy_id.and_then(|id| rules.policy(id));
    let (Some(policy), Some(target)) = (policy, row.target_seconds) else {
        return;
    };
    let calendar = rules.calendar(policy, row.kind);
    let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
    row.due_at = clock.reaches(target).map(from_second);
    // Also while it is paused: what a new target says was used up before has happened. Nothing else
    // is reached then.
    let left = levels(policy, row.kind, subject.priority, target);
    let next = left.iter().find(|level| is_left(row, level, target));
    row.fire_at = next
        .and_then(|level| clock.reaches(level.seconds))
        .map(from_second);
}

/// Whether a level may still fire. What comes before a breach is of no use after it.
pub(super) fn is_left(row: &Model, level: &super::rulebook::Level<'_>, target: i64) -> bool {
    let overtaken = row.breached_at.is_some() && level.seconds <= target;
    !overtaken && !row.levels.0.contains(&level.name)
}

fn add_pause(pauses: &mut Vec<Pause>, from: i64, to: Option<i64>) {
    if to == Some(from) {
        return;
    }
    match pauses.last_mut() {
        // Two that touch are one.
        Some(last) if last.to == Some(from) => last.to = to,
        _ => pauses.push(Pause { from, to }),
    }
}

fn end_pause(pauses: &mut Vec<Pause>, second: i64) {
    if let Some(last) = pauses.last_mut().filter(|pause| pause.to.is_none()) {
        last.to = Some(second);
        if last.from == second {
            pauses.pop();
        }
    }
}
