//! Customers without a login, and teams.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::command;

use super::run::split;
use crate::{
    context::signed_in,
    enums::ContactStage,
    error::OrGraphql,
    id::GlobalId,
    object::{Team, User, UserError},
};

#[derive(Default)]
pub(crate) struct PeopleMutation;

/// Who a new customer is.
#[derive(InputObject)]
pub(crate) struct CreateCustomerInput {
    /// The name, at most 200 characters.
    name: String,
    /// Where mail goes.
    email: Option<String>,
    /// Mobile number, at most 50 characters.
    mobile: Option<String>,
    /// The kind of customer in the host product's words, at most 50 characters.
    kind: Option<String>,
    /// Account tier in the host product's words, at most 50 characters.
    tier: Option<String>,
    /// Lead or customer.
    #[graphql(default_with = "Some(ContactStage::Customer)")]
    stage: Option<ContactStage>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `createCustomer` answers.
#[derive(SimpleObject)]
pub(crate) struct CreateCustomerPayload {
    /// The customer; null if something has to be mended.
    user: Option<User>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What a team is to be.
#[derive(InputObject)]
pub(crate) struct UpsertTeamInput {
    /// The team to change; left out, a new one is made.
    id: Option<ID>,
    /// Its name, unique, at most 200 characters.
    name: String,
    /// Its members, at most 500 of staff, in place of all there were.
    member_ids: Vec<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `upsertTeam` answers.
#[derive(SimpleObject)]
pub(crate) struct UpsertTeamPayload {
    /// The team; null if something has to be mended.
    team: Option<Team>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl PeopleMutation {
    /// Registers a customer who has no login: a caller, a walk-in. If they sign in later with the
    /// same verified e-mail address, they are the same person. Staff only.
    async fn create_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who the customer is.")] input: CreateCustomerInput,
    ) -> Result<CreateCustomerPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let CreateCustomerInput {
            name,
            email,
            mobile,
            kind,
            tier,
            stage,
            idempotency_key,
        } = input;
        let stage = stage.unwrap_or(ContactStage::Customer).into();
        let command = command::CreateCustomer {
            name: asked.screen(&name),
            email,
            mobile,
            kind,
            tier,
            stage,
            idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let ids: Vec<_> = id.into_iter().collect();
        let row = asked.desk.people_by_id(&ids).await.or_graphql()?.pop();
        Ok(CreateCustomerPayload {
            user: row.map(|row| User(Arc::new(row))),
            user_errors,
        })
    }

    /// Makes a team or changes one. Supervisors only.
    async fn upsert_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the team is to be.")] input: UpsertTeamInput,
    ) -> Result<UpsertTeamPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let UpsertTeamInput {
            id,
            name,
            member_ids,
            idempotency_key,
        } = input;
        let (no_team, nobody) = (uuid::Uuid::nil().into(), uuid::Uuid::nil().into());
        let command = command::SaveTeam {
            id: id.map(|id| GlobalId::team(&id).unwrap_or(no_team)),
            name,
            members: member_ids
                .iter()
                .map(|id| GlobalId::user(id).unwrap_or(nobody))
                .collect(),
            idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        asked.forget();
        let row = match id {
            Some(id) => asked
                .desk
                .teams_by_id(actor, &[id])
                .await
                .or_graphql()?
                .pop(),
            None => None,
        };
        Ok(UpsertTeamPayload {
            team: row.map(|row| Team(Arc::new(row))),
            user_errors,
        })
    }
}
