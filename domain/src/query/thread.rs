//! Messages of tickets (requirement T7).

use std::collections::HashMap;

use entity::{MessageId, TicketId, message};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Value,
    sea_query::ArrayType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::time;
use crate::{
    Actor, Desk, Result,
    db::{among, latest_per_ticket},
    page::{Key, Page, PageArgs, Window},
    permission::{Action, Scope, scope},
};

/// The sort key of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageKey(i64, Uuid);

impl Key for MessageKey {
    const TAG: &'static str = "message";
    fn values(&self) -> Vec<Value> {
        vec![time(self.0), self.1.into()]
    }
}

impl From<&message::Model> for MessageKey {
    fn from(row: &message::Model) -> Self {
        Self(row.created_at.timestamp_micros(), row.id.0)
    }
}

/// Which part of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ThreadPage {
    window: Window<MessageKey>,
    newest_first: bool,
}

impl ThreadPage {
    /// Checks the arguments of a thread's connection.
    ///
    /// # Errors
    /// `BadInput` for a size out of range or a cursor of another list.
    pub fn new(args: &PageArgs, newest_first: bool) -> Result<Self> {
        Ok(Self {
            window: args.window()?,
            newest_first,
        })
    }
}

/// Internal notes are not there for whoever may not see internals.
fn visible_messages(actor: Actor) -> Condition {
    match scope(actor.role, Action::ViewInternals) {
        Scope::Any => Condition::all(),
        Scope::Own | Scope::No => Condition::all().add(message::Column::Internal.eq(false)),
    }
}

#[derive(FromQueryResult)]
struct Count {
    ticket_id: TicketId,
    total: i64,
}

impl Desk {
    /// The same page of the threads of many tickets, in one statement. The tickets must have been
    /// loaded for `actor`.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn threads(
        &self,
        actor: Actor,
        tickets: &[TicketId],
        page: &ThreadPage,
    ) -> Result<HashMap<TicketId, Page<message::Model>>> {
        let ThreadPage {
            window,
            newest_first,
        } = page;
        let columns = [message::Column::CreatedAt, message::Column::Id];
        let condition = visible_messages(actor).add(window.bounds(&columns, !newest_first));
        // A page from the end is read backwards and turned round.
        let backwards = *newest_first != window.from_end;
        let limit = window.limit + 1;
        let rows = latest_per_ticket(self.db.read(), tickets, condition, backwards, limit).await?;
        let mut threads: HashMap<TicketId, Vec<message::Model>> =
            tickets.iter().map(|&id| (id, Vec::new())).collect();
        for row in rows {
            threads.entry(row.ticket_id).or_default().push(row);
        }
        Ok(threads
            .into_iter()
            .map(|(id, rows)| (id, window.page(rows)))
            .collect())
    }

    /// How many messages there are for `actor` in each of `tickets`, which must have been loaded
    /// for `actor`.
    pub async fn thread_totals(
        &self,
        actor: Actor,
        tickets: &[TicketId],
    ) -> Result<HashMap<TicketId, i64>> {
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            message::Column::TicketId,
            ArrayType::Uuid,
            ids,
        );
        let counts = message::Entity::find()
            .select_only()
            .column(message::Column::TicketId)
            .column_as(message::Column::Id.count(), "total")
            .filter(wanted)
            .filter(visible_messages(actor))
            .group_by(message::Column::TicketId)
            .into_model::<Count>()
            .all(self.db.read())
            .await?;
        let mut totals: HashMap<_, _> = tickets.iter().map(|&id| (id, 0)).collect();
        totals.extend(
            counts
                .into_iter()
                .map(|count| (count.ticket_id, count.total)),
        );
        Ok(totals)
    }

    /// Those of `ids` that are there for `actor`, in no order.
    pub async fn messages(&self, actor: Actor, ids: &[MessageId]) -> Result<Vec<message::Model>> {
        let wanted = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            message::Column::Id,
            ArrayType::Uuid,
            wanted,
        );
        let rows = message::Entity::find()
            .filter(wanted)
            .filter(visible_messages(actor))
            .all(self.db.read())
            .await?;
        if scope(actor.role, Action::ViewTicket) == Scope::Any {
            return Ok(rows);
        }
        let tickets: Vec<_> = rows.iter().map(|row| row.ticket_id).collect();
        let visible = self.tickets(actor, &tickets).await?;
        let is_visible = |row: &message::Model| visible.iter().any(|t| t.id == row.ticket_id);
        Ok(rows.into_iter().filter(is_visible).collect())
    }
}
