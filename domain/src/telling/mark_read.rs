//! Marking notifications as read.

use entity::{UserId, inbox, notification};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::Serialize;

use super::{inbox::told, preference::DIGEST_MINUTES};
use crate::{
    Error, Result, UserErrorCode,
    command::{Command, Work},
    permission::Action,
};

/// The most that one request can name.
const MOST: usize = 500;

/// Marks notifications as read: those that are named, those up to one, or all. What was read already
/// stays as it is.
#[derive(Clone, Debug, Serialize)]
pub struct MarkNotificationsRead {
    /// These.
    pub ids: Option<Vec<i64>>,
    /// This one and all that are older.
    pub up_to: Option<i64>,
    /// Everything.
    pub all: bool,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for MarkNotificationsRead {
    /// How many were marked.
    type Output = u64;
    const NAME: &'static str = "markNotificationsRead";
    const ACTION: Action = Action::SetOwnNotifications;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<u64> {
        let unread = notification::Column::ReadAt.is_null();
        let unread = told(work.actor).add(unread);
        let unread = match (&self.ids, self.up_to, self.all) {
            (Some(ids), None, false) => {
                check(work, ids, "ids").await?;
                unread.add(notification::Column::Id.is_in(ids.iter().copied()))
            }
            (None, Some(up_to), false) => {
                check(work, &[up_to], "upTo").await?;
                unread.add(notification::Column::Id.lte(up_to))
            }
            (None, None, true) => unread,
            _ => {
                let message =
                    "Say which notifications: give either `ids`, or `upTo`, or `all: true`.";
                return Err(Error::user(UserErrorCode::Invalid, &[], message));
            }
        };
        // Before the rows are touched: two that mark the same at the same time do so in turn.
        lock(work).await?;
        let marked = notification::Entity::update_many()
            .col_expr(notification::Column::ReadAt, Expr::val(work.now))
            .filter(unread)
            .exec(work.tx())
            .await?
            .rows_affected;
        if marked > 0 {
            let next = Expr::col(inbox::Column::Revision).add(1_i64);
            inbox::Entity::update_many()
                .col_expr(inbox::Column::Revision, next)
                .filter(inbox::Column::UserId.eq(work.actor.id))
                .exec(work.tx())
                .await?;
        }
        Ok(marked)
    }
}

/// Passes if all of `ids` are there for the actor.
async fn check(work: &Work, ids: &[i64], field: &str) -> Result<()> {
    if ids.len() > MOST {
        let message = format!(
            "`{field}` names {} notifications, at most {MOST} are possible. Use `upTo` for more.",
            ids.len()
        );
        return Err(Error::user(UserErrorCode::TooLong, &[field], message));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let wanted = told(work.actor).add(notification::Column::Id.is_in(ids.iter().copied()));
    let found = notification::Entity::find().filter(wanted);
    let found = found.count(work.tx()).await?;
    if found < ids.len() as u64 {
        return Err(Error::not_found("notification", &[field]));
    }
    Ok(())
}

/// Makes the actor's inbox if there is none, and locks it.
pub(super) async fn lock(work: &Work) -> Result<UserId> {
    let id = work.actor.id;
    let usual = inbox::ActiveModel {
        user_id: Set(id),
        revision: Set(0),
        digest_minutes: Set(DIGEST_MINUTES),
    };
    let once = OnConflict::column(inbox::Column::UserId)
        .do_nothing()
        .to_owned();
    inbox::Entity::insert(usual)
        .on_conflict(once)
        .exec_without_returning(work.tx())
        .await?;
    inbox::Entity::find_by_id(id)
        .lock_exclusive()
        .one(work.tx())
        .await?;
    Ok(id)
}
