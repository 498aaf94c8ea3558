//! How satisfied customers are.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::rating::RatingNote;
use entity::{TicketId, rating};

use crate::{context::signed_in, error::OrGraphql, loader::RatingKey};

/// How satisfied a ticket's customer is, as they said once.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TicketRating {
    /// From 1, very bad, to 5, very good.
    score: i32,
    /// What they added in their own words, with what is sensitive in it masked.
    comment: Option<String>,
    /// When they said it.
    rated_at: DateTime<Utc>,
    /// Whether they answered by the link in a mail; else they were signed in.
    by_link: bool,
}

impl From<rating::Model> for TicketRating {
    fn from(row: rating::Model) -> Self {
        Self {
            score: row.score.into(),
            comment: row.comment,
            rated_at: row.rated_at,
            by_link: row.by_link,
        }
    }
}

impl TicketRating {
    /// The rating of a ticket that was loaded for the asker.
    pub(crate) async fn of(ctx: &Context<'_>, ticket: TicketId) -> Result<Option<Self>> {
        let (asked, _) = signed_in(ctx)?;
        let found = asked.loaders.load_one(RatingKey(ticket)).await;
        Ok(found.or_graphql()?.flatten().map(Into::into))
    }
}

/// What a customer said of a ticket, in the entry that tells of it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ActivityRating {
    /// From 1, very bad, to 5, very good.
    score: i32,
    /// What they added in their own words.
    comment: Option<String>,
}

impl From<RatingNote> for ActivityRating {
    fn from(note: RatingNote) -> Self {
        Self {
            score: note.score.into(),
            comment: note.comment,
        }
    }
}
