//! The transaction of one command: the rows it writes and the events that tell of them.

use entity::{
    EventKind, MessageId, Timestamp, UserId, event, message, ticket, ticket_co_assignee,
    ticket_tag, user,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::{
    Actor, Clock, Desk, Error, Result,
    facets::{EventData, visibility},
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
    events: Vec<event::ActiveModel>,
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
            events: Vec::new(),
        })
    }

    /// Commits what succeeded, with its events; takes back what failed.
    pub(super) async fn end<T>(mut self, result: Result<T>) -> Result<T> {
        let result = match result {
            Ok(output) => self.write_events().await.map(|()| output),
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
        let data = EventData::between(before, after);
        self.events.push(event::ActiveModel {
            ticket_id: Set(after.id),
            ticket_version: Set(after.version),
            kind: Set(kind),
            actor_id: Set(Some(self.actor.id)),
            actor_role: Set(self.actor.role),
            visibility: Set(visibility(kind, before, after)),
            at: Set(self.now),
            message_id: Set(message),
            // Facets are plain data: writing them as JSON cannot fail.
            data: Set(serde_json::to_value(data).unwrap_or_default()),
            ..Default::default()
        });
    }

    async fn write_events(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            event::Entity::insert_many(events)
                .exec_without_returning(&self.tx)
                .await?;
        }
        Ok(())
    }

    /// Makes `after` the next version of `before` and writes the columns that differ.
    pub(crate) async fn save(
        &mut self,
        before: &ticket::Model,
        after: &mut ticket::Model,
    ) -> Result<()> {
        after.version = before.version + 1;
        after.updated_at = self.now;
        let mut change = before.clone().into_active_model();
        macro_rules! set_what_differs {
            ($($column:ident),* $(,)?) => {$(
                if after.$column != before.$column {
                    change.$column = Set(after.$column.clone());
                }
            )*};
        }
        set_what_differs!(
            subject,
            category_id,
            priority,
            status,
            assignee_id,
            co_assignees,
            team_id,
            tags,
            resolution_notes,
            version,
            updated_at,
            first_response_at,
            resolved_at,
            closed_at,
        );
        // Without RETURNING: all columns are known, and some are long.
        ticket::Entity::update_many()
            .set(change)
            .filter(ticket::Column::Id.eq(before.id))
            .exec(&self.tx)
            .await?;
        if after.tags != before.tags {
            let of_ticket = ticket_tag::Column::TicketId.eq(after.id);
            ticket_tag::Entity::delete_many()
                .filter(of_ticket)
                .exec(&self.tx)
                .await?;
            self.insert_tags(after).await?;
        }
        if after.co_assignees != before.co_assignees {
            let of_ticket = ticket_co_assignee::Column::TicketId.eq(after.id);
            ticket_co_assignee::Entity::delete_many()
                .filter(of_ticket)
                .exec(&self.tx)
                .await?;
            let rows = after
                .co_assignees
                .0
                .iter()
                .map(|&person| ticket_co_assignee::ActiveModel {
                    ticket_id: Set(after.id),
                    user_id: Set(person),
                });
            let rows: Vec<_> = rows.collect();
            if !rows.is_empty() {
                ticket_co_assignee::Entity::insert_many(rows)
                    .exec_without_returning(&self.tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Writes the rows by which a ticket is found by its tags.
    pub(crate) async fn insert_tags(&mut self, ticket: &ticket::Model) -> Result<()> {
        let rows = ticket.tags.0.iter().map(|tag| ticket_tag::ActiveModel {
            ticket_id: Set(ticket.id),
            tag: Set(tag.clone()),
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            ticket_tag::Entity::insert_many(rows)
                .exec_without_returning(&self.tx)
                .await?;
        }
        Ok(())
    }

    /// Writes a message of the actor.
    pub(crate) async fn insert_message(
        &mut self,
        ticket: &ticket::Model,
        body: String,
        internal: bool,
    ) -> Result<MessageId> {
        let id = self.clock().new_id();
        let row = message::ActiveModel {
            id: Set(id),
            ticket_id: Set(ticket.id),
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

    /// A person by id.
    pub(crate) async fn person(&self, id: UserId) -> Result<Option<user::Model>> {
        Ok(user::Entity::find_by_id(id).one(&self.tx).await?)
    }
}
