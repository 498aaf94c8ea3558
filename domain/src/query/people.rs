//! People.

use entity::{Role, UserId, user};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Value,
    sea_query::{ArrayType, Expr, ExprTrait, LikeExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::count;
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    text::check_wanted,
};

/// The sort key of lists of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonKey(String, Uuid);

impl Key for PersonKey {
    const TAG: &'static str = "person";
    fn values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into()]
    }
}

impl From<&user::Model> for PersonKey {
    fn from(row: &user::Model) -> Self {
        Self(row.name.clone(), row.id.0)
    }
}

fn found(query: Option<&str>, role: Option<Role>) -> sea_orm::Select<user::Entity> {
    let mut rows = user::Entity::find();
    // Each word must occur, in any order: "lovelace ada" finds Ada Lovelace.
    for word in query.unwrap_or_default().to_lowercase().split_whitespace() {
        let escaped = word
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let pattern = LikeExpr::new(format!("%{escaped}%")).escape('\\');
        rows = rows.filter(Expr::col(user::Column::SearchText).like(pattern));
    }
    match role {
        Some(role) => rows.filter(user::Column::Role.eq(role)),
        None => rows,
    }
}

impl Desk {
    /// A page of the people found by parts of their name, e-mail address or mobile number, by name.
    ///
    /// # Errors
    /// `Forbidden` for customers, `BadInput` for bad page arguments.
    pub async fn people(
        &self,
        actor: Actor,
        query: Option<&str>,
        role: Option<Role>,
        page: &PageArgs,
    ) -> Result<Page<user::Model>> {
        permit(actor, Action::ViewPeople)?;
        check_wanted(query.unwrap_or_default(), "query")?;
        let window = page.window::<PersonKey>()?;
        let columns = [user::Column::Name, user::Column::Id];
        window
            .fetch(self.db.read(), found(query, role), &columns, true)
            .await
    }

    /// How many people [`Self::people`] finds.
    ///
    /// # Errors
    /// `Forbidden` for customers.
    pub async fn people_total(
        &self,
        actor: Actor,
        query: Option<&str>,
        role: Option<Role>,
    ) -> Result<i64> {
        permit(actor, Action::ViewPeople)?;
        check_wanted(query.unwrap_or_default(), "query")?;
        count(found(query, role).count(self.db.read()).await?)
    }

    /// People by id, in no order: those named on something that was loaded for the reader.
    /// Contact data is for staff and for the person; whoever shows a person sees to that.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn people_by_id(&self, ids: &[UserId]) -> Result<Vec<user::Model>> {
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(self.db.backend(), user::Column::Id, ArrayType::Uuid, ids);
        Ok(user::Entity::find()
            .filter(wanted)
            .all(self.db.read())
            .await?)
    }

    /// The roles that people have now, in no order. Those who are not on file are left out.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn roles(&self, ids: &[UserId]) -> Result<Vec<(UserId, Role)>> {
        let mut roles = Vec::with_capacity(ids.len());
        // SQLite takes 32,766 values in one statement.
        for ids in ids.chunks(10_000) {
            let ids = ids.iter().map(|id| Value::from(id.0));
            let wanted = among(self.db.backend(), user::Column::Id, ArrayType::Uuid, ids);
            let rows = user::Entity::find().filter(wanted);
            let rows = rows
                .select_only()
                .columns([user::Column::Id, user::Column::Role])
                .into_tuple::<(UserId, Role)>();
            roles.extend(rows.all(self.db.read()).await?);
        }
        Ok(roles)
    }
}
