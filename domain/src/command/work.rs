//! The transaction of one command: the rows it writes and the events that tell of them.

use std::sync::Arc;

use entity::{EventKind, MessageId, Role, TicketId, Timestamp, UserId, message, ticket, user};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};

use super::rows;
use crate::{
    Actor, Clock, Desk, Error, Result,
    db::{lock_rules, person_behind_gate},
    facets::EventData,
    rating::RatingNote,
    sla::{Fact, Occasion, Rulebook, Subject, Timers, fire, store},
};

/// A running transaction with who acts and when.
#[derive(Debug)]
pub struct Work {
    tx: DatabaseTransaction,
    desk: Desk,
    /// Who acts.
    pub(crate) actor: Actor,
    /// The time of everything that this command writes.
    pub(crate) now: Timestamp,
    /// The rules as they were before this command changes them.
    rules: Option<Arc<Rulebook>>,
    tickets: Vec<Opened>,
    outcome: store::Outcome,
}

/// A ticket that the command works on.
#[derive(Debug)]
struct Opened {
    /// The row as it is stored.
    stored: ticket::Model,
    /// The row as it is to be.
    row: ticket::Model,
    timers: Timers,
    rules: Arc<Rulebook>,
}

impl Work {
    pub(super) async fn begin(desk: Desk, actor: Actor) -> Result<Self> {
        let tx = desk.db.begin().await?;
        let now = desk.clock.now();
        Ok(Self {
            tx,
            desk,
            actor,
            now,
            rules: None,
            tickets: Vec::new(),
            outcome: store::Outcome::default(),
        })
    }

    /// Commits what succeeded, with its events; takes back what failed.
    pub(super) async fn end<T>(mut self, result: Result<T>) -> Result<T> {
        let result = match result {
            Ok(output) => self.write().await.map(|()| output),
            Err(error) => Err(error),
        };
        let Self { tx, desk, .. } = self;
        let result = match result {
            Ok(output) => tx.commit().await.map(|()| output).map_err(Error::from),
            Err(error) => {
                if let Err(cause) = tx.rollback().await {
                    // Nothing stays behind: a connection that cannot roll back is dropped.
                    tracing::warn!(error = %cause, "a transaction could not be rolled back");
                }
                Err(error)
            }
        };
        // Also after a rollback: the end of a transaction may be what readers of the log wait for.
        desk.hub.wake();
        result
    }

    /// Takes the time anew, now that `ticket` is locked: it must not be before what others wrote
    /// while this waited, or whose clock is ahead.
    pub(super) fn follow(&mut self, ticket: &ticket::Model) {
        self.now = self.desk.clock.now().max(ticket.updated_at);
    }

    /// Takes up a locked ticket with its timers. A target that was missed before this command came
    /// is missed: that is written down first (if it may `fire`), and the ticket comes back as it is
    /// then.
    pub(super) async fn open(
        &mut self,
        stored: ticket::Model,
        may_fire: bool,
    ) -> Result<ticket::Model> {
        let (rules, rows) = store::timers_of(&self.desk, &self.tx, stored.id).await?;
        let mut timers = Timers::stored(stored.id, rows);
        let mut row = stored.clone();
        let missed = if may_fire {
            fire(&mut row, &mut timers, self.now, Occasion::Command, &rules)
        } else {
            Vec::new()
        };
        for fired in missed {
            self.outcome.add(&fired, self.now);
        }
        self.tickets.push(Opened {
            stored,
            row: row.clone(),
            timers,
            rules,
        });
        Ok(row)
    }

    /// Nobody else changes a policy or a calendar, or works on any ticket, until this has ended.
    pub(super) async fn lock_rules(&mut self) -> Result<()> {
        lock_rules(&self.tx).await?;
        self.now = self.desk.clock.now();
        let revision = store::revision(&self.tx).await?;
        self.rules = Some(self.desk.rules.get(&self.tx, revision).await?);
        Ok(())
    }

    /// The rules as they were when they were locked.
    pub(crate) fn locked_rules(&self) -> Result<&Rulebook> {
        let rules = self.rules.as_deref();
        rules.ok_or_else(|| Error::internal("the rules were not locked"))
    }

    pub(crate) fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.desk.clock
    }

    pub(crate) fn settings(&self) -> &crate::Settings {
        &self.desk.settings
    }

    /// Notes an event about `after`; `before` is the ticket as the event found it. All events are
    /// written at the end, in the order noted.
    pub(crate) fn note(
        &mut self,
        kind: EventKind,
        before: Option<&ticket::Model>,
        after: &ticket::Model,
    ) {
        self.note_with_message(kind, before, after, None);
    }

    /// Notes an event that wrote a message.
    pub(crate) fn note_with_message(
        &mut self,
        kind: EventKind,
        before: Option<&ticket::Model>,
        after: &ticket::Model,
        message: Option<MessageId>,
    ) {
        self.note_all(kind, before, after, message, None);
    }

    /// Notes that the customer rated the ticket.
    pub(crate) fn note_rating(
        &mut self,
        before: &ticket::Model,
        after: &ticket::Model,
        rating: RatingNote,
    ) {
        self.note_all(
            EventKind::TicketRated,
            Some(before),
            after,
            None,
            Some(rating),
        );
    }

    /// Notes an event with all that it tells. The ticket's timers take notice.
    fn note_all(
        &mut self,
        kind: EventKind,
        before: Option<&ticket::Model>,
        after: &ticket::Model,
        message: Option<MessageId>,
        rating: Option<RatingNote>,
    ) {
        let fact = Fact {
            kind,
            at: self.now,
            by_customer: after.requester_id == self.actor.id,
            by_system: self.actor.role == Role::System,
            before: before.map_or(after.status, |before| before.status),
            after: after.status,
            responded: after.first_response_at.is_some(),
            subject: Subject::from(after),
        };
        let (mut earlier, mut later) = (before.cloned(), after.clone());
        let mut unattended = (false, false);
        if let Some(opened) = self.tickets.iter_mut().find(|open| open.row.id == after.id) {
            if let Some(earlier) = &mut earlier {
                opened.timers.summarize(earlier);
            }
            unattended.0 = opened.timers.unattended();
            opened.timers.apply(&fact, &opened.rules);
            opened.timers.summarize(&mut later);
            unattended.1 = opened.timers.unattended();
        }
        let before = earlier.as_ref().map(|before| (before, unattended.0));
        let data = EventData {
            rating,
            ..EventData::between(before, (&later, unattended.1))
        };
        let actor = (Some(self.actor.id), self.actor.role);
        let mut event = store::event(kind, actor, before, (&later, unattended.1), data, self.now);
        event.message_id = Set(message);
        self.outcome.events.push(event);
    }

    /// Makes `after` the next version of `before`. It is written at the end.
    pub(crate) fn save(&mut self, before: &ticket::Model, after: &mut ticket::Model) {
        after.version = before.version + 1;
        after.updated_at = self.now;
        if let Some(opened) = self.tickets.iter_mut().find(|open| open.row.id == after.id) {
            opened.row = after.clone();
        }
    }

    /// Takes over what may change of a ticket without its version: its customer must not learn of it.
    pub(crate) fn save_unseen(&mut self, after: &ticket::Model) {
        if let Some(opened) = self.tickets.iter_mut().find(|open| open.row.id == after.id) {
            opened.row.sensitive = after.sensitive.clone();
        }
    }

    /// Writes a new ticket with its timers and the event that tells of it, and what falls due at
    /// once.
    pub(super) async fn insert(&mut self, ticket: ticket::Model, revision: i64) -> Result<()> {
        let rules = self.desk.rules.get(&self.tx, revision).await?;
        self.tickets.push(Opened {
            stored: ticket.clone(),
            row: ticket.clone(),
            timers: Timers::none(ticket.id),
            rules,
        });
        self.note(EventKind::TicketCreated, None, &ticket);
        let Some(opened) = self.tickets.last_mut() else {
            return Ok(());
        };
        let Opened {
            row, timers, rules, ..
        } = opened;
        timers.summarize(row);
        for fired in fire(row, timers, self.now, Occasion::Job, rules) {
            self.outcome.add(&fired, self.now);
        }
        opened.stored = opened.row.clone();
        rows::insert(&self.tx, &opened.row).await
    }

    async fn write(&mut self) -> Result<()> {
        for opened in &mut self.tickets {
            opened.timers.summarize(&mut opened.row);
            if opened.row != opened.stored {
                rows::update(&self.tx, &opened.stored, &opened.row).await?;
            }
            self.outcome.timers.extend(opened.timers.changed().cloned());
        }
        store::write(&self.tx, std::mem::take(&mut self.outcome)).await
    }

    /// Writes a message of the actor.
    pub(crate) async fn insert_message(
        &mut self,
        ticket: TicketId,
        body: String,
        internal: bool,
    ) -> Result<MessageId> {
        let id = self.clock().new_id();
        let row = message::ActiveModel {
            id: Set(id),
            ticket_id: Set(ticket),
            author_id: Set(Some(self.actor.id)),
            author_role: Set(self.actor.role),
            body: Set(body),
            internal: Set(internal),
            created_at: Set(self.now),
        };
        message::Entity::insert(row)
            .exec_without_returning(&self.tx)
            .await?;
        Ok(id)
    }

    /// A person by id. From here on nobody changes a policy or a calendar until this has ended.
    pub(crate) async fn person_behind_gate(&self, id: UserId) -> Result<Option<user::Model>> {
        person_behind_gate(&self.tx, id).await
    }
}
