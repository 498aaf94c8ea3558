//! Who is away.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::command;

use super::run::split;
use crate::{
    context::signed_in,
    error::OrGraphql,
    id::GlobalId,
    object::{User, UserError},
};

#[derive(Default)]
pub(crate) struct AbsenceMutation;

/// From when until when somebody is away.
#[derive(InputObject)]
pub(crate) struct SetAwayInput {
    /// Who; left out: you. Agents can name themselves only.
    user_id: Option<ID>,
    /// From when; left out: the person is here.
    from: Option<DateTime<Utc>>,
    /// Until when; left out: with an open end.
    until: Option<DateTime<Utc>>,
    /// Who stands in.
    delegate_id: Option<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `setAway` answers.
#[derive(SimpleObject)]
pub(crate) struct SetAwayPayload {
    /// The person; null if something has to be mended.
    user: Option<User>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl AbsenceMutation {
    /// Says from when until when a member of staff is away, in place of what was said before, or
    /// that they are here. While they are away, their tickets are flagged (`Ticket.assigneeAway`):
    /// new ones at once, the others by the next run of the SLA job. Staff only; others than oneself
    /// supervisors only.
    async fn set_away(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and when.")] input: SetAwayInput,
    ) -> Result<SetAwayPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let nobody = uuid::Uuid::nil();
        let person = |id: ID| GlobalId::user(&id).unwrap_or(nobody.into());
        let command = command::SetAbsence {
            person: input.user_id.map_or(actor.id, person),
            from: input.from,
            until: input.until,
            delegate: input.delegate_id.map(person),
            idempotency_key: input.idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        asked.forget();
        let ids: Vec<_> = id.into_iter().collect();
        let row = asked.desk.people_by_id(&ids).await.or_graphql()?.pop();
        Ok(SetAwayPayload {
            user: row.map(|row| User(Arc::new(row))),
            user_errors,
        })
    }
}
