//! Teams of staff.

use entity::{TeamId, UserId, team, team_member, user};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::Serialize;

use super::{Command, Work};
use crate::{
    Error, Result, UserErrorCode,
    actor::is_staff,
    permission::Action,
    text::{Check, MAX_WORD},
};

/// How many people one team can have.
const MAX_MEMBERS: usize = 500;

/// Makes a team, or changes one.
#[derive(Clone, Debug, Serialize)]
pub struct SaveTeam {
    /// The team to change; `None` makes one.
    pub id: Option<TeamId>,
    /// Its name.
    pub name: String,
    /// Who is in it, in place of all who were.
    pub members: Vec<UserId>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SaveTeam {
    type Output = TeamId;
    const NAME: &'static str = "saveTeam";
    const ACTION: Action = Action::ManageTeams;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<TeamId> {
        let mut check = Check::default();
        let name = check.line(&self.name, &["name"], MAX_WORD);
        if self.members.len() > MAX_MEMBERS {
            let message = format!("A team has at most {MAX_MEMBERS} members. Make two teams.");
            check.fail(UserErrorCode::TooLong, &["memberIds"], message);
        }
        check.finish()?;
        let mut members = self.members.clone();
        members.sort_unstable();
        members.dedup();
        self.check_members(work, &members).await?;

        let namesake = team::Entity::find().filter(team::Column::Name.eq(name.as_str()));
        let namesake = namesake.one(work.tx()).await?;
        if namesake.is_some_and(|team| Some(team.id) != self.id) {
            return Err(taken());
        }
        let id = match self.id {
            None => {
                let id = work.clock().new_id();
                let row = team::Model {
                    id,
                    name,
                    created_at: work.now,
                };
                let row = row.into_active_model();
                let made = team::Entity::insert(row)
                    .exec_without_returning(work.tx())
                    .await;
                made.map_err(|error| Error::or_taken(error, taken))?;
                id
            }
            Some(id) => {
                let row = team::Entity::find_by_id(id)
                    .lock_exclusive()
                    .one(work.tx())
                    .await?;
                let row = row.ok_or_else(|| Error::not_found("team", &["id"]))?;
                let mut row = row.into_active_model();
                row.name = Set(name);
                row.update(work.tx())
                    .await
                    .map_err(|error| Error::or_taken(error, taken))?;
                id
            }
        };
        let of_team = team_member::Column::TeamId.eq(id);
        team_member::Entity::delete_many()
            .filter(of_team)
            .exec(work.tx())
            .await?;
        let rows = members.into_iter().map(|person| team_member::ActiveModel {
            team_id: Set(id),
            user_id: Set(person),
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            team_member::Entity::insert_many(rows)
                .exec_without_returning(work.tx())
                .await?;
        }
        Ok(id)
    }
}

fn taken() -> Error {
    let message = "There is a team with this name already. Choose another name.";
    Error::user(UserErrorCode::Taken, &["name"], message)
}

impl SaveTeam {
    async fn check_members(&self, work: &Work, members: &[UserId]) -> Result<()> {
        let known = user::Entity::find()
            .filter(user::Column::Id.is_in(members.iter().copied()))
            .all(work.tx())
            .await?;
        if known.len() < members.len() {
            return Err(Error::not_found("person", &["memberIds"]));
        }
        match known.iter().find(|person| !is_staff(person.role)) {
            None => Ok(()),
            Some(person) => Err(Error::user(
                UserErrorCode::NotAssignable,
                &["memberIds"],
                format!("{} is a customer. Teams are made of staff.", person.name),
            )),
        }
    }
}
