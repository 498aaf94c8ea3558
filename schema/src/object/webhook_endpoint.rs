//! Endpoints of other systems.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::webhook_endpoint;

use crate::{context::signed_in, enums::ActivityKind, id::GlobalId};

/// An endpoint of another system.
#[derive(Clone, Debug)]
pub(crate) struct WebhookEndpoint(pub(crate) Arc<webhook_endpoint::Model>);

/// An endpoint of another system that is told of events. Only supervisors see endpoints. Its secret
/// is shown by the mutation that made it, and by none of these fields.
#[Object]
impl WebhookEndpoint {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::WebhookEndpoint(self.0.id).encode()
    }

    /// Where events are posted.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for; empty if nobody said.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The kinds of events that it gets; empty: all, those that are added later too.
    async fn event_kinds(&self) -> Vec<ActivityKind> {
        let kinds = self.0.kinds.0.iter();
        kinds.map(|&kind| kind.into()).collect()
    }

    /// Whether it gets anything. What happens while it is switched off is not kept for it; what waited
    /// before does wait.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// Why the desk switched it off; null if it did not. Switch it on again when it is mended.
    async fn disabled_because(&self) -> Option<&str> {
        self.0.disabled_because.as_deref()
    }

    /// How many attempts in a row failed.
    async fn failures(&self) -> i32 {
        self.0.failures
    }

    /// Since when all attempts have failed; null if the last one did not. After five days the desk
    /// switches it off.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since
    }

    /// Until when nothing is tried, since it failed; null if it did not.
    async fn paused_until(&self) -> Option<DateTime<Utc>> {
        self.0.paused_until
    }

    /// How many secrets sign now: more than one while one is replaced.
    async fn secrets_count(&self, ctx: &Context<'_>) -> Result<usize> {
        let (asked, _) = signed_in(ctx)?;
        let now = asked.desk.clock().now();
        let secrets = self.0.secrets.0.iter();
        let signing = secrets.filter(|secret| secret.until.is_none_or(|until| until > now));
        Ok(signing.count())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed by a person.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was deleted; null if it is there. Deliveries still name it.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}
