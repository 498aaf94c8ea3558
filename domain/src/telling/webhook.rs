//! Setting up endpoints of other systems (requirement N7).

use entity::{
    DeliveryState, EventKind, WebhookId, delivery,
    webhook_endpoint::{self, EventKinds, Secrets},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;

use super::{
    address::{LONGEST_URL, check_url},
    outbox::unclaimed,
    rotate::new_secret,
};
use crate::{
    Error, Result, UserErrorCode,
    command::{Command, Work},
    db::{database_now, lock_endpoints},
    permission::Action,
    text::{Check, MAX_WORD},
};

/// How many endpoints there can be.
const MAX_ENDPOINTS: u64 = 50;

/// Makes an endpoint, or changes one.
#[derive(Clone, Debug, Serialize)]
pub struct SaveWebhookEndpoint {
    /// The endpoint to change; `None` makes one, with a secret.
    pub id: Option<WebhookId>,
    /// Where events are posted.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kinds of events that it gets; none named means all.
    pub kinds: Vec<EventKind>,
    /// Whether it gets anything; `None` leaves it as it is, and a new one does.
    pub enabled: Option<bool>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SaveWebhookEndpoint {
    /// The secret is not part of it: answers are kept.
    type Output = WebhookId;
    const NAME: &'static str = "saveWebhookEndpoint";
    const ACTION: Action = Action::ManageWebhooks;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<WebhookId> {
        let mut check = Check::default();
        let url = check.line(&self.url, &["url"], LONGEST_URL);
        if !check.has_failed()
            && let Err(problem) = check_url(&url, work.settings().webhooks_allow_private)
        {
            check.fail(UserErrorCode::Invalid, &["url"], problem);
        }
        let description = self.description.as_deref();
        let description = check.optional_text(description, &["description"], MAX_WORD);
        check.finish()?;
        let description = description.unwrap_or_default();
        let mut kinds: Vec<EventKind> = EventKind::ALL.to_vec();
        kinds.retain(|kind| self.kinds.contains(kind));
        match self.id {
            None => make(work, url, description, EventKinds(kinds), self.enabled).await,
            Some(id) => {
                let known = locked(work, id, "id").await?;
                let enabled = self.enabled.unwrap_or(known.enabled);
                let mut change = webhook_endpoint::ActiveModel {
                    enabled: Set(enabled),
                    description: Set(description),
                    kinds: Set(EventKinds(kinds)),
                    updated_at: Set(work.now),
                    ..Default::default()
                };
                // What failed before does not count against what is mended.
                if enabled && (!known.enabled || known.url != url) {
                    change.disabled_because = Set(None);
                    change.failures = Set(0);
                    change.failing_since = Set(None);
                    change.paused_until = Set(None);
                }
                change.url = Set(url);
                write(work, id, change).await
            }
        }
    }
}

async fn make(
    work: &Work,
    url: String,
    description: String,
    kinds: EventKinds,
    enabled: Option<bool>,
) -> Result<WebhookId> {
    // Two that make the last one at the same time do so in turn.
    lock_endpoints(work.tx()).await?;
    if endpoints().count(work.tx()).await? >= MAX_ENDPOINTS {
        let message = format!(
            "There are {MAX_ENDPOINTS} endpoints already, and more are not possible. Change or \
             delete one that is not used any more."
        );
        return Err(Error::user(UserErrorCode::TooLong, &[], message));
    }
    let id = work.clock().new_id();
    let row = webhook_endpoint::Model {
        id,
        url,
        description,
        kinds,
        secrets: Secrets(vec![new_secret()]),
        enabled: enabled.unwrap_or(true),
        disabled_because: None,
        failures: 0,
        failing_since: None,
        paused_until: None,
        created_at: work.now,
        updated_at: work.now,
        deleted_at: None,
    };
    webhook_endpoint::Entity::insert(row.into_active_model())
        .exec_without_returning(work.tx())
        .await?;
    Ok(id)
}

/// Removes an endpoint. What waits for it is not sent any more.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteWebhookEndpoint {
    /// The endpoint.
    pub id: WebhookId,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for DeleteWebhookEndpoint {
    type Output = WebhookId;
    const NAME: &'static str = "deleteWebhookEndpoint";
    const ACTION: Action = Action::ManageWebhooks;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<WebhookId> {
        // The planner holds the endpoints for which it writes: nothing comes after this.
        locked(work, self.id, "endpointId").await?;
        let gone = webhook_endpoint::ActiveModel {
            enabled: Set(false),
            secrets: Set(Secrets::default()),
            updated_at: Set(work.now),
            deleted_at: Set(Some(work.now)),
            ..Default::default()
        };
        write(work, self.id, gone).await?;
        let skipped = delivery::ActiveModel {
            state: Set(DeliveryState::Skipped),
            last_error: Set(Some("Its endpoint was deleted.".to_owned())),
            settled_at: Set(Some(database_now(work.tx(), work.clock()).await?)),
            ..unclaimed()
        };
        let ambiguous =
            Expr::col(delivery::Column::Ambiguous).or(Expr::col(delivery::Column::Sending));
        delivery::Entity::update_many()
            .set(skipped)
            .col_expr(delivery::Column::Ambiguous, ambiguous)
            .filter(delivery::Column::EndpointId.eq(self.id))
            .filter(delivery::Column::State.eq(DeliveryState::Pending))
            .filter(delivery::Column::Channel.eq(entity::Channel::Webhook))
            .exec(work.tx())
            .await?;
        Ok(self.id)
    }
}

/// The endpoints that are not deleted.
pub(super) fn endpoints() -> Select<webhook_endpoint::Entity> {
    webhook_endpoint::Entity::find().filter(webhook_endpoint::Column::DeletedAt.is_null())
}

/// Those of them to which something may be sent.
pub(super) fn switched_on() -> Select<webhook_endpoint::Entity> {
    endpoints().filter(webhook_endpoint::Column::Enabled.eq(true))
}

/// The endpoint, locked.
pub(super) async fn locked(
    work: &Work,
    id: WebhookId,
    field: &str,
) -> Result<webhook_endpoint::Model> {
    let row = endpoints()
        .filter(webhook_endpoint::Column::Id.eq(id))
        .lock_exclusive()
        .one(work.tx())
        .await?;
    row.ok_or_else(|| Error::not_found("webhook endpoint", &[field]))
}

/// Writes a change of an endpoint that is locked.
pub(super) async fn write(
    work: &Work,
    id: WebhookId,
    change: webhook_endpoint::ActiveModel,
) -> Result<WebhookId> {
    webhook_endpoint::Entity::update_many()
        .set(change)
        .filter(webhook_endpoint::Column::Id.eq(id))
        .exec(work.tx())
        .await?;
    Ok(id)
}
