//! Replacing the secret of an endpoint.

use chrono::TimeDelta;
use entity::{
    Timestamp, WebhookId,
    webhook_endpoint::{self, Secrets},
};
use sea_orm::ActiveValue::Set;
use serde::Serialize;

use super::{
    Secret,
    webhook::{locked, write},
};
use crate::{
    Error, Result, UserErrorCode,
    command::{Command, Work},
    db::database_now,
    permission::Action,
};

/// How many secrets of an endpoint can sign at the same time.
const MAX_SECRETS: usize = 5;

/// For how many hours a replaced secret still signs, if nobody says otherwise.
pub const USUAL_OVERLAP: i32 = 24;

/// For how many hours at most a replaced secret still signs.
const MAX_OVERLAP: i32 = 168;

/// Gives an endpoint a new secret. Those before it sign beside it for a while.
#[derive(Clone, Debug, Serialize)]
pub struct RotateWebhookSecret {
    /// The endpoint.
    pub id: WebhookId,
    /// For how many hours the secrets before it still sign.
    pub overlap_hours: i32,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for RotateWebhookSecret {
    /// The secret is not part of it: answers are kept.
    type Output = WebhookId;
    const NAME: &'static str = "rotateWebhookSecret";
    const ACTION: Action = Action::ManageWebhooks;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<WebhookId> {
        if !(0..=MAX_OVERLAP).contains(&self.overlap_hours) {
            let message = format!(
                "The secrets before can sign for 0 to {MAX_OVERLAP} more hours, not for {}. Choose \
                 a number within these bounds.",
                self.overlap_hours
            );
            let field = &["overlapHours"];
            return Err(Error::user(UserErrorCode::Invalid, field, message));
        }
        let row = locked(work, self.id, "endpointId").await?;
        let now = database_now(work.tx(), work.clock()).await?;
        let secrets = rotated(row.secrets, now, self.overlap_hours)?;
        let change = webhook_endpoint::ActiveModel {
            secrets: Set(secrets),
            updated_at: Set(work.now),
            ..Default::default()
        };
        write(work, self.id, change).await
    }
}

/// A new secret before `secrets`, which sign for some more hours, and none of them for longer than
/// it was said before.
fn rotated(secrets: Secrets, now: Timestamp, overlap_hours: i32) -> Result<Secrets> {
    let end = now + TimeDelta::hours(overlap_hours.into());
    let old = secrets.0.into_iter().map(|secret| {
        let until = secret.until.map_or(end, |until| until.min(end));
        webhook_endpoint::Secret {
            until: Some(until),
            ..secret
        }
    });
    let old = old.filter(|secret| secret.until.is_some_and(|until| until > now));
    let secrets: Vec<_> = std::iter::once(new_secret()).chain(old).collect();
    if secrets.len() > MAX_SECRETS {
        let message = format!(
            "{MAX_SECRETS} secrets sign already. Wait until one of them has ended, or give \
             `overlapHours: 0` to end all of them now."
        );
        let field = &["overlapHours"];
        return Err(Error::user(UserErrorCode::TooLong, field, message));
    }
    Ok(Secrets(secrets))
}

/// A secret that nobody had before.
pub(super) fn new_secret() -> webhook_endpoint::Secret {
    webhook_endpoint::Secret {
        value: Secret::generate(&mut rand::rng()).reveal(),
        until: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(secrets: &Secrets, now: Timestamp) -> Vec<Option<i64>> {
        let left = |until: Timestamp| (until - now).num_hours();
        let secrets = secrets.0.iter();
        secrets.map(|secret| secret.until.map(left)).collect()
    }

    #[test]
    fn secrets_before_end_as_was_said() {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let first = Secrets(vec![new_secret()]);
        let second = rotated(first.clone(), now, 24).unwrap();
        assert_eq!(hours(&second, now), [None, Some(24)]);
        assert_eq!(second.0[1].value, first.0[0].value);
        let later = now + TimeDelta::hours(4);
        let third = rotated(second, later, 168).unwrap();
        // What was said to end on the next day does.
        assert_eq!(hours(&third, later), [None, Some(168), Some(20)]);
        let later = later + TimeDelta::hours(20);
        let fourth = rotated(third, later, 24).unwrap();
        assert_eq!(hours(&fourth, later), [None, Some(24), Some(24)]);
        let fifth = rotated(fourth, later, 24).unwrap();
        let sixth = rotated(fifth, later, 24).unwrap();
        assert_eq!(sixth.0.len(), 5);
        assert!(rotated(sixth.clone(), later, 24).is_err());
        assert_eq!(hours(&rotated(sixth, later, 0).unwrap(), later), [None]);
    }
}
