//! Idempotency keys (requirement T17): a repeated request gets the first answer again.

use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::Work;
use crate::{Error, Result, UserErrorCode, text::MAX_WORD};

/// What is known of a key.
#[derive(Debug)]
pub(super) enum Claim<T> {
    /// It was used before with the same input, and answered.
    Answered(T),
    /// It is this command's now (or there is none).
    New(Option<String>),
}

impl Work {
    /// Claims `key` for this command and input. A concurrent request with the same key waits here
    /// until the other's transaction has ended.
    ///
    /// # Errors
    /// IDEMPOTENCY_KEY_REUSED if the key was used with another command or input.
    pub(super) async fn claim<I: Serialize, T: DeserializeOwned>(
        &mut self,
        command: &str,
        key: Option<&str>,
        input: &I,
    ) -> Result<Claim<T>> {
        let Some(key) = key else {
            return Ok(Claim::New(None));
        };
        check(key)?;
        let input_hash = hash(input)?;
        let row = ActiveModel {
            actor_id: Set(self.actor.id),
            key: Set(key.to_owned()),
            command: Set(command.to_owned()),
            input_hash: Set(input_hash.clone()),
            result: Set(serde_json::Value::Null),
            created_at: Set(self.now),
        };
        let once = OnConflict::columns([Column::ActorId, Column::Key])
            .do_nothing()
            .to_owned();
        let written = Entity::insert(row)
            .on_conflict(once)
            .exec_without_returning(self.tx())
            .await?;
        if written == 1 {
            return Ok(Claim::New(Some(key.to_owned())));
        }
        let row = Entity::find_by_id((self.actor.id, key.to_owned()))
            .one(self.tx())
            .await?;
        let row = row.ok_or_else(|| Error::internal("an idempotency key vanished"))?;
        if row.command != command || row.input_hash != input_hash {
            return Err(Error::user(
                UserErrorCode::IdempotencyKeyReused,
                &["idempotencyKey"],
                "This idempotency key was used before with another input. Send a new key for a new \
                 request, and the same key only to repeat the very same request.",
            ));
        }
        serde_json::from_value(row.result)
            .map(Claim::Answered)
            .map_err(Error::internal)
    }

    /// Keeps the answer that a claimed key is to give from now on.
    pub(super) async fn answer<T: Serialize>(
        &mut self,
        key: Option<String>,
        output: &T,
    ) -> Result<()> {
        let Some(key) = key else { return Ok(()) };
        let result = serde_json::to_value(output).map_err(Error::internal)?;
        Entity::update_many()
            .col_expr(Column::Result, sea_orm::sea_query::Expr::val(result))
            .filter(Column::ActorId.eq(self.actor.id))
            .filter(Column::Key.eq(key))
            .exec(self.tx())
            .await?;
        Ok(())
    }
}

fn check(key: &str) -> Result<()> {
    let (code, problem) = match key.chars().count() {
        0 => (UserErrorCode::Required, "is empty"),
        length if length > MAX_WORD => (UserErrorCode::TooLong, "is longer than 200 characters"),
        _ if key.chars().any(char::is_control) => {
            (UserErrorCode::Invalid, "holds control characters")
        }
        _ => return Ok(()),
    };
    let message =
        format!("The idempotency key {problem}. Send a UUID, for example, or leave it out.");
    Err(Error::user(code, &["idempotencyKey"], message))
}

fn hash<I: Serialize>(input: &I) -> Result<String> {
    let text = serde_json::to_vec(input).map_err(Error::internal)?;
    Ok(Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
