//! Reading the event log in order.

use entity::event;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Position, Result,
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
    Ok(row.map_or_else(Position::default, |row| position(&row)))
}

/// The first position that is still in the log, if there is any.
pub(super) async fn oldest(db: &Db) -> Result<Option<Position>> {
    let row = event::Entity::find()
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq)
        .one(db.read())
        .await?;
    Ok(row.map(|row| position(&row)))
}

/// Up to `limit` events behind `after`, in order.
pub(super) async fn read(db: &Db, after: Position, limit: u64) -> Result<Vec<event::Model>> {
    let place = Expr::tuple([
        event::Column::Xid.into_expr(),
        event::Column::Seq.into_expr(),
    ]);
    let after = Expr::tuple([Expr::val(after.xid), Expr::val(after.seq)]);
    let rows = event::Entity::find()
        .filter(place.gt(after))
        .filter(Expr::cust(horizon(db.backend())))
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq)
        .limit(limit);
    Ok(rows.all(db.read()).await?)
}

pub(super) fn position(row: &event::Model) -> Position {
    Position {
        xid: row.xid,
        seq: row.seq,
    }
}
