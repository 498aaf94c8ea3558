//! Saying that somebody is away (requirement P6). Their tickets are flagged by the job.

use entity::{Timestamp, UserId, absence, user};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use serde::Serialize;

use super::{Command, Work};
use crate::{
    Error, Result, UserErrorCode,
    actor::is_staff,
    clock::can_be_kept,
    permission::{Action, permit},
};

/// Says from when until when somebody is away, in place of what was said before; or that they are
/// here.
#[derive(Clone, Debug, Serialize)]
pub struct SetAbsence {
    /// Who.
    pub person: UserId,
    /// From when; `None` for somebody who is here.
    pub from: Option<Timestamp>,
    /// Until when; `None` for an open end.
    pub until: Option<Timestamp>,
    /// Who stands in.
    pub delegate: Option<UserId>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SetAbsence {
    type Output = UserId;
    const NAME: &'static str = "setAbsence";
    const ACTION: Action = Action::SetOwnAbsence;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<UserId> {
        if self.person != work.actor.id {
            permit(work.actor, Action::SetAbsence)?;
        }
        staff(work, self.person, "userId").await?;
        let Some(from) = self.from else {
            absence::Entity::delete_by_id(self.person)
                .exec(work.tx())
                .await?;
            return Ok(self.person);
        };
        let invalid =
            |field, message: &str| Err(Error::user(UserErrorCode::Invalid, &[field], message));
        if !can_be_kept(from) {
            return invalid("from", "`from` must be in the years 1 to 9999.");
        }
        if let Some(until) = self.until {
            if !can_be_kept(until) {
                return invalid("until", "`until` must be in the years 1 to 9999.");
            }
            if until <= from {
                return invalid("until", "`until` must be after `from`.");
            }
        }
        if let Some(delegate) = self.delegate {
            if delegate == self.person {
                return invalid(
                    "delegateId",
                    "Nobody can stand in for themselves. Name somebody else.",
                );
            }
            staff(work, delegate, "delegateId").await?;
        }
        let row = absence::ActiveModel {
            user_id: Set(self.person),
            from_at: Set(from),
            until_at: Set(self.until),
            delegate_id: Set(self.delegate),
            created_at: Set(work.now),
        };
        let in_place = OnConflict::column(absence::Column::UserId)
            .update_columns([
                absence::Column::FromAt,
                absence::Column::UntilAt,
                absence::Column::DelegateId,
                absence::Column::CreatedAt,
            ])
            .to_owned();
        absence::Entity::insert(row)
            .on_conflict(in_place)
            .exec_without_returning(work.tx())
            .await?;
        Ok(self.person)
    }
}

async fn staff(work: &Work, id: UserId, field: &str) -> Result<()> {
    let person = user::Entity::find_by_id(id).one(work.tx()).await?;
    let person = person.ok_or_else(|| Error::not_found("person", &[field]))?;
    if is_staff(person.role) {
        return Ok(());
    }
    let message = format!("{} is a customer. Only staff can be away.", person.name);
    Err(Error::user(UserErrorCode::NotAssignable, &[field], message))
}
