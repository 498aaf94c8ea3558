//! Saying what one wants to be told, and how (requirement N4).

use entity::{MailMode, NotificationKind, inbox, notification_preference};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;

use super::{
    mark_read::lock,
    preference::{DIGEST_BOUNDS, is_for_staff, preferences_of},
};
use crate::{
    Actor, Result, UserErrorCode,
    command::{Command, Work},
    permission::{Action, permit},
    text::Check,
};

/// The kinds of news about which `actor` can choose, in their order: those that people on their side
/// of the desk, or of their role, are told. The digest is none of them: it is what others are held for.
pub fn choices(actor: Actor) -> impl Iterator<Item = NotificationKind> {
    let all = NotificationKind::ALL.iter().copied();
    all.filter(move |&kind| can_choose(actor, kind))
}

fn can_choose(actor: Actor, kind: NotificationKind) -> bool {
    let of_their_side = is_for_staff(kind) == actor.is_staff();
    let of_their_role =
        kind != NotificationKind::WeeklyReport || permit(actor, Action::ManageStats).is_ok();
    kind != NotificationKind::Digest && of_their_side && of_their_role
}

/// How somebody wants to be told of one kind of news. What is left out stays as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// Of what.
    pub kind: NotificationKind,
    /// Whether, and when, it is mailed.
    pub mail: Option<MailMode>,
    /// Whether it is shown in the app.
    pub in_app: Option<bool>,
}

/// Says how the actor wants to be told. What is left out stays as it is.
#[derive(Clone, Debug, Serialize)]
pub struct SetNotificationPreferences {
    /// How many minutes a digest covers.
    pub digest_minutes: Option<i32>,
    /// By kind.
    pub kinds: Vec<Choice>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SetNotificationPreferences {
    type Output = ();
    const NAME: &'static str = "setNotificationPreferences";
    const ACTION: Action = Action::SetOwnNotifications;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<()> {
        self.check(work.actor)?;
        // Two that choose at the same time do so in turn.
        let person = lock(work).await?;
        if let Some(minutes) = self.digest_minutes {
            inbox::Entity::update_many()
                .col_expr(inbox::Column::DigestMinutes, Expr::val(minutes))
                .filter(inbox::Column::UserId.eq(person))
                .exec(work.tx())
                .await?;
        }
        let mut found = preferences_of(work.tx(), &[person]).await?;
        let now = found.remove(&person).unwrap_or_default();
        let rows = self.kinds.iter().map(|choice| {
            let now = now.of(choice.kind);
            notification_preference::ActiveModel {
                user_id: Set(person),
                kind: Set(choice.kind),
                mail: Set(choice.mail.unwrap_or(now.mail)),
                in_app: Set(choice.in_app.unwrap_or(now.in_app)),
            }
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            use notification_preference::Column;
            let in_place = OnConflict::columns([Column::UserId, Column::Kind])
                .update_columns([Column::Mail, Column::InApp])
                .to_owned();
            notification_preference::Entity::insert_many(rows)
                .on_conflict(in_place)
                .exec_without_returning(work.tx())
                .await?;
        }
        Ok(())
    }
}

impl SetNotificationPreferences {
    fn check(&self, actor: Actor) -> Result<()> {
        let mut check = Check::default();
        if self.kinds.len() > NotificationKind::ALL.len() {
            let message = "There are more entries than kinds. Name each kind once.";
            check.fail(UserErrorCode::TooLong, &["kinds"], message);
            return check.finish();
        }
        let mut invalid = |field: &[&str], message: String| {
            check.fail(UserErrorCode::Invalid, field, message);
        };
        if let Some(minutes) = self.digest_minutes {
            let (least, most) = (DIGEST_BOUNDS.start(), DIGEST_BOUNDS.end());
            if !actor.is_staff() {
                let message = "Digests are for the support team. Leave `digestMinutes` out.";
                invalid(&["digestMinutes"], message.to_owned());
            } else if !DIGEST_BOUNDS.contains(&minutes) {
                let message = format!(
                    "A digest covers {least} to {most} minutes, not {minutes}. Choose a number \
                     within these bounds."
                );
                invalid(&["digestMinutes"], message);
            }
        }
        for (index, Choice { kind, mail, in_app }) in self.kinds.iter().enumerate() {
            let name = kind.as_str();
            if *kind == NotificationKind::Digest {
                let message = "The digest itself is no choice. Choose which kinds come with it \
                               (`mail: DIGEST`), and how many minutes it covers (`digestMinutes`).";
                invalid(&["kinds", "kind"], message.to_owned());
            } else if !can_choose(actor, *kind) {
                let message = format!(
                    "You are never told of {name}. Choose among the kinds that \
                     `notificationPreferences` lists."
                );
                invalid(&["kinds", "kind"], message);
            }
            if *mail == Some(MailMode::Digest) && !actor.is_staff() {
                let message = format!(
                    "Digests are for the support team. Choose IMMEDIATE or OFF for {name}."
                );
                invalid(&["kinds", "mail"], message);
            }
            let is_report = *kind == NotificationKind::WeeklyReport;
            if is_report && *mail == Some(MailMode::Digest) {
                let message = "The weekly report is a mail of its own. Choose IMMEDIATE or OFF.";
                invalid(&["kinds", "mail"], message.to_owned());
            }
            if is_report && *in_app == Some(true) {
                let message = "The weekly report is not shown in the app. Leave `inApp` out.";
                invalid(&["kinds", "inApp"], message.to_owned());
            }
            if self.kinds[..index].iter().any(|other| other.kind == *kind) {
                let message = format!("{name} is there twice. Name each kind once.");
                invalid(&["kinds", "kind"], message);
            }
        }
        check.finish()
    }
}
