//! Endpoints of other systems.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::{page::Key, telling::EndpointKey};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    object::WebhookEndpoint,
};

#[derive(Default)]
pub(crate) struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// The endpoints of other systems that are told of events, oldest first. Supervisors only: URLs
    /// may hold secrets.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<WebhookEndpointConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.webhook_endpoints(actor, &args).await;
        let cursor = |row: &entity::webhook_endpoint::Model| EndpointKey::from(row).encode();
        Ok(WebhookEndpointConnection::new(
            page.or_graphql()?,
            WebhookEndpointTotals,
            cursor,
            |row| WebhookEndpoint(Arc::new(row)),
        ))
    }
}

/// What the list of endpoints has beside its page.
pub(crate) struct WebhookEndpointTotals;

/// What the list of endpoints has beside its page.
#[Object]
impl WebhookEndpointTotals {
    /// How many endpoints there are.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.webhook_endpoints_total(actor).await.or_graphql()
    }
}

connection!(
    WebhookEndpointConnection of WebhookEndpointEdge, WebhookEndpoint, WebhookEndpointTotals,
    "endpoints of other systems"
);
