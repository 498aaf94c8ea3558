//! Endpoints of other systems.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::{Actor, telling};
use entity::WebhookId;

use super::run::split;
use crate::{
    context::{Asked, signed_in},
    enums::ActivityKind,
    error::OrGraphql,
    id::GlobalId,
    object::{UserError, WebhookEndpoint},
};

#[derive(Default)]
pub(crate) struct WebhookMutation;

/// What an endpoint is to be.
#[derive(InputObject)]
pub(crate) struct UpsertWebhookEndpointInput {
    /// The endpoint to change; left out, a new one is made. There can be 50.
    id: Option<ID>,
    /// Where events are posted: an https URL of the public internet, at most 2,048 characters, with
    /// no user name or password in it.
    url: String,
    /// What it is for, at most 200 characters.
    description: Option<String>,
    /// The kinds of events that it gets. Left out or empty: all, those that are added later too.
    event_kinds: Option<Vec<ActivityKind>>,
    /// Whether it gets anything. Left out: a new one does, and one that is changed stays as it is.
    /// Switching it on forgives what failed before.
    enabled: Option<bool>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// Which endpoint to delete.
#[derive(InputObject)]
pub(crate) struct DeleteWebhookEndpointInput {
    /// The endpoint.
    endpoint_id: ID,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// Which secret to replace.
#[derive(InputObject)]
pub(crate) struct RotateWebhookSecretInput {
    /// The endpoint.
    endpoint_id: ID,
    /// For how many hours the secrets before still sign beside the new one, 0 to 168; 24 if it is left
    /// out. 0 ends all of them at once.
    overlap_hours: Option<i32>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `upsertWebhookEndpoint` answers.
#[derive(SimpleObject)]
pub(crate) struct UpsertWebhookEndpointPayload {
    /// The endpoint; null if something has to be mended.
    endpoint: Option<WebhookEndpoint>,
    /// The newest secret of an endpoint that was made: `whsec_` and base64. Keep it, it is not shown
    /// again. Null if an endpoint was changed.
    secret: Option<String>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `deleteWebhookEndpoint` answers.
#[derive(SimpleObject)]
pub(crate) struct DeleteWebhookEndpointPayload {
    /// The id of the endpoint that is gone; null if something has to be mended.
    deleted_id: Option<ID>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `rotateWebhookSecret` answers.
#[derive(SimpleObject)]
pub(crate) struct RotateWebhookSecretPayload {
    /// The endpoint; null if something has to be mended.
    endpoint: Option<WebhookEndpoint>,
    /// The newest secret: `whsec_` and base64. Keep it, it is not shown again. Null if something has to
    /// be mended.
    secret: Option<String>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl WebhookMutation {
    /// Makes an endpoint or changes one. A new one gets a secret, which the answer shows. Supervisors
    /// only.
    async fn upsert_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the endpoint is to be.")] input: UpsertWebhookEndpointInput,
    ) -> Result<UpsertWebhookEndpointPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let UpsertWebhookEndpointInput {
            id,
            url,
            description,
            event_kinds,
            enabled,
            idempotency_key,
        } = input;
        let is_new = id.is_none();
        let command = telling::SaveWebhookEndpoint {
            id: id.as_ref().map(endpoint_id),
            url,
            description,
            kinds: event_kinds.into_iter().flatten().map(Into::into).collect(),
            enabled,
            idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        Ok(UpsertWebhookEndpointPayload {
            endpoint: endpoint(asked, actor, id).await?,
            secret: secret(asked, actor, id.filter(|_| is_new)).await?,
            user_errors,
        })
    }

    /// Deletes an endpoint. What waits for it is skipped. Supervisors only.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = telling::DeleteWebhookEndpoint {
            id: endpoint_id(&input.endpoint_id),
            idempotency_key: input.idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        asked.forget();
        Ok(DeleteWebhookEndpointPayload {
            deleted_id: id.map(|id| GlobalId::WebhookEndpoint(id).encode()),
            user_errors,
        })
    }

    /// Gives an endpoint a new secret, which the answer shows. The secrets before it sign beside it
    /// for some hours more. Supervisors only.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which secret.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let RotateWebhookSecretInput {
            endpoint_id: of,
            overlap_hours,
            idempotency_key,
        } = input;
        let command = telling::RotateWebhookSecret {
            id: endpoint_id(&of),
            overlap_hours: overlap_hours.unwrap_or(telling::USUAL_OVERLAP),
            idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        Ok(RotateWebhookSecretPayload {
            endpoint: endpoint(asked, actor, id).await?,
            secret: secret(asked, actor, id).await?,
            user_errors,
        })
    }
}

/// An id that names nothing is not found like one that names something that is not there.
fn endpoint_id(id: &ID) -> WebhookId {
    GlobalId::webhook_endpoint(id).unwrap_or(uuid::Uuid::nil().into())
}

async fn endpoint(
    asked: &Asked,
    actor: Actor,
    id: Option<WebhookId>,
) -> Result<Option<WebhookEndpoint>> {
    let Some(id) = id else { return Ok(None) };
    asked.forget();
    let rows = asked.desk.webhook_endpoints_by_id(actor, &[id]).await;
    let row = rows.or_graphql()?.pop();
    Ok(row.map(|row| WebhookEndpoint(Arc::new(row))))
}

async fn secret(asked: &Asked, actor: Actor, id: Option<WebhookId>) -> Result<Option<String>> {
    match id {
        Some(id) => asked.desk.webhook_secret(actor, id).await.or_graphql(),
        None => Ok(None),
    }
}
