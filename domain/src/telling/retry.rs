//! Having deliveries tried again.

use std::collections::HashMap;

use entity::{DeliveryState, WebhookId, delivery, webhook_endpoint};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::Serialize;

use crate::{
    Error, Result, UserErrorCode,
    command::{Command, Work},
    db::database_now,
    permission::Action,
    text::Check,
};

/// The most that one request can name.
const MOST: usize = 100;

/// Has deliveries tried again: those that failed for good or were skipped begin anew, those that wait
/// for their next attempt are tried at once. All of them, or none.
#[derive(Clone, Debug, Serialize)]
pub struct RetryDeliveries {
    /// These.
    pub ids: Vec<i64>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for RetryDeliveries {
    type Output = ();
    const NAME: &'static str = "retryDeliveries";
    const ACTION: Action = Action::RetryDeliveries;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<()> {
        self.check_length()?;
        let mut ids = self.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let endpoints = lock_endpoints_of(work, &ids).await?;
        let rows = delivery::Entity::find()
            .filter(delivery::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(delivery::Column::Id)
            .lock_exclusive()
            .all(work.tx())
            .await?;
        let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut check = Check::default();
        for (place, id) in self.ids.iter().enumerate() {
            let field = &["ids", &place.to_string()];
            match rows.get(id) {
                None => check.fail(
                    UserErrorCode::NotFound,
                    field,
                    "There is no such delivery. Check the id, it may be mistyped.",
                ),
                Some(row) => {
                    if let Some(problem) = problem(row, &endpoints) {
                        check.fail(UserErrorCode::Invalid, field, problem);
                    }
                }
            }
        }
        check.finish()?;

        let now = database_now(work.tx(), work.clock()).await?;
        let again = delivery::ActiveModel {
            next_at: Set(now),
            ..Default::default()
        };
        let anew = delivery::ActiveModel {
            state: Set(DeliveryState::Pending),
            attempts: Set(0),
            settled_at: Set(None),
            ..again.clone()
        };
        for (change, waits) in [(again, true), (anew, false)] {
            let some = rows.values().filter(|row| is_pending(row) == waits);
            let some: Vec<_> = some.map(|row| row.id).collect();
            if !some.is_empty() {
                delivery::Entity::update_many()
                    .set(change)
                    .filter(delivery::Column::Id.is_in(some))
                    .exec(work.tx())
                    .await?;
            }
        }
        // An endpoint that failed is left alone for a while: now somebody says that it is well.
        webhook_endpoint::Entity::update_many()
            .col_expr(
                webhook_endpoint::Column::PausedUntil,
                Expr::val(Option::<entity::Timestamp>::None),
            )
            .filter(webhook_endpoint::Column::Id.is_in(endpoints.into_keys()))
            .exec(work.tx())
            .await?;
        Ok(())
    }
}

impl RetryDeliveries {
    fn check_length(&self) -> Result<()> {
        let (code, message) = match self.ids.len() {
            0 => (
                UserErrorCode::Required,
                "`ids` is empty. Name at least one delivery.".to_owned(),
            ),
            1..=MOST => return Ok(()),
            length => (
                UserErrorCode::TooLong,
                format!(
                    "`ids` names {length} deliveries, at most {MOST} are possible. Send some of \
                     them with another request."
                ),
            ),
        };
        Err(Error::user(code, &["ids"], message))
    }
}

/// Locks the endpoints to which deliveries go, as who deletes one does, and says which are there.
/// Before the deliveries, so that nobody waits for somebody who waits for them.
async fn lock_endpoints_of(work: &Work, ids: &[i64]) -> Result<HashMap<WebhookId, bool>> {
    let wanted: Vec<Option<WebhookId>> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::EndpointId)
        .distinct()
        .filter(delivery::Column::Id.is_in(ids.iter().copied()))
        .filter(delivery::Column::EndpointId.is_not_null())
        .into_tuple()
        .all(work.tx())
        .await?;
    let rows = webhook_endpoint::Entity::find()
        .filter(webhook_endpoint::Column::Id.is_in(wanted.into_iter().flatten()))
        .order_by_asc(webhook_endpoint::Column::Id)
        .lock_exclusive()
        .all(work.tx())
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.id, row.deleted_at.is_none())).collect())
}

fn is_pending(row: &delivery::Model) -> bool {
    row.state == DeliveryState::Pending
}

/// Why a delivery cannot be tried again, if it cannot.
fn problem(row: &delivery::Model, endpoints: &HashMap<WebhookId, bool>) -> Option<&'static str> {
    let is_there = |id| endpoints.get(&id).copied().unwrap_or(false);
    match row.state {
        DeliveryState::Pending | DeliveryState::Dead | DeliveryState::Skipped => row
            .endpoint_id
            .is_some_and(|id| !is_there(id))
            .then_some("Its endpoint was deleted, so it goes nowhere. Leave it out."),
        DeliveryState::Sent => Some("It was sent: the other side took it. Leave it out."),
        DeliveryState::Bundled => {
            Some("It went out with a digest. Retry the digest if that failed, and leave this out.")
        }
        DeliveryState::Held => {
            Some("It waits for its digest and goes out with that. Leave it out.")
        }
    }
}
