//! Small lists that the desk is configured with, and what hangs on tickets.

use entity::{
    CategoryId, SubjectId, TeamId, TicketId, UserId, category, context_link, subject, team,
    team_member,
};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value, sea_query::ArrayType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::count;
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
};

/// The sort key of the list of categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryKey(i32);

impl Key for CategoryKey {
    const TAG: &'static str = "category";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&category::Model> for CategoryKey {
    fn from(row: &category::Model) -> Self {
        Self(row.position)
    }
}

/// The sort key of the list of subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectKey(i32);

impl Key for SubjectKey {
    const TAG: &'static str = "subject";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&subject::Model> for SubjectKey {
    fn from(row: &subject::Model) -> Self {
        Self(row.position)
    }
}

/// The sort key of the list of teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamKey(String, Uuid);

impl Key for TeamKey {
    const TAG: &'static str = "team";
    fn values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into()]
    }
}

impl From<&team::Model> for TeamKey {
    fn from(row: &team::Model) -> Self {
        Self(row.name.clone(), row.id.0)
    }
}

impl Desk {
    /// A page of the categories in their order. Everybody who is signed in may see them.
    ///
    /// # Errors
    /// `BadInput` for bad page arguments, `Unavailable` when the database does not answer.
    pub async fn categories(&self, page: &PageArgs) -> Result<Page<category::Model>> {
        let window = page.window::<CategoryKey>()?;
        let rows = category::Entity::find();
        window
            .fetch(self.db.read(), rows, &[category::Column::Position], true)
            .await
    }

    /// How many categories there are.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn categories_total(&self) -> Result<i64> {
        count(category::Entity::find().count(self.db.read()).await?)
    }

    /// Categories by id, in no order.
    pub async fn categories_by_id(&self, ids: &[CategoryId]) -> Result<Vec<category::Model>> {
        self.categories.by_id(&self.db, ids).await
    }

    /// The ids of categories by their codes.
    ///
    /// # Errors
    /// `BadInput` names a code that there is not.
    pub async fn category_ids(&self, codes: &[String]) -> Result<Vec<CategoryId>> {
        self.categories.ids(&self.db, codes).await
    }

    /// A page of the subjects in their order. Everybody who is signed in may see them.
    ///
    /// # Errors
    /// As for the categories.
    pub async fn subjects(&self, page: &PageArgs) -> Result<Page<subject::Model>> {
        let window = page.window::<SubjectKey>()?;
        let rows = subject::Entity::find();
        window
            .fetch(self.db.read(), rows, &[subject::Column::Position], true)
            .await
    }

    /// How many subjects there are.
    pub async fn subjects_total(&self) -> Result<i64> {
        count(subject::Entity::find().count(self.db.read()).await?)
    }

    /// Subjects by id, in no order.
    pub async fn subjects_by_id(&self, ids: &[SubjectId]) -> Result<Vec<subject::Model>> {
        self.subjects.by_id(&self.db, ids).await
    }

    /// The ids of subjects by their codes.
    ///
    /// # Errors
    /// As for the categories.
    pub async fn subject_ids(&self, codes: &[String]) -> Result<Vec<SubjectId>> {
        self.subjects.ids(&self.db, codes).await
    }

    /// A page of the teams by name.
    pub async fn teams(&self, actor: Actor, page: &PageArgs) -> Result<Page<team::Model>> {
        permit(actor, Action::ViewTeams)?;
        let columns = [team::Column::Name, team::Column::Id];
        let window = page.window::<TeamKey>()?;
        window
            .fetch(self.db.read(), team::Entity::find(), &columns, true)
            .await
    }

    /// How many teams there are.
    pub async fn teams_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewTeams)?;
        count(team::Entity::find().count(self.db.read()).await?)
    }

    /// Teams by id, in no order.
    pub async fn teams_by_id(&self, actor: Actor, ids: &[TeamId]) -> Result<Vec<team::Model>> {
        permit(actor, Action::ViewTeams)?;
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(self.db.backend(), team::Column::Id, ArrayType::Uuid, ids);
        Ok(team::Entity::find()
            .filter(wanted)
            .all(self.db.read())
            .await?)
    }

    /// Who is in which of `teams`.
    pub async fn team_members(
        &self,
        actor: Actor,
        teams: &[TeamId],
    ) -> Result<Vec<(TeamId, UserId)>> {
        permit(actor, Action::ViewTeams)?;
        let ids = teams.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            team_member::Column::TeamId,
            ArrayType::Uuid,
            ids,
        );
        let rows = team_member::Entity::find()
            .filter(wanted)
            .all(self.db.read())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.team_id, row.user_id))
            .collect())
    }

    /// The links of `tickets`, which must have been loaded for the reader, in their order.
    pub async fn links(&self, tickets: &[TicketId]) -> Result<Vec<context_link::Model>> {
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            context_link::Column::TicketId,
            ArrayType::Uuid,
            ids,
        );
        let rows = context_link::Entity::find()
            .filter(wanted)
            .order_by_asc(context_link::Column::TicketId)
            .order_by_asc(context_link::Column::Position);
        Ok(rows.all(self.db.read()).await?)
    }
}
