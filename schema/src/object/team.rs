//! Teams.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::team;

use super::User;
use crate::{
    context::signed_in,
    error::OrGraphql,
    id::GlobalId,
    loader::{MembersKey, PersonKey},
};

/// A team of staff.
#[derive(Clone, Debug)]
pub(crate) struct Team(pub(crate) Arc<team::Model>);

/// A team of staff that tickets can be handed to. Only staff see teams.
#[Object]
impl Team {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Team(self.0.id).encode()
    }

    /// The team's name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who is in it, by name.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
        let (asked, _) = signed_in(ctx)?;
        let ids = asked
            .loaders
            .load_one(MembersKey(self.0.id))
            .await
            .or_graphql()?;
        let keys = ids.unwrap_or_default().into_iter().map(PersonKey);
        let people = asked.loaders.load_many(keys).await.or_graphql()?;
        let mut people: Vec<_> = people.into_values().map(User).collect();
        people.sort_by(|a, b| (&a.0.name, a.0.id).cmp(&(&b.0.name, b.0.id)));
        Ok(people)
    }
}
