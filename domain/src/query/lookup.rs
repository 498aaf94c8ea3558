//! Small lists that the desk is configured with, and what hangs on tickets.

use entity::{CategoryId, TeamId, TicketId, UserId, category, context_link, team, team_member};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value, sea_query::ArrayType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::count;
use crate::{
    Actor, Desk, Error, Result,
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
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            category::Column::Id,
            ArrayType::Uuid,
            ids,
        );
        Ok(category::Entity::find()
            .filter(wanted)
            .all(self.db.read())
            .await?)
    }

    /// The ids of categories by their codes.
    ///
    /// # Errors
    /// `BadInput` names a code that there is not.
    pub async fn category_ids(&self, codes: &[String]) -> Result<Vec<CategoryId>> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = category::Column::Code.is_in(codes.iter().map(String::as_str));
        let rows = category::Entity::find()
            .filter(wanted)
            .all(self.db.read())
            .await?;
        let id = |code: &String| {
            let row = rows.iter().find(|row| row.code == *code);
            row.map(|row| row.id).ok_or_else(|| {
                Error::BadInput(
                    "The filter names a category that does not exist. Ask `categories` for the \
                     codes there are."
                        .to_owned(),
                )
            })
        };
        codes.iter().map(id).collect()
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
