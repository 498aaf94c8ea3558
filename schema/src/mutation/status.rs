//! Moving tickets through their life.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::command;

use super::run::{
    CloseTicketPayload, ReopenTicketPayload, ResolveTicketPayload, SetTicketStatusPayload, run,
    target,
};
use crate::{context::signed_in, enums::TicketStatus};

#[derive(Default)]
pub(crate) struct StatusMutation;

/// The next status.
#[derive(InputObject)]
pub(crate) struct SetTicketStatusInput {
    /// The ticket.
    ticket_id: ID,
    /// The next status.
    status: TicketStatus,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

/// How the ticket was resolved.
#[derive(InputObject)]
pub(crate) struct ResolveTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// How it was resolved, at most 20,000 characters. The customer can read it.
    notes: Option<String>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

/// Which ticket to close.
#[derive(InputObject)]
pub(crate) struct CloseTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

/// Which ticket to reopen.
#[derive(InputObject)]
pub(crate) struct ReopenTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

#[Object]
impl StatusMutation {
    /// Sets the status by hand; an error says which ones are possible. Staff only.
    async fn set_ticket_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The next status.")] input: SetTicketStatusInput,
    ) -> Result<SetTicketStatusPayload> {
        let SetTicketStatusInput {
            ticket_id,
            status,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        Ok(run(
            ctx,
            command::SetTicketStatus {
                target,
                status: status.into(),
            },
        )
        .await?
        .into())
    }

    /// Resolves a ticket, with notes on how. Staff only.
    async fn resolve_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How it was resolved.")] input: ResolveTicketInput,
    ) -> Result<ResolveTicketPayload> {
        let ResolveTicketInput {
            ticket_id,
            notes,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        let (asked, _) = signed_in(ctx)?;
        let notes = notes.map(|notes| asked.screen(&notes));
        Ok(run(ctx, command::ResolveTicket { target, notes })
            .await?
            .into())
    }

    /// Closes a ticket: customers theirs at any time, staff one that is resolved.
    async fn close_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ticket.")] input: CloseTicketInput,
    ) -> Result<CloseTicketPayload> {
        let CloseTicketInput {
            ticket_id,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        Ok(run(ctx, command::CloseTicket { target }).await?.into())
    }

    /// Takes a resolved or closed ticket back to work. Customers can reopen a closed one for some
    /// days; staff at any time.
    async fn reopen_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ticket.")] input: ReopenTicketInput,
    ) -> Result<ReopenTicketPayload> {
        let ReopenTicketInput {
            ticket_id,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        Ok(run(ctx, command::ReopenTicket { target }).await?.into())
    }
}
