//! What is sent to people and systems.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    page::Key,
    telling::{self, DeliveryKey},
};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::{Channel, DeliveryState},
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    object::Delivery,
    prime_delivery::{WantedOfDeliveries, prime_deliveries},
};

#[derive(Default)]
pub(crate) struct DeliveryQuery;

/// Which deliveries. Everything that is given must hold. A list means "any of these"; an empty list
/// restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct DeliveryFilter {
    /// States. DEAD are those that failed for good.
    state: Option<Vec<DeliveryState>>,
    /// The way by which they go.
    channel: Option<Channel>,
    /// The ticket that they are about.
    ticket_id: Option<ID>,
    /// The endpoint that is to get them.
    endpoint_id: Option<ID>,
    /// True: those that may have arrived more than once. False: all others.
    ambiguous: Option<bool>,
}

impl DeliveryFilter {
    /// The filter as the domain takes it.
    ///
    /// # Errors
    /// BAD_INPUT for what names nothing: it is a mistake in the program, not an empty list.
    fn parse(filter: Option<Self>) -> Result<telling::DeliveryFilter> {
        let Self {
            state,
            channel,
            ticket_id,
            endpoint_id,
            ambiguous,
        } = filter.unwrap_or_default();
        let bad = |field: &str| {
            let message = format!("`{field}` in the filter is not an id of the right kind.");
            to_graphql(&domain::Error::BadInput(message))
        };
        let ticket = ticket_id.map(|id| GlobalId::ticket(&id).ok_or_else(|| bad("ticketId")));
        let endpoint =
            endpoint_id.map(|id| GlobalId::webhook_endpoint(&id).ok_or_else(|| bad("endpointId")));
        Ok(telling::DeliveryFilter {
            states: state.into_iter().flatten().map(Into::into).collect(),
            channel: channel.map(Into::into),
            ticket: ticket.transpose()?,
            endpoint: endpoint.transpose()?,
            ambiguous,
        })
    }
}

#[Object]
impl DeliveryQuery {
    /// What is sent to people and systems, and what became of it, newest first. Staff only.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; all if it is left out.")] filter: Option<DeliveryFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<DeliveryConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = WantedOfDeliveries::of_connection(&ctx.look_ahead());
        let filter = DeliveryFilter::parse(filter)?;
        let args = page_args(first, after, last, before);
        let page = asked.desk.deliveries(actor, &filter, &args).await;
        let page = page.or_graphql()?.map(Arc::new);
        prime_deliveries(asked, &page.items, &wanted)
            .await
            .or_graphql()?;
        let cursor = |row: &Arc<entity::delivery::Model>| DeliveryKey::from(&**row).encode();
        Ok(DeliveryConnection::new(
            page,
            DeliveryTotals(filter),
            cursor,
            Delivery,
        ))
    }
}

/// What the list of deliveries has beside its page.
pub(crate) struct DeliveryTotals(telling::DeliveryFilter);

/// What the list of deliveries has beside its page.
#[Object]
impl DeliveryTotals {
    /// How many deliveries pass the filter.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        let total = asked.desk.deliveries_total(actor, &self.0).await;
        total.or_graphql()
    }
}

connection!(
    DeliveryConnection of DeliveryEdge, Delivery, DeliveryTotals, "what is sent to people and systems"
);
