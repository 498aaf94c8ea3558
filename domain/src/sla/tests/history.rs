//! A ticket with its timers, driven as commands and jobs drive it, without a database.

use std::collections::BTreeMap;

use entity::{
    CalendarId, CategoryId, EscalationAction, EventKind, Priority, SlaPolicyId, TeamId, TicketId,
    TicketSource,
    TicketStatus::{self, Closed, Open, Resolved, WaitingOnUser},
    TimerKind, Timestamp, UserId, calendar,
    calendar::{Holiday, Holidays, Hours, Week},
    sla_policy::{At, Conditions, Model as Policy, Step, Steps, Target, Targets},
    ticket,
    timer::Model,
};
use uuid::Uuid;

use super::super::{Fact, Occasion, Rulebook, SlaNote, Subject, Timers, fire};
use crate::lifecycle::{self, Move};

/// What somebody does. What the lifecycle refuses does not happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Staff write in public.
    Staff,
    /// The customer writes.
    Customer,
    /// Staff write a note.
    Note,
    /// Staff set a status.
    Set(TicketStatus),
    /// The customer closes.
    CloseByCustomer,
    /// Staff close.
    CloseByStaff,
    /// Staff or the customer reopen.
    Reopen { by_customer: bool },
    /// Staff change the priority.
    Priority(Priority),
    /// Staff change the team.
    Team(Option<u8>),
}

/// What the clocks should know of, as the specification names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Staff,
    Customer,
    Status { to: TicketStatus, by_customer: bool },
}

/// Something that fired, and the row before it did.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) note: SlaNote,
    pub(super) at: Timestamp,
}

/// One ticket.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) ticket: ticket::Model,
    pub(super) rules: Rulebook,
    /// All rows by kind and cycle, as they are stored.
    pub(super) rows: BTreeMap<(&'static str, i32), Model>,
    pub(super) shots: Vec<Shot>,
    pub(super) told: Vec<(Timestamp, Told)>,
}

/// A time, and so many microseconds.
pub(super) fn time(second: i64, micros: u32) -> Timestamp {
    Timestamp::from_timestamp(second, micros * 1_000).unwrap()
}

impl Desk {
    /// A ticket that its customer opened, or staff on their behalf.
    pub(super) fn new(rules: Rulebook, priority: Priority, on_behalf: bool, at: Timestamp) -> Self {
        let ticket = ticket(priority, on_behalf, at);
        let mut desk = Self {
            told: Vec::new(),
            rows: BTreeMap::new(),
            shots: Vec::new(),
            ticket,
            rules,
        };
        if on_behalf {
            desk.told.push((at, Told::Staff));
        }
        let mut timers = Timers::none(desk.ticket.id);
        let status = desk.ticket.status;
        desk.note(
            &mut timers,
            EventKind::TicketCreated,
            !on_behalf,
            status,
            at,
        );
        desk.fire(&mut timers, at, Occasion::Job);
        desk.keep(&timers);
        desk
    }

    /// The latest rows, as a command or a job reads them.
    pub(super) fn timers(&self) -> Timers {
        let latest = self.rows.values().filter(|row| row.latest);
        Timers::stored(self.ticket.id, latest.cloned().collect())
    }

    fn keep(&mut self, timers: &Timers) {
        timers.summarize(&mut self.ticket);
        for row in timers.changed() {
            let place = (row.kind.as_str(), row.cycle);
            self.rows.insert(place, row.clone());
        }
    }

    fn fire(&mut self, timers: &mut Timers, at: Timestamp, occasion: Occasion) {
        let all = fire(&mut self.ticket, timers, at, occasion, &self.rules);
        for fired in all {
            let (before, after) = (fired.before.0.status, fired.after.0.status);
            if before != after {
                let (to, by_customer) = (after, false);
                self.told.push((at, Told::Status { to, by_customer }));
            }
            self.shots.push(Shot {
                note: fired.note,
                at,
            });
        }
    }

    /// The job comes by.
    pub(super) fn job(&mut self, at: Timestamp) {
        let mut timers = self.timers();
        self.fire(&mut timers, at, Occasion::Job);
        self.keep(&timers);
    }

    /// A rule changes.
    pub(super) fn edit(&mut self, rules: Rulebook) {
        let mut timers = self.timers();
        timers.rematch(Subject::from(&self.ticket), &rules);
        self.rules = rules;
        self.keep(&timers);
    }

    fn note(
        &mut self,
        timers: &mut Timers,
        kind: EventKind,
        by_customer: bool,
        before: TicketStatus,
        at: Timestamp,
    ) {
        let fact = Fact {
            kind,
            at,
            by_customer,
            by_system: false,
            before,
            after: self.ticket.status,
            responded: self.ticket.first_response_at.is_some(),
            subject: Subject::from(&self.ticket),
        };
        timers.apply(&fact, &self.rules);
        timers.summarize(&mut self.ticket);
    }

    /// Somebody does something: first what was missed is told of, then it happens.
    pub(super) fn act(&mut self, at: Timestamp, act: Act) {
        let mut timers = self.timers();
        self.fire(&mut timers, at, Occasion::Command);
        let before = self.ticket.status;
        match act {
            Act::Staff => {
                if lifecycle::next(before, Move::StaffReply, false).is_ok() {
                    let ticket = &mut self.ticket;
                    ticket.first_response_at = ticket.first_response_at.or(Some(at));
                    self.told.push((at, Told::Staff));
                    self.note(&mut timers, EventKind::ReplyAdded, false, before, at);
                }
            }
            Act::Customer => {
                self.told.push((at, Told::Customer));
                self.note(&mut timers, EventKind::ReplyAdded, true, before, at);
                self.step(&mut timers, Move::CustomerReply, true, at);
            }
            Act::Note => self.note(&mut timers, EventKind::InternalNoteAdded, false, before, at),
            Act::Set(to) => {
                // Nobody waits for an answer to nothing.
                let asked = self.told.iter().any(|(_, told)| *told == Told::Staff);
                if to != WaitingOnUser || asked {
                    self.step(&mut timers, Move::Set(to), false, at);
                }
            }
            Act::CloseByCustomer => self.step(&mut timers, Move::CloseByCustomer, true, at),
            Act::CloseByStaff => self.step(&mut timers, Move::CloseByStaff, false, at),
            Act::Reopen { by_customer } => self.step(&mut timers, Move::Reopen, by_customer, at),
            Act::Priority(priority) => {
                self.ticket.priority = priority;
                self.note(&mut timers, EventKind::TicketUpdated, false, before, at);
            }
            Act::Team(team) => {
                self.ticket.team_id = team.map(team_id);
                self.note(&mut timers, EventKind::TicketUpdated, false, before, at);
            }
        }
        self.keep(&timers);
    }

    fn step(&mut self, timers: &mut Timers, step: Move, by_customer: bool, at: Timestamp) {
        let before = self.ticket.status;
        let Ok(after) = lifecycle::next(before, step, false) else {
            return;
        };
        if after == before {
            return;
        }
        self.ticket.status = after;
        self.ticket.resolved_at = match after {
            Resolved => Some(at),
            Closed => self.ticket.resolved_at,
            Open | TicketStatus::InProgress | WaitingOnUser => None,
        };
        let to = after;
        self.told.push((at, Told::Status { to, by_customer }));
        let kind = lifecycle::event_of(before, after);
        self.note(timers, kind, by_customer, before, at);
    }

    /// A cycle.
    pub(super) fn row(&self, kind: TimerKind, cycle: i32) -> &Model {
        &self.rows[&(kind.as_str(), cycle)]
    }

    /// The cycles of a kind, in order.
    pub(super) fn cycles(&self, kind: TimerKind) -> Vec<&Model> {
        self.rows.values().filter(|row| row.kind == kind).collect()
    }

    /// What fired, as `KIND cycle level`.
    pub(super) fn fired(&self) -> Vec<String> {
        let text = |shot: &Shot| {
            let note = &shot.note;
            format!("{} {} {}", note.kind.as_str(), note.cycle, note.level)
        };
        self.shots.iter().map(text).collect()
    }
}

fn ticket(priority: Priority, on_behalf: bool, at: Timestamp) -> ticket::Model {
    ticket::Model {
        id: TicketId(Uuid::from_u128(1)),
        number: 1,
        requester_id: UserId(Uuid::from_u128(2)),
        requester_email: None,
        subject: String::new(),
        description: String::new(),
        category_id: CategoryId(Uuid::from_u128(3)),
        priority,
        status: if on_behalf {
            TicketStatus::InProgress
        } else {
            Open
        },
        source: TicketSource::App,
        assignee_id: None,
        co_assignees: ticket::Ids::default(),
        team_id: None,
        tags: ticket::Tags::default(),
        resolution_notes: None,
        environment: None,
        follow_up_of_id: None,
        version: 1,
        created_at: at,
        updated_at: at,
        first_response_at: on_behalf.then_some(at),
        resolved_at: None,
        closed_at: None,
        requester_tier: None,
        escalated: false,
        escalated_at: None,
        escalation_tier: None,
        escalation_target: None,
        sla_state: None,
        sla_due_at: ticket::NEVER,
        assignee_away: false,
        sensitive: ticket::Sensitive::default(),
        subjects: ticket::Subjects::default(),
    }
}

pub(super) fn team_id(number: u8) -> TeamId {
    TeamId(Uuid::from_u128(100 + u128::from(number)))
}

pub(super) fn calendar_id(number: u8) -> CalendarId {
    CalendarId(Uuid::from_u128(200 + u128::from(number)))
}

/// A calendar, given a number.
pub(super) fn calendar(
    number: u8,
    zone: &str,
    week: &[Hours],
    holidays: &[&str],
) -> calendar::Model {
    let holiday = |date: &&str| Holiday {
        date: (*date).to_owned(),
        name: String::new(),
    };
    calendar::Model {
        id: calendar_id(number),
        version: 1,
        name: number.to_string(),
        time_zone: zone.to_owned(),
        week: Week(week.to_vec()),
        holidays: Holidays(holidays.iter().map(holiday).collect()),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        deleted_at: None,
    }
}

/// A policy of a calendar, which is for tickets of a team; without one, for all.
pub(super) fn policy(
    number: u8,
    team: Option<u8>,
    targets: Vec<Target>,
    steps: Vec<Step>,
) -> Policy {
    Policy {
        id: SlaPolicyId(Uuid::from_u128(300 + u128::from(number))),
        name: number.to_string(),
        position: i32::from(number),
        catch_all: team.is_none(),
        conditions: Conditions {
            teams: team.map(team_id).into_iter().collect(),
            ..Conditions::default()
        },
        calendar_id: calendar_id(number),
        targets: Targets(targets),
        steps: Steps(steps),
        unattended_seconds: None,
        follow_up_seconds: None,
        close_seconds: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        deleted_at: None,
    }
}

pub(super) fn target(kind: TimerKind, priority: Priority, seconds: i64) -> Target {
    Target {
        priority,
        kind,
        seconds,
    }
}

pub(super) fn step(kind: TimerKind, at: At, action: EscalationAction) -> Step {
    Step {
        kind,
        at,
        priorities: Vec::new(),
        action,
        tier: None,
        target: None,
        team: None,
    }
}
