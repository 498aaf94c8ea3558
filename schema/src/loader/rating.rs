//! Ratings of tickets.

use std::{collections::HashMap, sync::Arc};

use entity::{TicketId, rating};

use super::Loader;

/// What a ticket's customer answered, if they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RatingKey(pub(crate) TicketId);

impl async_graphql::dataloader::Loader<RatingKey> for Loader {
    type Value = Option<rating::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[RatingKey],
    ) -> Result<HashMap<RatingKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut ratings: HashMap<_, _> = keys.iter().map(|&key| (key, None)).collect();
        for row in self.desk.ratings(&ids).await? {
            ratings.insert(RatingKey(row.ticket_id), Some(row));
        }
        Ok(ratings)
    }
}
