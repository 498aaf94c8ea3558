//! Something that was counted.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use domain::{Error, stats::Entry};

use crate::{
    context::signed_in,
    error::{OrGraphql, to_graphql},
    loader::TicketKey,
    object::{Ticket, User, seconds},
};

/// Something that was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatsEntry(pub(crate) Entry);

/// Something that was counted. A ticket has one for each time that it counts.
#[Object]
impl StatsEntry {
    /// When it happened.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// The ticket as it is now.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Ticket> {
        let (asked, _) = signed_in(ctx)?;
        let row = asked.loaders.load_one(TicketKey(self.0.ticket)).await;
        let row = row.or_graphql()?;
        row.map(Ticket)
            .ok_or_else(|| to_graphql(&Error::internal("a ticket that was counted is gone")))
    }

    /// The accountable assignee when it happened; null if there was none.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.agent).await
    }

    /// How long it took, in seconds of real time, for figures about something that takes time.
    async fn seconds(&self) -> Option<i32> {
        self.0.seconds.map(seconds)
    }

    /// The score that was given, 1 to 5, for scores.
    async fn score(&self) -> Option<i32> {
        self.0.score.map(Into::into)
    }
}
