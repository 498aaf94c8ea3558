//! One ticket, and one's own tickets.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use domain::query::{self, cursor};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::TicketStatus,
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    object::Ticket,
    prime::{Wanted, prime},
};

#[derive(Default)]
pub(crate) struct TicketQuery;

#[Object]
impl TicketQuery {
    /// A ticket by its id or by its number; null if it is not there for you. Give exactly one.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
        #[graphql(desc = "The number, SUP-00001 or 1.")] number: Option<String>,
    ) -> Result<Option<Ticket>> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = Wanted::of_ticket(&ctx.look_ahead());
        let found = match (id, number) {
            (Some(id), None) => match GlobalId::ticket(&id) {
                Some(id) => asked.desk.ticket(actor, id).await.or_graphql()?,
                None => None,
            },
            (None, Some(number)) => asked
                .desk
                .ticket_by_number(actor, &number)
                .await
                .or_graphql()?,
            (Some(_), Some(_)) | (None, None) => {
                let message = "Give either `id` or `number`.".to_owned();
                return Err(to_graphql(&domain::Error::BadInput(message)));
            }
        };
        let Some(row) = found.map(Arc::new) else {
            return Ok(None);
        };
        prime(asked, std::slice::from_ref(&row), &wanted)
            .await
            .or_graphql()?;
        Ok(Some(Ticket(row)))
    }

    /// Your tickets, newest first: as a customer those you opened, as staff those you work on.
    async fn my_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In any of these statuses; in any at all if it is left out or empty.")]
        status: Option<Vec<TicketStatus>>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<TicketConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = Wanted::of_connection(&ctx.look_ahead());
        let args = page_args(first, after, last, before);
        let status: Vec<_> = status
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect();
        let page = asked
            .desk
            .my_tickets(actor, &status, &args)
            .await
            .or_graphql()?;
        let page = page.map(Arc::new);
        prime(asked, &page.items, &wanted).await.or_graphql()?;
        let cursor = |row: &Arc<entity::ticket::Model>| cursor(query::QueueOrder::Newest, row);
        Ok(TicketConnection::new(
            page,
            TicketTotals { status },
            cursor,
            Ticket,
        ))
    }
}

/// What a list of tickets has beside its page.
pub(crate) struct TicketTotals {
    status: Vec<entity::TicketStatus>,
}

/// What a list of tickets has beside its page.
#[Object]
impl TicketTotals {
    /// How many tickets the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.my_total(actor, &self.status).await.or_graphql()
    }
}

connection!(TicketConnection of TicketEdge, Ticket, TicketTotals, "tickets");
