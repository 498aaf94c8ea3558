//! Who works on tickets.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::command;

use super::run::{AssignTicketPayload, SetCoAssigneesPayload, run, target};
use crate::id::GlobalId;

#[derive(Default)]
pub(crate) struct AssignMutation;

/// Who is to be accountable.
#[derive(InputObject)]
pub(crate) struct AssignTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// The member of staff; null or left out gives the ticket back to the queue.
    assignee_id: Option<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

/// Who else is to work on a ticket.
#[derive(InputObject)]
pub(crate) struct SetCoAssigneesInput {
    /// The ticket.
    ticket_id: ID,
    /// Members of staff, at most 20, in place of all there were. The assignee among them is left
    /// out.
    co_assignee_ids: Vec<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

#[Object]
impl AssignMutation {
    /// Makes somebody accountable for a ticket, or nobody. An open ticket is in progress then.
    /// Agents take tickets themselves and give up their own; supervisors assign to anybody.
    async fn assign_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to be accountable.")] input: AssignTicketInput,
    ) -> Result<AssignTicketPayload> {
        let AssignTicketInput {
            ticket_id,
            assignee_id,
            idempotency_key,
            expected_version,
        } = input;
        let nobody = uuid::Uuid::nil().into();
        let command = command::AssignTicket {
            target: target(&ticket_id, expected_version, idempotency_key),
            assignee: assignee_id.map(|id| GlobalId::user(&id).unwrap_or(nobody)),
        };
        Ok(run(ctx, command).await?.into())
    }

    /// Says who works on a ticket beside its assignee. Staff only.
    async fn set_co_assignees(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who else is to work on it.")] input: SetCoAssigneesInput,
    ) -> Result<SetCoAssigneesPayload> {
        let SetCoAssigneesInput {
            ticket_id,
            co_assignee_ids,
            idempotency_key,
            expected_version,
        } = input;
        let nobody = uuid::Uuid::nil().into();
        let people = co_assignee_ids
            .iter()
            .map(|id| GlobalId::user(id).unwrap_or(nobody));
        let command = command::SetCoAssignees {
            target: target(&ticket_id, expected_version, idempotency_key),
            co_assignees: people.collect(),
        };
        Ok(run(ctx, command).await?.into())
    }
}
