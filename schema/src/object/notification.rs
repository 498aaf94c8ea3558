//! What somebody is told in the app.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    query::format_number,
    telling::{
        choices,
        preference::{Preferences, usual},
        sentence,
    },
};
use entity::notification;

use super::{Message, Ticket, User};
use crate::{
    context::signed_in,
    enums::{MailMode, NotificationKind},
    error::OrGraphql,
    id::GlobalId,
    loader::{MessageKey, TicketKey},
};

/// Something that the viewer is told.
#[derive(Clone, Debug)]
pub(crate) struct Notification(pub(crate) Arc<notification::Model>);

/// Something that the viewer is told in the app. Nobody sees those of others.
#[Object]
impl Notification {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Notification(self.0.id).encode()
    }

    /// What kind of news it is.
    async fn kind(&self) -> NotificationKind {
        self.0.kind.into()
    }

    /// The ticket that it is about, as it is now; null if it is not there for you any more.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        let (asked, _) = signed_in(ctx)?;
        let key = TicketKey(self.0.ticket_id);
        let found = asked.loaders.load_one(key).await.or_graphql()?;
        Ok(found.map(Ticket))
    }

    /// Who did it; null for the desk itself.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.actor_id).await
    }

    /// The message that was written, for the kinds that tell of one. Customers see public ones only.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let Some(id) = self.0.message_id else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let found = asked.loaders.load_one(MessageKey(id)).await.or_graphql()?;
        Ok(found.map(|message| Message((*message).clone())))
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was marked as read; null if it was not.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }

    /// What it says, in one sentence: `Carla replied to SUP-00012: Cannot pay`.
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        let who = User::named(ctx, self.0.actor_id).await?;
        let who = who.as_ref().map(|user| user.0.name.as_str());
        let (asked, _) = signed_in(ctx)?;
        let key = TicketKey(self.0.ticket_id);
        let ticket = asked.loaders.load_one(key).await.or_graphql()?;
        Ok(match ticket {
            Some(row) => {
                let number = format_number(row.number);
                sentence(self.0.kind, who, &number, &row.subject)
            }
            // It went to somebody else in this very moment.
            None => "Something happened on a ticket that is not yours any more.".to_owned(),
        })
    }
}

/// How the viewer is told of one kind of news.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NotificationPreference {
    /// The kind of news.
    kind: NotificationKind,
    /// Whether, and when, it is mailed.
    mail: MailMode,
    /// Whether it is shown in the app.
    in_app: bool,
    /// Whether everybody is told like this who has not said otherwise.
    is_usual: bool,
}

/// How the viewer is told of what.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NotificationPreferences {
    /// How many minutes a digest covers. Staff only.
    digest_minutes: Option<i32>,
    /// The kinds of news that people on the viewer's side of the desk are told.
    kinds: Vec<NotificationPreference>,
}

impl NotificationPreferences {
    pub(crate) fn new(actor: domain::Actor, preferences: &Preferences) -> Self {
        let kinds = choices(actor).map(|kind| {
            let preference = preferences.of(kind);
            NotificationPreference {
                kind: kind.into(),
                mail: preference.mail.into(),
                in_app: preference.in_app,
                is_usual: preference == usual(kind),
            }
        });
        let minutes = preferences.digest_minutes;
        Self {
            digest_minutes: actor.is_staff().then_some(minutes),
            kinds: kinds.collect(),
        }
    }
}
