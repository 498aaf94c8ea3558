//! People by id.

use std::{collections::HashMap, sync::Arc};

use entity::{UserId, user};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PersonKey(pub(crate) UserId);

impl async_graphql::dataloader::Loader<PersonKey> for Loader {
    type Value = Arc<user::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[PersonKey],
    ) -> Result<HashMap<PersonKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.people_by_id(&ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (PersonKey(row.id), Arc::new(row)))
            .collect())
    }
}
