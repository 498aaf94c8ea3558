//! Ending mails of one kind, by the link in them: without signing in.

use entity::{MailMode, NotificationKind, UserId, user};
use sea_orm::EntityTrait;

use super::{
    choose::{Choice, SetNotificationPreferences, choices},
    preference::preferences_of,
};
use crate::{Actor, Desk, Result};

impl Desk {
    /// `person` gets no more mails of `kind`; by the digest are meant all kinds that come with it. What
    /// is shown in the app stays. Who is asked twice, or is not there any more, is content already.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn unsubscribe(&self, person: UserId, kind: NotificationKind) -> Result<()> {
        let db = self.db.read();
        let Some(row) = user::Entity::find_by_id(person).one(db).await? else {
            return Ok(());
        };
        let actor = Actor {
            id: row.id,
            role: row.role,
        };
        let wishes = preferences_of(db, &[person]).await?.remove(&person);
        let wishes = wishes.unwrap_or_default();
        let meant = |other: &NotificationKind| {
            if kind == NotificationKind::Digest {
                wishes.of(*other).mail == MailMode::Digest
            } else {
                *other == kind
            }
        };
        let kinds: Vec<_> = choices(actor)
            .filter(meant)
            .map(|kind| Choice {
                kind,
                mail: Some(MailMode::Off),
                in_app: None,
            })
            .collect();
        if kinds.is_empty() {
            return Ok(());
        }
        let command = SetNotificationPreferences {
            digest_minutes: None,
            kinds,
            idempotency_key: None,
        };
        self.execute(actor, command).await
    }
}
