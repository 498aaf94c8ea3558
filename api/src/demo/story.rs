//! One ticket's life: the rows and events that the commands of `domain` would have written, without
//! a database. What `domain::lifecycle` or the table of permissions refuses is refused here too.

use std::sync::Arc;

use domain::{
    Actor, Error, EventData, Result, Settings, is_staff,
    lifecycle::{self, Move},
    permission::{Action, permit},
    rating::{RatingNote, is_ratable},
    sla::{Fact, Fired, Rulebook, Subject},
    visibility,
};
use entity::{
    EventKind, MessageId, Role, TicketStatus, Timestamp, UserId, Visibility, message, rating,
    ticket,
};

use super::clocks::Clocks;

/// A row of the event log, without what the database adds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) ticket_version: i32,
    pub(super) kind: EventKind,
    /// Who did it; `None` for the job.
    pub(super) actor: Option<UserId>,
    pub(super) role: Role,
    pub(super) visibility: Visibility,
    pub(super) at: Timestamp,
    pub(super) message_id: Option<MessageId>,
    pub(super) data: EventData,
}

/// A ticket with all that happened to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Story {
    /// The ticket as it is in the end.
    pub(super) ticket: ticket::Model,
    /// Its thread, oldest first.
    pub(super) messages: Vec<message::Model>,
    /// What happened, oldest first.
    pub(super) events: Vec<Event>,
    /// Kind and external id of what it is about.
    pub(super) links: Vec<(String, String)>,
    /// Its timers, and what fired.
    pub(super) clocks: Clocks,
    /// What the customer said of it in the end.
    pub(super) rating: Option<rating::Model>,
}

/// Who does something, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) actor: Actor,
    pub(super) at: Timestamp,
}

impl Story {
    /// Opens a ticket. `ticket` is as its first version is stored.
    ///
    /// # Errors
    /// As everything here: if `domain` would refuse it, which is a mistake in the plot.
    pub(super) fn open(
        ticket: ticket::Model,
        links: Vec<(String, String)>,
        actor: Actor,
        rules: &Arc<Rulebook>,
    ) -> Result<Self> {
        permit(actor, Action::OpenTicket)?;
        if ticket.requester_id != actor.id {
            permit(actor, Action::OpenOnBehalf)?;
        }
        let at = ticket.created_at;
        let mut story = Self {
            clocks: Clocks::new(ticket.id, rules),
            ticket,
            messages: Vec::new(),
            events: Vec::new(),
            links,
            rating: None,
        };
        story.tell(EventKind::TicketCreated, None, Step { actor, at }, None);
        for fired in story.clocks.begin(&mut story.ticket) {
            story.tell_of(&fired, at);
        }
        Ok(story)
    }

    /// Time goes by until somebody turns to the ticket at `at`. What falls due before is fired by
    /// the job or, where they come sooner than it, by their command.
    pub(super) fn come_to(&mut self, at: Timestamp) {
        self.run_jobs(at);
        for fired in self.clocks.command(at, &mut self.ticket) {
            self.tell_of(&fired, at);
        }
    }

    /// Nobody does anything more until the data end at `until`. What is due by then fires.
    pub(super) fn end(mut self, until: Timestamp) -> Self {
        self.run_jobs(until);
        for fired in self.clocks.last_job(until, &mut self.ticket) {
            self.tell_of(&fired, until);
        }
        self
    }

    /// Nobody does anything until the ticket closes by itself, if it does before `end`. When it was
    /// closed is returned.
    pub(super) fn wait_for_close(&mut self, end: Timestamp) -> Option<Timestamp> {
        while self.ticket.closed_at.is_none() && self.run_job(end) {}
        self.ticket.closed_at
    }

    fn run_jobs(&mut self, end: Timestamp) {
        while self.run_job(end) {}
    }

    /// The next job that finds something due runs, if it does before `end`; says whether it did.
    fn run_job(&mut self, end: Timestamp) -> bool {
        let Some((now, all)) = self.clocks.job_before(end, &mut self.ticket) else {
            return false;
        };
        for fired in all {
            self.tell_of(&fired, now);
        }
        true
    }

    /// `AssignTicket`.
    pub(super) fn assign(&mut self, step: Step, assignee: UserId) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::AssignToSelf)?;
        if assignee != step.actor.id {
            permit(step.actor, Action::AssignToOthers)?;
        }
        let status = lifecycle::next(self.ticket.status, Move::Assign, true)?;
        if self.ticket.assignee_id == Some(assignee) {
            return Ok(());
        }
        let before = self.ticket.clone();
        self.ticket.assignee_id = Some(assignee);
        self.ticket
            .co_assignees
            .0
            .retain(|person| *person != assignee);
        self.save(step);
        self.tell(EventKind::TicketAssigned, Some(&before), step, None);
        self.go_to(status, step);
        Ok(())
    }

    /// `SetCoAssignees`.
    pub(super) fn set_co_assignees(&mut self, step: Step, mut people: Vec<UserId>) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::SetCoAssignees)?;
        people.sort_unstable();
        people.dedup();
        people.retain(|person| Some(*person) != self.ticket.assignee_id);
        let before = self.ticket.clone();
        self.ticket.co_assignees = ticket::Ids(people);
        if self.ticket != before {
            self.save(step);
            self.tell(EventKind::CoAssigneesChanged, Some(&before), step, None);
        }
        Ok(())
    }

    /// `UpdateTicket`.
    pub(super) fn update(
        &mut self,
        step: Step,
        change: impl FnOnce(&mut ticket::Model),
    ) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::UpdateTicket)?;
        let before = self.ticket.clone();
        change(&mut self.ticket);
        if self.ticket != before {
            self.save(step);
            self.tell(EventKind::TicketUpdated, Some(&before), step, None);
        }
        Ok(())
    }

    /// `ReplyToTicket`.
    pub(super) fn reply(&mut self, step: Step, id: MessageId, body: String) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::Reply)?;
        let by_customer = self.ticket.requester_id == step.actor.id;
        let kind = if by_customer {
            Move::CustomerReply
        } else {
            Move::StaffReply
        };
        let assigned = self.ticket.assignee_id.is_some();
        let status = lifecycle::next(self.ticket.status, kind, assigned)?;
        if self
            .ticket
            .closed_at
            .is_some_and(|closed| step.at - closed > Settings::default().reopen_window)
        {
            return Err(Error::internal(
                "demo data: a reply that would open a follow-up ticket",
            ));
        }
        self.write(step, id, body, false);
        let before = self.ticket.clone();
        if !by_customer {
            self.ticket.first_response_at.get_or_insert(step.at);
        }
        self.save(step);
        self.tell(EventKind::ReplyAdded, Some(&before), step, Some(id));
        self.go_to(status, step);
        Ok(())
    }

    /// `AddInternalNote`.
    pub(super) fn note(&mut self, step: Step, id: MessageId, body: String) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::AddInternalNote)?;
        self.write(step, id, body, true);
        let before = self.ticket.clone();
        self.tell(EventKind::InternalNoteAdded, Some(&before), step, Some(id));
        Ok(())
    }

    /// `SetTicketStatus`, and `ResolveTicket` with its notes.
    pub(super) fn set_status(
        &mut self,
        step: Step,
        status: TicketStatus,
        notes: Option<String>,
    ) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::SetStatus)?;
        let status = lifecycle::next(self.ticket.status, Move::Set(status), true)?;
        let staff_wrote = |row: &message::Model| !row.internal && is_staff(row.author_role);
        if status == TicketStatus::WaitingOnUser && !self.messages.iter().any(staff_wrote) {
            return Err(Error::internal(
                "demo data: waiting for a customer whom nobody asked",
            ));
        }
        self.move_to(status, step, notes);
        Ok(())
    }

    /// `CloseTicket`.
    pub(super) fn close(&mut self, step: Step) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::Close)?;
        let own = self.ticket.requester_id == step.actor.id;
        let kind = if own {
            Move::CloseByCustomer
        } else {
            Move::CloseByStaff
        };
        let status = lifecycle::next(self.ticket.status, kind, true)?;
        self.move_to(status, step, None);
        Ok(())
    }

    /// `RateTicket`, by the link in a mail or signed in.
    pub(super) fn rate(&mut self, step: Step, note: RatingNote, by_link: bool) -> Result<()> {
        self.come_to(step.at);
        permit(step.actor, Action::Rate)?;
        if !is_ratable(self.ticket.status) || self.rating.is_some() {
            return Err(Error::internal(
                "demo data: a rating of what is not done, or the second one",
            ));
        }
        self.rating = Some(rating::Model {
            ticket_id: self.ticket.id,
            requester_id: step.actor.id,
            score: note.score,
            comment: note.comment.clone(),
            by_link,
            rated_at: step.at,
        });
        let before = self.ticket.clone();
        self.tell(EventKind::TicketRated, Some(&before), step, None);
        if let Some(event) = self.events.last_mut() {
            event.data.rating = Some(note);
        }
        Ok(())
    }

    fn move_to(&mut self, status: TicketStatus, step: Step, notes: Option<String>) {
        self.save(step);
        if notes.is_some() {
            self.ticket.resolution_notes = notes;
        }
        self.go_to(status, step);
    }

    /// The status and the times that hang on it, with the event.
    fn go_to(&mut self, status: TicketStatus, step: Step) {
        if status == self.ticket.status {
            return;
        }
        let before = self.ticket.clone();
        match status {
            TicketStatus::Resolved => self.ticket.resolved_at = Some(step.at),
            TicketStatus::Closed => self.ticket.closed_at = Some(step.at),
            TicketStatus::Open | TicketStatus::InProgress | TicketStatus::WaitingOnUser => {
                self.ticket.resolved_at = None;
                self.ticket.closed_at = None;
            }
        }
        self.ticket.status = status;
        self.tell(
            lifecycle::event_of(before.status, status),
            Some(&before),
            step,
            None,
        );
    }

    fn save(&mut self, step: Step) {
        self.ticket.version += 1;
        self.ticket.updated_at = step.at;
    }

    fn write(&mut self, step: Step, id: MessageId, body: String, internal: bool) {
        self.messages.push(message::Model {
            id,
            ticket_id: self.ticket.id,
            author_id: Some(step.actor.id),
            author_role: step.actor.role,
            body,
            internal,
            created_at: step.at,
        });
    }

    /// An event of a command. The timers take notice.
    fn tell(
        &mut self,
        kind: EventKind,
        before: Option<&ticket::Model>,
        step: Step,
        message_id: Option<MessageId>,
    ) {
        let ticket = &self.ticket;
        let fact = Fact {
            kind,
            at: step.at,
            by_customer: ticket.requester_id == step.actor.id,
            by_system: false,
            before: before.map_or(ticket.status, |before| before.status),
            after: ticket.status,
            responded: ticket.first_response_at.is_some(),
            subject: Subject::from(ticket),
        };
        let earlier = self.clocks.apply(&fact);
        self.clocks.summarize(&mut self.ticket);
        let before = before.map(|before| (before, earlier));
        let after = (&self.ticket, self.clocks.unattended());
        self.events.push(Event {
            ticket_version: self.ticket.version,
            kind,
            actor: Some(step.actor.id),
            role: step.actor.role,
            visibility: visibility(kind, before.map(|(before, _)| before), &self.ticket),
            at: step.at,
            message_id,
            data: EventData::between(before, after),
        });
    }

    /// The event of a timer that fired at `at`.
    fn tell_of(&mut self, fired: &Fired, at: Timestamp) {
        let after = &fired.after.0;
        self.events.push(Event {
            ticket_version: after.version,
            kind: fired.event,
            actor: None,
            role: Role::System,
            visibility: visibility(fired.event, Some(&fired.before.0), after),
            at,
            message_id: None,
            data: fired.data(),
        });
    }
}

/// Who acts when the customer of a ticket does.
pub(super) fn customer(id: UserId) -> Actor {
    Actor {
        id,
        role: Role::Customer,
    }
}
