//! Deliveries, what they tell of, and endpoints by id.

use std::{collections::HashMap, sync::Arc};

use entity::{EventKind, WebhookId, delivery, webhook_endpoint};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DeliveryKey(pub(crate) i64);

impl async_graphql::dataloader::Loader<DeliveryKey> for Loader {
    type Value = Arc<delivery::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[DeliveryKey],
    ) -> Result<HashMap<DeliveryKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.deliveries_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (DeliveryKey(row.id), Arc::new(row)))
            .collect())
    }
}

/// The kind of an event, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventKindKey(pub(crate) i64);

impl async_graphql::dataloader::Loader<EventKindKey> for Loader {
    type Value = EventKind;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[EventKindKey],
    ) -> Result<HashMap<EventKindKey, Self::Value>, Self::Error> {
        let numbers: Vec<_> = keys.iter().map(|key| key.0).collect();
        let kinds = self.desk.event_kinds(self.actor()?, &numbers).await?;
        Ok(kinds
            .into_iter()
            .map(|(number, kind)| (EventKindKey(number), kind))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WebhookEndpointKey(pub(crate) WebhookId);

impl async_graphql::dataloader::Loader<WebhookEndpointKey> for Loader {
    type Value = Arc<webhook_endpoint::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[WebhookEndpointKey],
    ) -> Result<HashMap<WebhookEndpointKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self
            .desk
            .webhook_endpoints_by_id(self.actor()?, &ids)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (WebhookEndpointKey(row.id), Arc::new(row)))
            .collect())
    }
}
