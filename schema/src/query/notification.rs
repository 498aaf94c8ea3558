//! What the viewer is told.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::{
    page::Key,
    telling::{InboxPosition, NotificationKey},
};

use crate::{
    connection::{connection, page_args},
    context::signed_in,
    error::OrGraphql,
    object::{Notification, NotificationPreferences},
    prime_notification::{WantedOfNotifications, prime_notifications},
};

#[derive(Default)]
pub(crate) struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// What you are told in the app, newest first. To follow it live without a gap, give its
    /// `position` as `after` to the subscription of the same name.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only what was not marked as read.",
            default_with = "Some(false)"
        )]
        unread_only: Option<bool>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<NotificationConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let wanted = WantedOfNotifications::of_connection(&ctx.look_ahead());
        let args = page_args(first, after, last, before);
        let unread_only = unread_only.unwrap_or(false);
        let found = asked.desk.notifications(actor, unread_only, &args).await;
        let (page, position) = found.or_graphql()?;
        let page = page.map(Arc::new);
        let primed = prime_notifications(asked, &page.items, &wanted).await;
        primed.or_graphql()?;
        let cursor =
            |row: &Arc<entity::notification::Model>| NotificationKey::from(&**row).encode();
        Ok(NotificationConnection::new(
            page,
            NotificationFacts(position),
            cursor,
            Notification,
        ))
    }

    /// How you are told of what, by mail and in the app.
    async fn notification_preferences(&self, ctx: &Context<'_>) -> Result<NotificationPreferences> {
        let (asked, actor) = signed_in(ctx)?;
        let found = asked.desk.notification_preferences(actor).await;
        Ok(NotificationPreferences::new(actor, &found.or_graphql()?))
    }
}

/// What the list of notifications has beside its page.
pub(crate) struct NotificationFacts(InboxPosition);

/// What the list of notifications has beside its page.
#[Object]
impl NotificationFacts {
    /// The place in your notifications that this answer reflects: give it as `after` to the
    /// subscription, and nothing is missed.
    async fn position(&self) -> String {
        self.0.encode()
    }

    /// How many notifications you have not marked as read, all in all.
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.unread_notifications(actor).await.or_graphql()
    }
}

connection!(
    NotificationConnection of NotificationEdge, Notification, NotificationFacts, "what you are told"
);
