//! Notifications of the asker by id.

use std::{collections::HashMap, sync::Arc};

use entity::notification;

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NotificationKey(pub(crate) i64);

impl async_graphql::dataloader::Loader<NotificationKey> for Loader {
    type Value = Arc<notification::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[NotificationKey],
    ) -> Result<HashMap<NotificationKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.notifications_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (NotificationKey(row.id), Arc::new(row)))
            .collect())
    }
}
