//! Lists of tickets.

use entity::{Priority, TicketId, TicketStatus, ticket};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, Value,
    sea_query::{ArrayType, Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::visible_to;
use crate::{
    Actor, Desk, Error, Position, Result, clock,
    db::among,
    filter::{QueueFilter, mine},
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
};

/// The orders of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueOrder {
    /// Most urgent first, then oldest first.
    Urgency,
    /// Newest first.
    Newest,
    /// What falls due first, first; what is not due at all last.
    SlaDue,
}

/// The sort key of [`QueueOrder::SlaDue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaDueKey(i64, Uuid);

/// The sort key of [`QueueOrder::Urgency`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencyKey(i16, i64, Uuid);

/// The sort key of [`QueueOrder::Newest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestKey(i64, Uuid);

/// How many tickets there are, by what staff look at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// All of them.
    pub total: i64,
    /// Assigned or co-assigned to who asks.
    pub mine: i64,
    /// Without an assignee.
    pub unassigned: i64,
    /// By status, in the order of the lifecycle.
    pub by_status: Vec<(TicketStatus, i64)>,
    /// By priority, most urgent first.
    pub by_priority: Vec<(Priority, i64)>,
}

impl Key for UrgencyKey {
    const TAG: &'static str = "urgency";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into(), time(self.1), self.2.into()]
    }
}

impl Key for NewestKey {
    const TAG: &'static str = "newest";
    fn values(&self) -> Vec<Value> {
        vec![time(self.0), self.1.into()]
    }
}

impl Key for SlaDueKey {
    const TAG: &'static str = "sla-due";
    fn values(&self) -> Vec<Value> {
        vec![time(self.0), self.1.into()]
    }
}

impl From<&ticket::Model> for SlaDueKey {
    fn from(row: &ticket::Model) -> Self {
        Self(row.sla_due_at.timestamp_micros(), row.id.0)
    }
}

impl From<&ticket::Model> for UrgencyKey {
    fn from(row: &ticket::Model) -> Self {
        Self(
            row.priority.rank(),
            row.created_at.timestamp_micros(),
            row.id.0,
        )
    }
}

impl From<&ticket::Model> for NewestKey {
    fn from(row: &ticket::Model) -> Self {
        Self(row.created_at.timestamp_micros(), row.id.0)
    }
}

/// A point in time from microseconds since 1970, as a value of a cursor.
pub(super) fn time(micros: i64) -> Value {
    let time = entity::Timestamp::from_timestamp_micros(micros);
    time.filter(|time| clock::can_be_kept(*time))
        .unwrap_or_default()
        .into()
}

/// The cursor of `row` in a list of this order.
pub fn cursor(order: QueueOrder, row: &ticket::Model) -> String {
    match order {
        QueueOrder::Urgency => UrgencyKey::from(row).encode(),
        QueueOrder::Newest => NewestKey::from(row).encode(),
        QueueOrder::SlaDue => SlaDueKey::from(row).encode(),
    }
}

#[derive(FromQueryResult)]
struct CountRow {
    status: TicketStatus,
    priority: Priority,
    total: i64,
    mine: i64,
    unassigned: i64,
}

impl Desk {
    /// A ticket by id, `None` if it is not there for `actor`.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn ticket(&self, actor: Actor, id: TicketId) -> Result<Option<ticket::Model>> {
        let found = visible_to(actor).filter(ticket::Column::Id.eq(id));
        Ok(found.one(self.db.read()).await?)
    }

    /// A ticket by its number, in any spelling of SUP-00042.
    pub async fn ticket_by_number(
        &self,
        actor: Actor,
        number: &str,
    ) -> Result<Option<ticket::Model>> {
        let Some(number) = parse_number(number) else {
            return Ok(None);
        };
        let found = visible_to(actor).filter(ticket::Column::Number.eq(number));
        Ok(found.one(self.db.read()).await?)
    }

    /// Those of `ids` that are there for `actor`, in no order.
    pub async fn tickets(&self, actor: Actor, ids: &[TicketId]) -> Result<Vec<ticket::Model>> {
        let db = self.db.read();
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(self.db.backend(), ticket::Column::Id, ArrayType::Uuid, ids);
        Ok(visible_to(actor).filter(wanted).all(db).await?)
    }

    /// A page of the queue, and the position in the event log that it reflects: everything up to
    /// there is in it, and following from there misses nothing.
    pub async fn queue(
        &self,
        actor: Actor,
        filter: &QueueFilter,
        order: QueueOrder,
        page: &PageArgs,
    ) -> Result<(Page<ticket::Model>, Position)> {
        permit(actor, Action::ViewQueue)?;
        // Read before the rows are: what comes between is replayed rather than missed.
        let position = self.hub.head();
        let rows = visible_to(actor).filter(filter.condition(actor.id));
        Ok((self.sorted(rows, order, page).await?, position))
    }

    /// The tickets of the queue, counted.
    pub async fn queue_counts(&self, actor: Actor, filter: &QueueFilter) -> Result<QueueCounts> {
        permit(actor, Action::ViewQueue)?;
        let one_if = |condition: sea_orm::Condition| {
            Expr::case(condition, Expr::val(1_i64)).finally(Expr::val(0_i64))
        };
        let unassigned = sea_orm::Condition::all().add(ticket::Column::AssigneeId.is_null());
        let rows = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::Status)
            .column(ticket::Column::Priority)
            .column_as(ticket::Column::Id.count(), "total")
            .column_as(whole(Expr::expr(one_if(mine(actor.id))).sum()), "mine")
            .column_as(whole(Expr::expr(one_if(unassigned)).sum()), "unassigned")
            .filter(filter.condition(actor.id))
            .group_by(ticket::Column::Status)
            .group_by(ticket::Column::Priority)
            .into_model::<CountRow>()
            .all(self.db.read())
            .await?;
        let sum = |wanted: &dyn Fn(&CountRow) -> bool, of: fn(&CountRow) -> i64| {
            rows.iter().filter(|row| wanted(row)).map(of).sum::<i64>()
        };
        let statuses = TicketStatus::ALL.iter().copied();
        let priorities = Priority::ALL.iter().copied();
        Ok(QueueCounts {
            total: sum(&|_| true, |row| row.total),
            mine: sum(&|_| true, |row| row.mine),
            unassigned: sum(&|_| true, |row| row.unassigned),
            by_status: statuses
                .map(|status| (status, sum(&|row| row.status == status, |row| row.total)))
                .collect(),
            by_priority: priorities
                .map(|wanted| (wanted, sum(&|row| row.priority == wanted, |row| row.total)))
                .collect(),
        })
    }

    /// How many tickets there are in the queue.
    pub async fn queue_total(&self, actor: Actor, filter: &QueueFilter) -> Result<i64> {
        permit(actor, Action::ViewQueue)?;
        let rows = visible_to(actor).filter(filter.condition(actor.id));
        count(rows.count(self.db.read()).await?)
    }

    /// A customer's own tickets, or those that a member of staff works on, newest first.
    pub async fn my_tickets(
        &self,
        actor: Actor,
        status: &[TicketStatus],
        page: &PageArgs,
    ) -> Result<Page<ticket::Model>> {
        self.sorted(my_tickets(actor, status), QueueOrder::Newest, page)
            .await
    }

    /// How many tickets [`Self::my_tickets`] lists.
    pub async fn my_total(&self, actor: Actor, status: &[TicketStatus]) -> Result<i64> {
        count(my_tickets(actor, status).count(self.db.read()).await?)
    }

    async fn sorted(
        &self,
        rows: sea_orm::Select<ticket::Entity>,
        order: QueueOrder,
        page: &PageArgs,
    ) -> Result<Page<ticket::Model>> {
        use ticket::Column::{CreatedAt, Id, Priority, SlaDueAt};
        let db = self.db.read();
        match order {
            QueueOrder::Urgency => {
                let window = page.window::<UrgencyKey>()?;
                window
                    .fetch(db, rows, &[Priority, CreatedAt, Id], true)
                    .await
            }
            QueueOrder::Newest => {
                let window = page.window::<NewestKey>()?;
                window.fetch(db, rows, &[CreatedAt, Id], false).await
            }
            QueueOrder::SlaDue => {
                let window = page.window::<SlaDueKey>()?;
                window.fetch(db, rows, &[SlaDueAt, Id], true).await
            }
        }
    }
}

fn my_tickets(actor: Actor, status: &[TicketStatus]) -> sea_orm::Select<ticket::Entity> {
    let rows = visible_to(actor);
    let rows = if actor.is_staff() {
        rows.filter(mine(actor.id))
    } else {
        rows
    };
    let wanted = QueueFilter {
        status: status.to_vec(),
        ..QueueFilter::default()
    };
    rows.filter(wanted.condition(actor.id))
}

/// A sum of whole numbers as a bigint: PostgreSQL sums into numeric.
fn whole(sum: Expr) -> Expr {
    sum.cast_as("bigint")
}

/// A count as clients get it.
pub(crate) fn count(rows: u64) -> Result<i64> {
    i64::try_from(rows).map_err(Error::internal)
}

/// The number as people read it: SUP-00042.
pub fn format_number(number: i64) -> String {
    format!("SUP-{number:05}")
}

fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("SUP-"))
        .map(|_| &text[4..]);
    let digits = digits.unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_any_spelling() {
        for text in ["SUP-00042", "sup-42", " 42 ", "SUP-0000000042"] {
            assert_eq!(parse_number(text), Some(42), "{text}");
        }
        for text in [
            "",
            "SUP-",
            "SUP",
            "SUP-4x",
            "-42",
            "+42",
            "äöü",
            "99999999999999999999",
        ] {
            assert_eq!(parse_number(text), None, "{text}");
        }
        assert_eq!(format_number(1), "SUP-00001");
        assert_eq!(format_number(1_234_567), "SUP-1234567");
    }
}
