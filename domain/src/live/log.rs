//! Reading the event log in order.

use std::sync::Arc;

use entity::{EventKind, TicketId, Timestamp, event, ticket};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use super::hub::{Entry, LiveEvent};
use crate::{
    Error, Position, Result,
    db::{Db, horizon},
};

/// The last position that readers may go to: nothing can appear before it any more.
pub(super) async fn head(db: &Db) -> Result<Position> {
    let row = event::Entity::find()
        .filter(Expr::cust(horizon(db.backend())))
        .order_by_desc(event::Column::Xid)
        .order_by_desc(event::Column::Seq)
        .one(db.read())
        .await?;
    Ok(row.as_ref().map_or_else(Position::default, Position::from))
}

/// The first position that is still in the log, if there is any.
pub(super) async fn oldest(db: &Db) -> Result<Option<Position>> {
    let row = event::Entity::find()
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq)
        .one(db.read())
        .await?;
    Ok(row.as_ref().map(Position::from))
}

/// Whether the log still has its beginning: the creation of the oldest ticket. Numbers do not tell,
/// since those of transactions that were taken back are missing at the beginning too.
pub(super) async fn is_whole(db: &Db) -> Result<bool> {
    let oldest = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .order_by_asc(ticket::Column::Id)
        .limit(1)
        .into_tuple::<TicketId>()
        .one(db.read())
        .await?;
    let Some(ticket) = oldest else {
        return Ok(true);
    };
    let created = event::Entity::find()
        .filter(event::Column::TicketId.eq(ticket))
        .filter(event::Column::Kind.eq(EventKind::TicketCreated));
    Ok(created.one(db.read()).await?.is_some())
}

/// Up to `limit` entries behind `after`, of one ticket or of all, in order. One that cannot be read (a newer version of the
/// server wrote it) is an entry without an event: its place counts, and nobody is held up by it.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    ticket: Option<TicketId>,
    after: Position,
    limit: u64,
) -> Result<Vec<Entry>> {
    let rows = behind(db, after).limit(limit);
    let rows = match ticket {
        Some(ticket) => rows.filter(event::Column::TicketId.eq(ticket)),
        None => rows,
    };
    let rows = db
        .query_all_raw(rows.build(db.get_database_backend()))
        .await?;
    rows.iter().map(entry).collect()
}

/// The events behind `after`, in order.
fn behind(db: &impl ConnectionTrait, after: Position) -> Select<event::Entity> {
    event::Entity::find()
        .filter(is_behind(after))
        .filter(Expr::cust(horizon(db.get_database_backend())))
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq)
}

/// Up to `limit` places behind `after` and the tickets of their events, in order. The events are not
/// looked at.
pub(crate) async fn places(
    db: &impl ConnectionTrait,
    after: Position,
    limit: u64,
) -> Result<Vec<(Position, TicketId)>> {
    let rows = behind(db, after)
        .select_only()
        .columns([
            event::Column::Xid,
            event::Column::Seq,
            event::Column::TicketId,
        ])
        .limit(limit)
        .into_tuple::<(i64, i64, TicketId)>()
        .all(db)
        .await?;
    let place = |(xid, seq, ticket)| (Position { xid, seq }, ticket);
    Ok(rows.into_iter().map(place).collect())
}

/// The tickets of events behind `after` that are not of one of the kinds `without`, also of those
/// events that a transaction which still runs could yet precede. `None` if there are more than `most`
/// events: who asks does not want to go through them all.
pub(crate) async fn tickets_behind(
    db: &impl ConnectionTrait,
    after: Position,
    without: &[EventKind],
    most: u64,
) -> Result<Option<Vec<TicketId>>> {
    let rows = event::Entity::find()
        .select_only()
        .column(event::Column::TicketId)
        .filter(is_behind(after))
        .filter(event::Column::Kind.is_not_in(without.iter().copied()))
        .limit(most + 1)
        .into_tuple();
    let mut tickets: Vec<TicketId> = rows.all(db).await?;
    if u64::try_from(tickets.len()).is_ok_and(|found| found > most) {
        return Ok(None);
    }
    tickets.sort_unstable();
    tickets.dedup();
    Ok(Some(tickets))
}

/// How many events are behind `after` that readers may read; `most` if there are more.
pub(crate) async fn count_behind(
    db: &impl ConnectionTrait,
    after: Position,
    most: u64,
) -> Result<u64> {
    let rows = behind(db, after)
        .select_only()
        .column(event::Column::Seq)
        .limit(most);
    Ok(rows.count(db).await?)
}

/// When the earliest event behind `after` happened, if there is one, also of those that a transaction
/// which still runs could yet precede. Of the first thousand of them.
pub(crate) async fn earliest_behind(
    db: &impl ConnectionTrait,
    after: Position,
) -> Result<Option<Timestamp>> {
    let rows = event::Entity::find()
        .select_only()
        .column(event::Column::At)
        .filter(is_behind(after))
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq)
        .limit(1_000)
        .into_tuple::<Timestamp>();
    Ok(rows.all(db).await?.into_iter().min())
}

/// A condition: the event is behind `after`.
fn is_behind(after: Position) -> Expr {
    let place = Expr::tuple([
        event::Column::Xid.into_expr(),
        event::Column::Seq.into_expr(),
    ]);
    let after = Expr::tuple([Expr::val(after.xid), Expr::val(after.seq)]);
    place.gt(after)
}

/// When the first event behind `after` happened, if there is one.
pub(crate) async fn first_behind(
    db: &impl ConnectionTrait,
    after: Position,
) -> Result<Option<Timestamp>> {
    let first = behind(db, after)
        .select_only()
        .column(event::Column::At)
        .limit(1)
        .into_tuple::<Timestamp>();
    Ok(first.one(db).await?)
}

fn entry(row: &QueryResult) -> Result<Entry> {
    let position = Position {
        xid: row.try_get("", "xid")?,
        seq: row.try_get("", "seq")?,
    };
    let event = event::Model::from_query_result(row, "").map_err(Error::from);
    let event = match event.and_then(LiveEvent::new) {
        Ok(event) => Some(Arc::new(event)),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                event.seq = position.seq,
                "an event cannot be read; its followers are told to load everything again"
            );
            None
        }
    };
    Ok(Entry { position, event })
}
