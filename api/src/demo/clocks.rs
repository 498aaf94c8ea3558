//! A ticket's timers as its story goes on, with the job that fires them.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::sla::{Fact, Fired, Occasion, Rulebook, Timers, fire};
use entity::{TicketId, Timestamp, ticket, timer, timer_firing};

/// The timers of one ticket, and what of them fired.
#[derive(Clone, Debug)]
pub(super) struct Clocks {
    rules: Arc<Rulebook>,
    timers: Timers,
    firings: Vec<timer_firing::Model>,
    /// When something last happened on the ticket.
    last: Timestamp,
}

/// All tickets of a world have the same rules.
impl PartialEq for Clocks {
    fn eq(&self, other: &Self) -> bool {
        (&self.timers, &self.firings, self.last) == (&other.timers, &other.firings, other.last)
    }
}

impl Clocks {
    /// Those of a ticket that is about to be opened.
    pub(super) fn new(ticket: TicketId, rules: &Arc<Rulebook>) -> Self {
        Self {
            rules: Arc::clone(rules),
            timers: Timers::none(ticket),
            firings: Vec::new(),
            last: Timestamp::UNIX_EPOCH,
        }
    }

    /// The rows of the timers, every cycle, and of what fired, oldest first.
    pub(super) fn into_rows(self) -> (Vec<timer::Model>, Vec<timer_firing::Model>) {
        (self.timers.rows().to_vec(), self.firings)
    }

    /// Whether nobody touched the ticket for too long.
    pub(super) fn unattended(&self) -> bool {
        self.timers.unattended()
    }

    /// Writes into `ticket` what its row keeps of its timers.
    pub(super) fn summarize(&self, ticket: &mut ticket::Model) {
        self.timers.summarize(ticket);
    }

    /// Something happened. Whether the ticket was unattended before is returned.
    pub(super) fn apply(&mut self, fact: &Fact<'_>) -> bool {
        let before = self.timers.unattended();
        self.timers.apply(fact, &self.rules);
        self.last = fact.at;
        before
    }

    /// What falls due the moment that a ticket is opened.
    pub(super) fn begin(&mut self, ticket: &mut ticket::Model) -> Vec<Fired> {
        self.fire(self.last, Occasion::Job, ticket)
    }

    /// What the next job fires that finds something due, and when, if it runs before `end`.
    pub(super) fn job_before(
        &mut self,
        end: Timestamp,
        ticket: &mut ticket::Model,
    ) -> Option<(Timestamp, Vec<Fired>)> {
        let rows = self.timers.rows().iter();
        let due = rows.filter_map(|row| row.fire_at).min()?.max(self.last);
        let now = due + lateness(ticket.number, due);
        (now < end).then(|| (now, self.fire(now, Occasion::Job, ticket)))
    }

    /// What a command fires that comes at `now`, before a job could.
    pub(super) fn command(&mut self, now: Timestamp, ticket: &mut ticket::Model) -> Vec<Fired> {
        self.fire(now, Occasion::Command, ticket)
    }

    /// What a job fires that runs at `now`.
    pub(super) fn last_job(&mut self, now: Timestamp, ticket: &mut ticket::Model) -> Vec<Fired> {
        self.fire(now, Occasion::Job, ticket)
    }

    fn fire(
        &mut self,
        now: Timestamp,
        occasion: Occasion,
        ticket: &mut ticket::Model,
    ) -> Vec<Fired> {
        let all = fire(ticket, &mut self.timers, now, occasion, &self.rules);
        let rows = all.iter().map(|fired| timer_firing::Model {
            ticket_id: ticket.id,
            kind: fired.note.kind,
            cycle: fired.note.cycle,
            level: fired.note.level.clone(),
            due_at: fired.note.due_at,
            fired_at: now,
        });
        self.firings.extend(rows);
        if !all.is_empty() {
            self.last = now;
        }
        all
    }
}

/// By how much the job is late: some seconds, and for the same ticket and time the same ones.
fn lateness(number: i64, due: Timestamp) -> TimeDelta {
    let mixed = number.wrapping_mul(7_919).wrapping_add(due.timestamp()) as u64;
    let mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    // From one second to fifteen, to the microsecond.
    TimeDelta::microseconds(1_000_000 + (mixed % 14_000_000) as i64)
}
