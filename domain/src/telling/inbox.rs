//! What somebody was told, as they read it in the app.

use entity::{NotificationKind, inbox, notification, ticket};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Value,
    sea_query::{ArrayType, Expr, Query, SubQueryStatement},
};
use serde::{Deserialize, Serialize};

use super::{
    InboxPosition,
    preference::{Preferences, is_for_staff, preferences_of},
};
use crate::{
    Actor, Desk, Error, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, Scope, permit, scope},
    query::{count, visible_to},
};

/// The sort key of notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationKey(i64);

impl Key for NotificationKey {
    const TAG: &'static str = "notification";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&notification::Model> for NotificationKey {
    fn from(row: &notification::Model) -> Self {
        Self(row.id)
    }
}

/// What `actor` was told and may still know of: of tickets that are there for them and, for
/// customers, nothing that is for staff. A kind that this version of the server does not know (a
/// newer one wrote it) is left out.
pub(super) fn told(actor: Actor) -> Condition {
    let kinds = NotificationKind::ALL.iter().copied();
    let kinds = kinds.filter(|kind| actor.is_staff() || !is_for_staff(*kind));
    let mine = Condition::all()
        .add(notification::Column::UserId.eq(actor.id))
        .add(notification::Column::Kind.is_in(kinds));
    match scope(actor.role, Action::ViewTicket) {
        Scope::Any => mine,
        Scope::Own | Scope::No => {
            let tickets = visible_to(actor).select_only().column(ticket::Column::Id);
            mine.add(notification::Column::TicketId.in_subquery(tickets.into_query()))
        }
    }
}

fn list(actor: Actor, unread_only: bool) -> Select<notification::Entity> {
    let rows = notification::Entity::find().filter(told(actor));
    if unread_only {
        rows.filter(notification::Column::ReadAt.is_null())
    } else {
        rows
    }
}

impl Desk {
    /// A page of what `actor` was told, newest first, and the position that it reflects: everything
    /// up to there is in it, and following from there misses nothing.
    ///
    /// # Errors
    /// `Forbidden` for jobs, `BadInput` for bad page arguments, `Unavailable` when the database does
    /// not answer; so for everything below.
    pub async fn notifications(
        &self,
        actor: Actor,
        unread_only: bool,
        page: &PageArgs,
    ) -> Result<(Page<notification::Model>, InboxPosition)> {
        permit(actor, Action::ViewOwnNotifications)?;
        let window = page.window::<NotificationKey>()?;
        // Read before the rows are: what comes between is told again rather than missed.
        let position = self.inbox_position(actor).await?;
        let rows = list(actor, unread_only);
        let columns = [notification::Column::Id];
        let page = window.fetch(self.db.read(), rows, &columns, false).await?;
        Ok((page, position))
    }

    /// How much of it `actor` has not read.
    pub async fn unread_notifications(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewOwnNotifications)?;
        count(list(actor, true).count(self.db.read()).await?)
    }

    /// Those of `ids` that `actor` was told, in no order.
    pub async fn notifications_by_id(
        &self,
        actor: Actor,
        ids: &[i64],
    ) -> Result<Vec<notification::Model>> {
        permit(actor, Action::ViewOwnNotifications)?;
        let db = self.db.read();
        let ids = ids.iter().map(|&id| Value::from(id));
        let wanted = among(
            self.db.backend(),
            notification::Column::Id,
            ArrayType::BigInt,
            ids,
        );
        Ok(list(actor, false).filter(wanted).all(db).await?)
    }

    /// How `actor` wants to be told.
    pub async fn notification_preferences(&self, actor: Actor) -> Result<Preferences> {
        permit(actor, Action::ViewOwnNotifications)?;
        let mut found = preferences_of(self.db.read(), &[actor.id]).await?;
        Ok(found.remove(&actor.id).unwrap_or_default())
    }

    /// Those behind `after`, oldest first.
    pub(crate) async fn notifications_behind(
        &self,
        actor: Actor,
        after: i64,
        limit: u64,
    ) -> Result<Vec<notification::Model>> {
        let rows = list(actor, false)
            .filter(notification::Column::Id.gt(after))
            .order_by_asc(notification::Column::Id)
            .limit(limit);
        Ok(rows.all(self.db.read()).await?)
    }

    /// Where the notifications of `actor` end now.
    pub(crate) async fn inbox_position(&self, actor: Actor) -> Result<InboxPosition> {
        let newest = list(actor, false)
            .select_only()
            .column(notification::Column::Id)
            .order_by_desc(notification::Column::Id)
            .limit(1)
            .into_query();
        let revision = inbox::Entity::find_by_id(actor.id)
            .select_only()
            .column(inbox::Column::Revision)
            .into_query();
        let inner = |query| Expr::from(SubQueryStatement::SelectStatement(query));
        let both = Query::select()
            .expr_as(inner(newest), "id")
            .expr_as(inner(revision), "revision")
            .to_owned();
        let row = self.db.read().query_one(&both).await?;
        let row = row.ok_or_else(|| Error::internal("a statement without a row"))?;
        let number = |name| row.try_get::<Option<i64>>("", name);
        Ok(InboxPosition {
            id: number("id")?.unwrap_or_default(),
            revision: number("revision")?.unwrap_or_default(),
        })
    }
}
