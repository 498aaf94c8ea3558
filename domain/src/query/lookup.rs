//! Small lists that the desk is configured with, and what hangs on tickets.

use std::sync::Arc;

use entity::{CategoryId, TeamId, TicketId, UserId, category, context_link, team, team_member};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value,
    sea_query::ArrayType,
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

    /// All categories. They are few and hardly ever change, so they are kept for some seconds. Who
    /// is in a transaction reads by its connection: to wait for another one could be for ever.
    async fn all_categories(&self, db: &impl ConnectionTrait) -> Result<Arc<Vec<category::Model>>> {
        if let Some(known) = self.categories.get(&()) {
            return Ok(known);
        }
        let rows = Arc::new(category::Entity::find().all(db).await?);
        self.categories.insert((), Arc::clone(&rows));
        Ok(rows)
    }

    /// Categories by id, in no order.
    pub async fn categories_by_id(&self, ids: &[CategoryId]) -> Result<Vec<category::Model>> {
        let known = self.all_categories(self.db.read()).await?;
        let wanted = known.iter().filter(|row| ids.contains(&row.id));
        let found: Vec<_> = wanted.cloned().collect();
        if found.len() == ids.len() {
            return Ok(found);
        }
        // One is newer than what is kept.
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
        let mut ids = Vec::with_capacity(codes.len());
        for code in codes {
            let id = self.category_id(self.db.read(), code).await?;
            ids.push(id.ok_or_else(|| {
                Error::BadInput(
                    "The filter names a category that does not exist. Ask `categories` for the \
                     codes there are."
                        .to_owned(),
                )
            })?);
        }
        Ok(ids)
    }

    /// The id of the category with this code.
    pub(crate) async fn category_id(
        &self,
        db: &impl ConnectionTrait,
        code: &str,
    ) -> Result<Option<CategoryId>> {
        let known = self.all_categories(db).await?;
        if let Some(row) = known.iter().find(|row| row.code == code) {
            return Ok(Some(row.id));
        }
        let row = category::Entity::find().filter(category::Column::Code.eq(code));
        Ok(row.one(db).await?.map(|row| row.id))
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
