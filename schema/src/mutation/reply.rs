//! Writing into threads.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::command;

use super::{
    run::{Outcome, run, target},
    upload::uploads,
};
use crate::{
    context::signed_in,
    object::{Message, Ticket, UserError},
};

#[derive(Default)]
pub(crate) struct ReplyMutation;

/// A public reply.
#[derive(InputObject)]
pub(crate) struct ReplyToTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// The text, at most 20,000 characters.
    body: String,
    /// Completed uploads of yours, at most 20, in order.
    attachment_ids: Option<Vec<ID>>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

/// An internal note.
#[derive(InputObject)]
pub(crate) struct AddInternalNoteInput {
    /// The ticket.
    ticket_id: ID,
    /// The text, at most 20,000 characters.
    body: String,
    /// Completed uploads of yours, at most 20, in order.
    attachment_ids: Option<Vec<ID>>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

macro_rules! message_payloads {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(crate) struct $name {
            /// The message that was written.
            message: Option<Message>,
            /// The ticket as it is now; null if something has to be mended.
            ticket: Option<Ticket>,
            /// What has to be mended; empty if it was done.
            user_errors: Vec<UserError>,
        }

        impl From<Outcome> for $name {
            fn from((ticket, message, user_errors): Outcome) -> Self {
                Self { message, ticket, user_errors }
            }
        }
    )*};
}

message_payloads! {
    /// What `replyToTicket` answers. A customer's reply to a ticket that was closed too long ago
    /// opens a new one: then `ticket` is the new ticket, whose description is the reply, and
    /// `message` is null.
    ReplyToTicketPayload;
    /// What `addInternalNote` answers.
    AddInternalNotePayload;
}

#[Object]
impl ReplyMutation {
    /// Writes a public reply. A customer's takes a waiting or resolved ticket back to work, also a
    /// closed one for some days; later it opens a ticket that continues the closed one.
    async fn reply_to_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reply.")] input: ReplyToTicketInput,
    ) -> Result<ReplyToTicketPayload> {
        let ReplyToTicketInput {
            ticket_id,
            body,
            attachment_ids,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        let (asked, _) = signed_in(ctx)?;
        let command = command::ReplyToTicket {
            target,
            body: asked.screen(&body),
            attachments: uploads(attachment_ids),
        };
        Ok(run(ctx, command).await?.into())
    }

    /// Writes an internal note that customers never learn of. Staff only.
    async fn add_internal_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: AddInternalNoteInput,
    ) -> Result<AddInternalNotePayload> {
        let AddInternalNoteInput {
            ticket_id,
            body,
            attachment_ids,
            idempotency_key,
            expected_version,
        } = input;
        let target = target(&ticket_id, expected_version, idempotency_key);
        let (asked, _) = signed_in(ctx)?;
        let command = command::AddInternalNote {
            target,
            body: asked.screen(&body),
            attachments: uploads(attachment_ids),
        };
        Ok(run(ctx, command).await?.into())
    }
}
