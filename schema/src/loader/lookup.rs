//! Categories, subjects, teams, and the links of tickets.

use std::{collections::HashMap, sync::Arc};

use entity::{
    CategoryId, SubjectId, TeamId, TicketId, UserId, category, context_link, subject, team,
};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CategoryKey(pub(crate) CategoryId);

impl async_graphql::dataloader::Loader<CategoryKey> for Loader {
    type Value = Arc<category::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.categories_by_id(&ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (CategoryKey(row.id), Arc::new(row)))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SubjectKey(pub(crate) SubjectId);

impl async_graphql::dataloader::Loader<SubjectKey> for Loader {
    type Value = Arc<subject::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[SubjectKey],
    ) -> Result<HashMap<SubjectKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.subjects_by_id(&ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (SubjectKey(row.id), Arc::new(row)))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TeamKey(pub(crate) TeamId);

impl async_graphql::dataloader::Loader<TeamKey> for Loader {
    type Value = Arc<team::Model>;
    type Error = Arc<domain::Error>;

    async fn load(&self, keys: &[TeamKey]) -> Result<HashMap<TeamKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.teams_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (TeamKey(row.id), Arc::new(row)))
            .collect())
    }
}

/// Who is in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MembersKey(pub(crate) TeamId);

impl async_graphql::dataloader::Loader<MembersKey> for Loader {
    type Value = Vec<UserId>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[MembersKey],
    ) -> Result<HashMap<MembersKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut members: HashMap<_, _> = keys.iter().map(|&key| (key, Vec::new())).collect();
        for (team, person) in self.desk.team_members(self.actor()?, &ids).await? {
            members.entry(MembersKey(team)).or_default().push(person);
        }
        Ok(members)
    }
}

/// What of the host product a ticket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LinksKey(pub(crate) TicketId);

impl async_graphql::dataloader::Loader<LinksKey> for Loader {
    type Value = Vec<context_link::Model>;
    type Error = Arc<domain::Error>;

    async fn load(&self, keys: &[LinksKey]) -> Result<HashMap<LinksKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut links: HashMap<_, _> = keys.iter().map(|&key| (key, Vec::new())).collect();
        for link in self.desk.links(&ids).await? {
            links
                .entry(LinksKey(link.ticket_id))
                .or_default()
                .push(link);
        }
        Ok(links)
    }
}
