//! Endpoints of other systems, as the worker sees them (requirement N7).

use chrono::TimeDelta;
use entity::{Timestamp, WebhookId, webhook_endpoint};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};

use super::{backoff::pause, outbox::Outbox, webhook::switched_on};
use crate::Result;

/// An endpoint that fails all attempts for so long is switched off.
const PATIENCE: TimeDelta = TimeDelta::days(5);

/// The longest that nothing is tried at an endpoint that fails.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

impl Outbox {
    /// The endpoints for which something waits and at which something may be tried now.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn endpoints(&self) -> Result<Vec<webhook_endpoint::Model>> {
        let now = self.now().await?;
        let free = Condition::any()
            .add(webhook_endpoint::Column::PausedUntil.is_null())
            .add(webhook_endpoint::Column::PausedUntil.lte(now));
        let waits = "EXISTS (SELECT 1 FROM delivery WHERE delivery.endpoint_id = webhook_endpoint.id \
            AND delivery.state = 'PENDING' AND delivery.channel = 'WEBHOOK')";
        let rows = switched_on()
            .filter(free)
            .filter(Expr::cust(waits))
            .order_by_asc(webhook_endpoint::Column::Id);
        Ok(rows.all(self.db.read()).await?)
    }

    /// The endpoint as it is now, if something may still be sent to it.
    pub async fn endpoint(&self, id: WebhookId) -> Result<Option<webhook_endpoint::Model>> {
        let row = switched_on().filter(webhook_endpoint::Column::Id.eq(id));
        Ok(row.one(self.db.read()).await?)
    }

    /// Notes that an endpoint took something: what failed before is forgiven.
    pub async fn endpoint_took(&self, endpoint: &webhook_endpoint::Model) -> Result<()> {
        if endpoint.failures == 0 && endpoint.failing_since.is_none() {
            return Ok(());
        }
        let well = webhook_endpoint::ActiveModel {
            failures: Set(0),
            failing_since: Set(None),
            paused_until: Set(None),
            ..Default::default()
        };
        self.change(endpoint, well).await
    }

    /// Notes that an endpoint failed. Nothing more is tried for a while; one that has failed for five
    /// days, or that wants nothing more (`gone`), is switched off. What waits for it stays.
    pub async fn endpoint_failed(
        &self,
        endpoint: &webhook_endpoint::Model,
        error: &str,
        gone: bool,
        jitter: f64,
    ) -> Result<()> {
        let now = self.now().await?;
        let failures = endpoint.failures.saturating_add(1);
        let since = endpoint.failing_since.unwrap_or(now);
        let change = webhook_endpoint::ActiveModel {
            failures: Set(failures),
            failing_since: Set(Some(since)),
            paused_until: Set(Some(now + pause(failures, jitter).min(LONGEST_PAUSE))),
            ..Default::default()
        };
        let change = match because(since, now, error, gone) {
            None => change,
            Some(because) => {
                tracing::warn!(
                    webhook.id = %endpoint.id,
                    because,
                    "an endpoint is switched off"
                );
                webhook_endpoint::ActiveModel {
                    enabled: Set(false),
                    disabled_because: Set(Some(because)),
                    ..change
                }
            }
        };
        self.change(endpoint, change).await
    }

    /// Writes it down, unless a person has changed the endpoint meanwhile: what it did before does
    /// not count against what it is now.
    async fn change(
        &self,
        endpoint: &webhook_endpoint::Model,
        row: webhook_endpoint::ActiveModel,
    ) -> Result<()> {
        webhook_endpoint::Entity::update_many()
            .set(row)
            .filter(webhook_endpoint::Column::Id.eq(endpoint.id))
            .filter(webhook_endpoint::Column::UpdatedAt.eq(endpoint.updated_at))
            .exec(self.db.admin())
            .await?;
        Ok(())
    }
}

/// Why an endpoint is switched off, if it is.
fn because(since: Timestamp, now: Timestamp, error: &str, gone: bool) -> Option<String> {
    if gone {
        return Some("It answered 410 Gone: it wants no more events.".to_owned());
    }
    (now - since >= PATIENCE).then(|| {
        format!(
            "Nothing was taken for {} days: {error}",
            PATIENCE.num_days()
        )
    })
}
