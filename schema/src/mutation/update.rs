//! Changing what a ticket says of itself.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use domain::{Screened, command};

use super::run::{UpdateTicketPayload, run, target};
use crate::{context::signed_in, enums::Priority, id::GlobalId};

#[derive(Default)]
pub(crate) struct UpdateMutation;

/// What is to change; what is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTicketInput {
    /// The ticket.
    ticket_id: ID,
    /// The new subject, one line of at most 200 characters.
    subject: Option<String>,
    /// The new priority.
    priority: Option<Priority>,
    /// The new category's code.
    category: Option<String>,
    /// The codes of the new subjects, in place of all old ones; at most 5, each once, the primary
    /// one first. An empty list leaves it without any.
    subjects: Option<Vec<String>>,
    /// The new team; null takes the ticket from its team.
    team_id: MaybeUndefined<ID>,
    /// The new tags, in place of all old ones; at most 20 of at most 50 characters.
    tags: Option<Vec<String>>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
    /// The `version` that you saw; if the ticket has another one by now, nothing is written.
    expected_version: Option<i32>,
}

#[Object]
impl UpdateMutation {
    /// Changes subject, priority, category, subjects, team or tags. Staff only.
    async fn update_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateTicketInput,
    ) -> Result<UpdateTicketPayload> {
        let UpdateTicketInput {
            ticket_id,
            subject,
            priority,
            category,
            subjects,
            team_id,
            tags,
            idempotency_key,
            expected_version,
        } = input;
        let no_team = uuid::Uuid::nil().into();
        let team = match team_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(GlobalId::team(&id).unwrap_or(no_team))),
        };
        let (asked, _) = signed_in(ctx)?;
        let command = command::UpdateTicket {
            target: target(&ticket_id, expected_version, idempotency_key),
            subject: subject.map(|subject| asked.screen(&subject)),
            priority: priority.map(Into::into),
            category,
            subjects,
            team,
            tags: tags.map(|tags| Screened::list(asked.desk.masking(), &tags)),
        };
        Ok(run(ctx, command).await?.into())
    }
}
