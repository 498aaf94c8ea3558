//! What all mutations share.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, dataloader::Loader as _};
use domain::{
    Error,
    command::{Changed, Target, TicketCommand},
};

use crate::{
    context::signed_in,
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    loader::MessageKey,
    object::{Message, Ticket, UserError},
    prime::{Wanted, prime},
};

/// A command's result, taken apart: what succeeded, or what a person can mend.
pub(crate) fn split<T>(result: domain::Result<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(output) => Ok((Some(output), Vec::new())),
        Err(Error::User(errors)) => Ok((None, errors.into_iter().map(Into::into).collect())),
        Err(
            error @ (Error::Unauthenticated
            | Error::Forbidden(_)
            | Error::BadInput(_)
            | Error::Unavailable(_)
            | Error::Internal(_)),
        ) => Err(to_graphql(&error)),
    }
}

/// What every mutation on a ticket carries. An id that names nothing is NOT_FOUND like one that
/// names something that is not there for the asker.
pub(super) fn target(
    ticket_id: &ID,
    expected_version: Option<i32>,
    idempotency_key: Option<String>,
) -> Target {
    let ticket = GlobalId::ticket(ticket_id).unwrap_or(uuid::Uuid::nil().into());
    Target {
        ticket,
        expected_version,
        idempotency_key,
    }
}

/// The ticket and the message that a command changed.
pub(super) type Outcome = (Option<Ticket>, Option<Message>, Vec<UserError>);

/// Runs a command on a ticket and loads what the payload shows.
pub(super) async fn run<C>(ctx: &Context<'_>, command: C) -> Result<Outcome>
where
    C: TicketCommand<Output = Changed>,
{
    let (asked, actor) = signed_in(ctx)?;
    let result = asked.desk.execute_on_ticket(actor, command).await;
    outcome(ctx, result).await
}

/// Loads what the payload shows.
pub(super) async fn outcome(ctx: &Context<'_>, result: domain::Result<Changed>) -> Result<Outcome> {
    let (asked, actor) = signed_in(ctx)?;
    let (changed, user_errors) = split(result)?;
    let Some(changed) = changed else {
        return Ok((None, None, user_errors));
    };
    // Another mutation of the same operation may have loaded what has changed since.
    asked.forget();
    let wanted = Wanted::of_ticket(&ctx.look_ahead().field("ticket"));
    let ticket = asked
        .desk
        .ticket(actor, changed.ticket)
        .await
        .or_graphql()?
        .map(Arc::new);
    if let Some(ticket) = &ticket {
        prime(asked, std::slice::from_ref(ticket), &wanted)
            .await
            .or_graphql()?;
    }
    let message = match changed.message {
        // Not by way of the batch, which waits for others that do not come.
        Some(id) => {
            let key = MessageKey(id);
            let found = asked
                .loaders
                .loader()
                .load(std::slice::from_ref(&key))
                .await;
            found.or_graphql()?.remove(&key)
        }
        None => None,
    };
    let message = message.map(|message| Message((*message).clone()));
    Ok((ticket.map(Ticket), message, user_errors))
}

macro_rules! ticket_payloads {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(crate) struct $name {
            /// The ticket as it is now; null if something has to be mended.
            ticket: Option<Ticket>,
            /// What has to be mended; empty if it was done.
            user_errors: Vec<UserError>,
        }

        impl From<Outcome> for $name {
            fn from((ticket, _, user_errors): Outcome) -> Self {
                Self { ticket, user_errors }
            }
        }
    )*};
}

ticket_payloads! {
    /// What `createTicket` answers.
    CreateTicketPayload;
    /// What `updateTicket` answers.
    UpdateTicketPayload;
    /// What `setTicketStatus` answers.
    SetTicketStatusPayload;
    /// What `resolveTicket` answers.
    ResolveTicketPayload;
    /// What `closeTicket` answers.
    CloseTicketPayload;
    /// What `reopenTicket` answers.
    ReopenTicketPayload;
    /// What `assignTicket` answers.
    AssignTicketPayload;
    /// What `setCoAssignees` answers.
    SetCoAssigneesPayload;
}
