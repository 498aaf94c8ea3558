//! What is read, and how one wants to be told.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::telling;

use super::run::split;
use crate::{
    context::signed_in,
    enums::{MailMode, NotificationKind},
    error::OrGraphql,
    id::GlobalId,
    object::{NotificationPreferences, UserError},
};

#[derive(Default)]
pub(crate) struct NotificationMutation;

/// Which notifications to mark as read: give one of `ids`, `upTo` and `all`.
#[derive(InputObject)]
pub(crate) struct MarkNotificationsReadInput {
    /// These, at most 500.
    ids: Option<Vec<ID>>,
    /// This one and all that are older.
    up_to: Option<ID>,
    /// Everything.
    all: Option<bool>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `markNotificationsRead` answers.
#[derive(SimpleObject)]
pub(crate) struct MarkNotificationsReadPayload {
    /// How many were marked that were not before; null if something has to be mended.
    marked_count: Option<u64>,
    /// How many are still not marked as read; null if something has to be mended.
    unread_count: Option<i64>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// How you want to be told of one kind of news. What is left out stays as it is.
#[derive(InputObject)]
pub(crate) struct NotificationPreferenceInput {
    /// The kind of news: one of those that `notificationPreferences` lists.
    kind: NotificationKind,
    /// Whether, and when, it is mailed. DIGEST is for staff.
    mail: Option<MailMode>,
    /// Whether it is shown in the app.
    in_app: Option<bool>,
}

/// How you want to be told. What is left out stays as it is.
#[derive(InputObject)]
pub(crate) struct SetNotificationPreferencesInput {
    /// How many minutes a digest covers, 5 to 1440. For staff.
    digest_minutes: Option<i32>,
    /// By kind, each once.
    kinds: Option<Vec<NotificationPreferenceInput>>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `setNotificationPreferences` answers.
#[derive(SimpleObject)]
pub(crate) struct SetNotificationPreferencesPayload {
    /// How you are told from now on; null if something has to be mended.
    preferences: Option<NotificationPreferences>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

#[Object]
impl NotificationMutation {
    /// Marks notifications of yours as read. Those that were read already stay as they are.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let MarkNotificationsReadInput {
            ids,
            up_to,
            all,
            idempotency_key,
        } = input;
        // None has the number 0.
        let number = |id: &ID| GlobalId::notification(id).unwrap_or_default();
        let command = telling::MarkNotificationsRead {
            ids: ids.map(|ids| ids.iter().map(number).collect()),
            up_to: up_to.as_ref().map(number),
            all: all.unwrap_or(false),
            idempotency_key,
        };
        let (marked_count, user_errors) = split(asked.desk.execute(actor, command).await)?;
        asked.forget();
        let unread_count = match marked_count {
            Some(_) => Some(asked.desk.unread_notifications(actor).await.or_graphql()?),
            None => None,
        };
        Ok(MarkNotificationsReadPayload {
            marked_count,
            unread_count,
            user_errors,
        })
    }

    /// Says how you want to be told of what. Everybody chooses for themselves, among what people on
    /// their side of the desk are told.
    async fn set_notification_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: SetNotificationPreferencesInput,
    ) -> Result<SetNotificationPreferencesPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let SetNotificationPreferencesInput {
            digest_minutes,
            kinds,
            idempotency_key,
        } = input;
        let choice = |one: NotificationPreferenceInput| telling::Choice {
            kind: one.kind.into(),
            mail: one.mail.map(Into::into),
            in_app: one.in_app,
        };
        let kinds = kinds.unwrap_or_default().into_iter().map(choice);
        let command = telling::SetNotificationPreferences {
            digest_minutes,
            kinds: kinds.collect(),
            idempotency_key,
        };
        let (done, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let preferences = match done {
            Some(()) => {
                let found = asked.desk.notification_preferences(actor).await;
                Some(NotificationPreferences::new(actor, &found.or_graphql()?))
            }
            None => None,
        };
        Ok(SetNotificationPreferencesPayload {
            preferences,
            user_errors,
        })
    }
}
