//! Rating tickets.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::{Error, command, telling::SurveyAnswer};

use super::run::{run, split, target};
use crate::{
    context::asked,
    error::to_graphql,
    object::{Ticket, TicketRating, UserError},
};

#[derive(Default)]
pub(crate) struct RateMutation;

/// How satisfied the customer is.
#[derive(InputObject)]
pub(crate) struct RateTicketInput {
    /// The ticket, for its customer who is signed in.
    ticket_id: Option<ID>,
    /// The token of the link in a survey's mail: with it nobody needs to be signed in. Give exactly one of
    /// `ticketId` and `token`.
    token: Option<String>,
    /// From 1, very bad, to 5, very good.
    score: i32,
    /// What there is to add, at most 5,000 characters.
    comment: Option<String>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `rateTicket` answers.
#[derive(SimpleObject)]
pub(crate) struct RateTicketPayload {
    /// The ticket as it is now; null if something has to be mended, and for an answer by `token`.
    ticket: Option<Ticket>,
    /// What was said; null if something has to be mended.
    rating: Option<TicketRating>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl RateMutation {
    /// Says how satisfied the customer is with a ticket that is resolved or closed: once for each ticket.
    /// By the token of a survey's link also if it was reopened in the meantime, and then the very same
    /// answer can be sent again.
    async fn rate_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: RateTicketInput,
    ) -> Result<RateTicketPayload> {
        let RateTicketInput {
            ticket_id,
            token,
            score,
            comment,
            idempotency_key,
        } = input;
        let asked = asked(ctx)?;
        let comment = comment.map(|comment| asked.screen(&comment));
        match (ticket_id, token) {
            (Some(ticket_id), None) => {
                let command = command::RateTicket {
                    target: target(&ticket_id, None, idempotency_key),
                    score,
                    comment,
                    by_link: false,
                };
                let (ticket, _, user_errors) = run(ctx, command).await?;
                let rating = match &ticket {
                    Some(ticket) => TicketRating::of(ctx, ticket.0.id).await?,
                    None => None,
                };
                Ok(RateTicketPayload {
                    ticket,
                    rating,
                    user_errors,
                })
            }
            (None, Some(token)) => {
                let answer = SurveyAnswer {
                    score,
                    comment,
                    idempotency_key,
                };
                let answered = asked.desk.answer_survey(&token, answer).await;
                let (row, user_errors) = split(answered)?;
                Ok(RateTicketPayload {
                    ticket: None,
                    rating: row.map(Into::into),
                    user_errors,
                })
            }
            (Some(_), Some(_)) | (None, None) => {
                let message = "Give either `ticketId` or `token`.".to_owned();
                Err(to_graphql(&Error::BadInput(message)))
            }
        }
    }
}
