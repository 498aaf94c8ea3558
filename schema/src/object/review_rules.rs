//! From which tickets a sample is drawn.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::review_sample::Rules;

use super::{Category, Team, User};
use crate::{
    context::{Asked, signed_in},
    enums::{Priority, TicketSource},
    error::OrGraphql,
    id::GlobalId,
    loader::{CategoryKey, TeamKey},
};

/// From which tickets a sample was drawn.
#[derive(Clone, Debug)]
pub(crate) struct ReviewRules(pub(crate) Rules);

/// From which tickets a sample was drawn. All of it had to hold; an empty list restricts nothing.
#[Object]
impl ReviewRules {
    /// Tickets that were resolved, or closed without that, at this time or later.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from
    }

    /// Tickets that were resolved, or closed without that, before this time.
    async fn to(&self) -> DateTime<Utc> {
        self.0.to
    }

    /// Tickets of these categories.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let (asked, _) = signed_in(ctx)?;
        let keys = self.0.categories.iter().copied().map(CategoryKey);
        let mut found = asked.loaders.load_many(keys.clone()).await.or_graphql()?;
        Ok(keys
            .filter_map(|key| found.remove(&key))
            .map(Category)
            .collect())
    }

    /// Tickets of these priorities.
    async fn priorities(&self) -> Vec<Priority> {
        self.0.priorities.iter().map(|&one| one.into()).collect()
    }

    /// Tickets that these teams have.
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let (asked, _) = signed_in(ctx)?;
        let keys = self.0.teams.iter().copied().map(TeamKey);
        let mut found = asked.loaders.load_many(keys.clone()).await.or_graphql()?;
        Ok(keys
            .filter_map(|key| found.remove(&key))
            .map(Team)
            .collect())
    }

    /// Tickets that came in like this.
    async fn sources(&self) -> Vec<TicketSource> {
        self.0.sources.iter().map(|&one| one.into()).collect()
    }

    /// Tickets of this assignee.
    async fn assignee(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.assignee).await
    }

    /// At most so many tickets of each assignee, and of those that had one only; null for any number.
    async fn per_agent(&self) -> Option<i32> {
        self.0.per_agent
    }

    /// Only escalated tickets.
    async fn only_escalated(&self) -> bool {
        self.0.only_escalated
    }

    /// Only tickets of which a target was missed.
    async fn only_breached(&self) -> bool {
        self.0.only_breached
    }

    /// Without tickets of earlier samples.
    async fn exclude_reviewed(&self) -> bool {
        self.0.exclude_reviewed
    }
}

/// From which tickets to draw, as they are at this moment. All that is given must hold; a list means
/// "any of these", and one that is empty or left out restricts nothing.
#[derive(InputObject)]
pub(crate) struct ReviewRulesInput {
    /// Tickets that were resolved, or closed without that, at this time or later.
    from: DateTime<Utc>,
    /// Tickets that were resolved, or closed without that, before this time.
    to: DateTime<Utc>,
    /// Categories, by their codes.
    categories: Option<Vec<String>>,
    /// Priorities.
    priorities: Option<Vec<Priority>>,
    /// Teams.
    team_ids: Option<Vec<ID>>,
    /// Ways in which tickets came in.
    sources: Option<Vec<TicketSource>>,
    /// The accountable assignee.
    assignee_id: Option<ID>,
    /// At most so many tickets of each assignee, 1 to 500, drawn among theirs. Tickets without one are
    /// left out then. If that makes more than `size`, each assignee's first ticket goes before any
    /// second.
    per_agent: Option<i32>,
    /// True: only escalated tickets.
    #[graphql(default_with = "Some(false)")]
    only_escalated: Option<bool>,
    /// True: only tickets of which a target was missed.
    #[graphql(default_with = "Some(false)")]
    only_breached: Option<bool>,
    /// True: without tickets that are in any earlier sample.
    #[graphql(default_with = "Some(true)")]
    exclude_reviewed: Option<bool>,
}

impl ReviewRulesInput {
    /// The rules as the domain takes them. An id that names nothing is not found like one of something
    /// that is not there.
    pub(crate) async fn parse(self, asked: &Asked) -> domain::Result<Rules> {
        let Self {
            from,
            to,
            categories,
            priorities,
            team_ids,
            sources,
            assignee_id,
            per_agent,
            only_escalated,
            only_breached,
            exclude_reviewed,
        } = self;
        let codes = categories.unwrap_or_default();
        let categories = asked.desk.category_ids(&codes).await;
        let teams = team_ids.unwrap_or_default();
        Ok(Rules {
            from,
            to,
            categories: categories.map_err(unknown_category)?,
            priorities: all(priorities),
            teams: teams
                .iter()
                .map(|id| GlobalId::team(id).unwrap_or(uuid::Uuid::nil().into()))
                .collect(),
            sources: all(sources),
            assignee: assignee_id.map(|id| GlobalId::user(&id).unwrap_or(uuid::Uuid::nil().into())),
            per_agent,
            only_escalated: only_escalated.unwrap_or(false),
            only_breached: only_breached.unwrap_or(false),
            exclude_reviewed: exclude_reviewed.unwrap_or(true),
        })
    }
}

fn all<A, B: From<A>>(items: Option<Vec<A>>) -> Vec<B> {
    let items = items.unwrap_or_default().into_iter();
    items.map(Into::into).collect()
}

/// In a filter an unknown category is a mistake of the program, here of a person.
fn unknown_category(error: domain::Error) -> domain::Error {
    match error {
        domain::Error::BadInput(_) => domain::Error::user(
            domain::UserErrorCode::Invalid,
            &["rules", "categories"],
            "There is no category with one of these codes. Ask `categories` for the codes there are.",
        ),
        domain::Error::Unauthenticated
        | domain::Error::Forbidden(_)
        | domain::Error::User(_)
        | domain::Error::Unavailable(_)
        | domain::Error::Internal(_) => error,
    }
}
