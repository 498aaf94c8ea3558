//! Who is away.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use entity::absence;

use super::User;

/// From when until when somebody is away.
#[derive(Clone, Debug)]
pub(crate) struct Absence(pub(crate) absence::Model);

/// From when until when a member of staff is away. Their tickets are flagged as long as it lasts.
#[Object]
impl Absence {
    /// From when.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at
    }

    /// Until when; null for an open end.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.until_at
    }

    /// Who stands in.
    async fn delegate(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.delegate_id).await
    }
}
