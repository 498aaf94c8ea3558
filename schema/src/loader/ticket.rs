//! Tickets by id.

use std::{collections::HashMap, sync::Arc};

use entity::{TicketId, ticket};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TicketKey(pub(crate) TicketId);

impl async_graphql::dataloader::Loader<TicketKey> for Loader {
    type Value = Arc<ticket::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[TicketKey],
    ) -> Result<HashMap<TicketKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.tickets(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (TicketKey(row.id), Arc::new(row)))
            .collect())
    }
}
