//! People.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{UserId, user};

use super::Absence;
use crate::{
    context::signed_in,
    enums::{ContactStage, Role},
    error::OrGraphql,
    id::GlobalId,
    loader::{AbsenceKey, PersonKey},
};

/// A person: a customer, with or without a login, or a member of staff.
#[derive(Clone, Debug)]
pub(crate) struct User(pub(crate) Arc<user::Model>);

impl User {
    /// The person with this id, for fields that name one or nobody.
    pub(super) async fn named(ctx: &Context<'_>, id: Option<UserId>) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        let (asked, _) = signed_in(ctx)?;
        Ok(asked
            .loaders
            .load_one(PersonKey(id))
            .await
            .or_graphql()?
            .map(Self))
    }

    /// Contact data is for staff and for the person.
    fn shows_contact(&self, ctx: &Context<'_>) -> Result<bool> {
        let (_, actor) = signed_in(ctx)?;
        Ok(actor.is_staff() || actor.id == self.0.id)
    }
}

/// A person: a customer, with or without a login, or a member of staff. Contact data is shown to
/// staff and to the person, to others it is null.
#[Object]
impl User {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::User(self.0.id).encode()
    }

    /// The name shown to others.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the person may do on the desk.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Where mail goes. Staff and the person only.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.email.as_deref()
        } else {
            None
        })
    }

    /// Mobile number. Staff and the person only.
    async fn mobile(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.mobile.as_deref()
        } else {
            None
        })
    }

    /// Lead or customer; null for staff. Staff and the person only.
    async fn stage(&self, ctx: &Context<'_>) -> Result<Option<ContactStage>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.stage.map(Into::into)
        } else {
            None
        })
    }

    /// The kind of customer in the host product's words (buyer, seller ...). Staff and the person
    /// only.
    async fn kind(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.kind.as_deref()
        } else {
            None
        })
    }

    /// Account tier in the host product's words. Staff and the person only.
    async fn tier(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.tier.as_deref()
        } else {
            None
        })
    }

    /// When the person signed up with the host product. Staff and the person only.
    async fn signed_up_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(if self.shows_contact(ctx)? {
            self.0.signed_up_at
        } else {
            None
        })
    }

    /// Whether the person has signed in at least once; false for callers and walk-ins. Staff and
    /// the person only.
    async fn has_login(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok(self.shows_contact(ctx)?.then_some(self.0.subject.is_some()))
    }

    /// When the person is away, now or later; null for who is not. For staff only.
    async fn away(&self, ctx: &Context<'_>) -> Result<Option<Absence>> {
        let (asked, actor) = signed_in(ctx)?;
        if !actor.is_staff() {
            return Ok(None);
        }
        let row = asked.loaders.load_one(AbsenceKey(self.0.id)).await;
        Ok(row.or_graphql()?.map(Absence))
    }
}
