//! The activity feed of a ticket (requirement T8): its part of the event log.

use entity::{TicketId, Visibility, event};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Value};
use serde::{Deserialize, Serialize};

use super::queue::count;
use crate::{
    Actor, Desk, Result,
    page::{Key, Page, PageArgs},
    permission::{Action, Scope, scope},
};

/// The sort key of the feed: the position in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityKey(i64, i64);

impl Key for ActivityKey {
    const TAG: &'static str = "activity";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into(), self.1.into()]
    }
}

impl From<&event::Model> for ActivityKey {
    fn from(row: &event::Model) -> Self {
        Self(row.xid, row.seq)
    }
}

fn feed(actor: Actor, ticket: TicketId) -> sea_orm::Select<event::Entity> {
    let rows = event::Entity::find().filter(event::Column::TicketId.eq(ticket));
    match scope(actor.role, Action::ViewInternals) {
        Scope::Any => rows,
        Scope::Own | Scope::No => rows.filter(event::Column::Visibility.eq(Visibility::Public)),
    }
}

impl Desk {
    /// A page of what happened on a ticket, newest first. The ticket must have been loaded for
    /// `actor`.
    ///
    /// # Errors
    /// `BadInput` for bad page arguments, `Unavailable` when the database does not answer.
    pub async fn activity(
        &self,
        actor: Actor,
        ticket: TicketId,
        page: &PageArgs,
    ) -> Result<Page<event::Model>> {
        let columns = [event::Column::Xid, event::Column::Seq];
        let window = page.window::<ActivityKey>()?;
        window
            .fetch(self.db.read(), feed(actor, ticket), &columns, false)
            .await
    }

    /// How many entries the feed has for `actor`.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn activity_total(&self, actor: Actor, ticket: TicketId) -> Result<i64> {
        count(feed(actor, ticket).count(self.db.read()).await?)
    }
}
