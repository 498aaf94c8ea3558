//! The queue.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::{Position, query::cursor};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    enums::QueueOrder,
    error::OrGraphql,
    filter::QueueFilter,
    object::{QueueCounts, Ticket},
    prime::{Wanted, prime},
};

#[derive(Default)]
pub(crate) struct QueueQuery;

#[Object]
impl QueueQuery {
    /// The tickets of everybody, filtered and sorted. Staff only. To follow it live without a gap,
    /// give its `position` as `after` to the subscription of the same name.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a Relay connection"
    )]
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tickets; all if it is left out.")] filter: Option<QueueFilter>,
        #[graphql(desc = "The order.", default_with = "Some(QueueOrder::Urgency)")]
        order_by: Option<QueueOrder>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<QueueConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = Wanted::of_connection(&ctx.look_ahead());
        let args = page_args(first, after, last, before);
        let filter = QueueFilter::parse(filter, asked).await?;
        let order = order_by.unwrap_or(QueueOrder::Urgency).into();
        let found = asked
            .desk
            .queue(actor, &filter, order, &args)
            .await
            .or_graphql()?;
        let (page, position) = found;
        let page = page.map(Arc::new);
        prime(asked, &page.items, &wanted).await.or_graphql()?;
        let cursor = |row: &Arc<entity::ticket::Model>| cursor(order, row);
        Ok(QueueConnection::new(
            page,
            QueueFacts { filter, position },
            cursor,
            Ticket,
        ))
    }
}

/// What the queue has beside its page.
pub(crate) struct QueueFacts {
    filter: domain::QueueFilter,
    position: Position,
}

/// What the queue has beside its page.
#[Object]
impl QueueFacts {
    /// The place in the event log that this answer reflects: give it as `after` to the
    /// subscription, and nothing is missed.
    async fn position(&self) -> String {
        self.position.encode()
    }

    /// How many tickets the whole queue has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked
            .desk
            .queue_total(actor, &self.filter)
            .await
            .or_graphql()
    }

    /// The tickets of the whole queue, counted by status, priority and more.
    async fn counts(&self, ctx: &Context<'_>) -> Result<QueueCounts> {
        let (asked, actor) = signed_in(ctx)?;
        Ok(asked
            .desk
            .queue_counts(actor, &self.filter)
            .await
            .or_graphql()?
            .into())
    }
}

connection!(QueueConnection of QueueEdge, Ticket, QueueFacts, "the queue's tickets");
