//! The figures of a value of a dimension.

use async_graphql::{Context, Object, Result};
use domain::stats::{Dimension, Group, Targets};
use entity::{CategoryId, SubjectId, TeamId, UserId};
use uuid::Uuid;

use super::figures::StatsFigures;
use crate::{
    context::{Asked, signed_in},
    enums::{Priority, TicketSource},
    error::OrGraphql,
    id::GlobalId,
    loader::{CategoryKey, PersonKey, SubjectKey, TeamKey},
    object::{Category, Subject, Team, User},
};

/// What has no value of the dimension.
const NONE: &str = "(none)";
/// What has a value that nothing is known of any more.
const UNKNOWN: &str = "(unknown)";

/// The figures of a value of a dimension.
#[derive(Clone, Debug)]
pub(crate) struct StatsGroup {
    pub(crate) value: GroupValue,
    pub(super) figures: StatsFigures,
    previous: Option<StatsFigures>,
}

/// A value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupValue {
    None,
    Category(CategoryId),
    Subject(SubjectId),
    Priority(entity::Priority),
    Source(entity::TicketSource),
    Team(TeamId),
    Agent(UserId),
    Merchant(String),
}

impl GroupValue {
    /// Reads the key of a group.
    pub(super) fn of(dimension: Dimension, key: &str) -> Self {
        let id = || Uuid::try_parse(key).ok();
        let found = match dimension {
            Dimension::All => None,
            Dimension::Category => id().map(|id| Self::Category(id.into())),
            Dimension::Subject => id().map(|id| Self::Subject(id.into())),
            Dimension::Priority => {
                let mut all = entity::Priority::ALL.iter();
                let found = all.find(|known| known.as_str() == key);
                found.copied().map(Self::Priority)
            }
            Dimension::Source => {
                let mut all = entity::TicketSource::ALL.iter();
                let found = all.find(|known| known.as_str() == key);
                found.copied().map(Self::Source)
            }
            Dimension::Team => id().map(|id| Self::Team(id.into())),
            Dimension::Agent => id().map(|id| Self::Agent(id.into())),
            Dimension::Merchant => (!key.is_empty()).then(|| Self::Merchant(key.to_owned())),
        };
        found.unwrap_or(Self::None)
    }

    async fn row_of_category(&self, asked: &Asked) -> Result<Option<Category>> {
        let GroupValue::Category(id) = *self else {
            return Ok(None);
        };
        let row = asked.loaders.load_one(CategoryKey(id)).await;
        Ok(row.or_graphql()?.map(Category))
    }

    async fn row_of_subject(&self, asked: &Asked) -> Result<Option<Subject>> {
        let GroupValue::Subject(id) = *self else {
            return Ok(None);
        };
        let row = asked.loaders.load_one(SubjectKey(id)).await;
        Ok(row.or_graphql()?.map(Subject))
    }

    async fn row_of_team(&self, asked: &Asked) -> Result<Option<Team>> {
        let GroupValue::Team(id) = *self else {
            return Ok(None);
        };
        let row = asked.loaders.load_one(TeamKey(id)).await;
        Ok(row.or_graphql()?.map(Team))
    }

    async fn row_of_agent(&self, asked: &Asked) -> Result<Option<User>> {
        let GroupValue::Agent(id) = *self else {
            return Ok(None);
        };
        let row = asked.loaders.load_one(PersonKey(id)).await;
        Ok(row.or_graphql()?.map(User))
    }

    /// What the filter takes for the value, and what people call it.
    pub(super) async fn labels(&self, asked: &Asked) -> Result<(String, String)> {
        let unknown = || UNKNOWN.to_owned();
        Ok(match self {
            GroupValue::None => (String::new(), NONE.to_owned()),
            GroupValue::Category(id) => match self.row_of_category(asked).await? {
                Some(Category(row)) => (row.code.clone(), row.name.clone()),
                None => (GlobalId::Category(*id).encode().0, unknown()),
            },
            GroupValue::Subject(id) => match self.row_of_subject(asked).await? {
                Some(Subject(row)) => (row.code.clone(), row.name.clone()),
                None => (id.global(), unknown()),
            },
            GroupValue::Priority(priority) => (priority.as_str().into(), priority.as_str().into()),
            GroupValue::Source(source) => (source.as_str().into(), source.as_str().into()),
            GroupValue::Team(id) => {
                let row = self.row_of_team(asked).await?;
                let name = row.map(|Team(row)| row.name.clone());
                let key = GlobalId::Team(*id).encode().0;
                (key, name.unwrap_or_else(unknown))
            }
            GroupValue::Agent(id) => {
                let row = self.row_of_agent(asked).await?;
                let name = row.map(|User(row)| row.name.clone());
                let key = GlobalId::User(*id).encode().0;
                (key, name.unwrap_or_else(unknown))
            }
            GroupValue::Merchant(id) => (id.clone(), id.clone()),
        })
    }
}

impl StatsGroup {
    pub(super) fn of(group: Group, dimension: Dimension, targets: Targets) -> Self {
        let Group {
            key,
            figures,
            previous,
        } = group;
        let figures_of = |figures| StatsFigures { figures, targets };
        Self {
            value: GroupValue::of(dimension, &key),
            figures: figures_of(figures),
            previous: previous.map(figures_of),
        }
    }
}

/// The figures of a value of a dimension.
#[Object]
impl StatsGroup {
    /// What the filter takes for this value; empty for what has none.
    async fn key(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.value.labels(signed_in(ctx)?.0).await?.0)
    }

    /// The name of the category, subject, team or agent, the word of the enum, or the merchant's id; `(none)`
    /// for what has none.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.value.labels(signed_in(ctx)?.0).await?.1)
    }

    /// The category, if figures are broken down by it.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        self.value.row_of_category(signed_in(ctx)?.0).await
    }

    /// The subject, if figures are broken down by it; null for what has none.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Subject>> {
        self.value.row_of_subject(signed_in(ctx)?.0).await
    }

    /// The team, if figures are broken down by it; null for what no team was handed.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        self.value.row_of_team(signed_in(ctx)?.0).await
    }

    /// The accountable assignee at the moment when it happened, if figures are broken down by them;
    /// null for what was nobody's.
    async fn agent(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        self.value.row_of_agent(signed_in(ctx)?.0).await
    }

    /// The priority, if figures are broken down by it.
    async fn priority(&self) -> Option<Priority> {
        if let GroupValue::Priority(priority) = self.value {
            Some(priority.into())
        } else {
            None
        }
    }

    /// The source, if figures are broken down by it.
    async fn source(&self) -> Option<TicketSource> {
        if let GroupValue::Source(source) = self.value {
            Some(source.into())
        } else {
            None
        }
    }

    /// The merchant's id in the host product, if figures are broken down by merchants; null for what
    /// is about none.
    async fn merchant(&self) -> Option<&str> {
        if let GroupValue::Merchant(id) = &self.value {
            Some(id)
        } else {
            None
        }
    }

    /// The figures.
    async fn figures(&self) -> &StatsFigures {
        &self.figures
    }

    /// The figures of the same time before.
    async fn previous(&self) -> Option<&StatsFigures> {
        self.previous.as_ref()
    }
}
