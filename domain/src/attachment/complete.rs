//! Completing an upload: what arrived is checked, and can be attached from then on.

use std::sync::Arc;

use entity::{AttachmentId, AttachmentState, attachment};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{Storage, Verdict, away, model::announced, no_storage};
use crate::{
    Actor, Desk, Error, Result, UserErrorCode,
    command::{Command, Work},
    permission::{Action, permit},
};

/// Completes an upload of one's own. Done again, it answers alike.
#[derive(Clone, Debug)]
pub struct CompleteUpload {
    /// The upload.
    pub upload: AttachmentId,
    /// The key under which a repetition is recognised.
    pub idempotency_key: Option<String>,
}

/// Writes down what the check of an upload has come to.
#[derive(Clone, Debug, Serialize)]
struct SettleUpload {
    upload: AttachmentId,
    #[serde(skip)]
    refusal: Option<String>,
    #[serde(skip)]
    idempotency_key: Option<String>,
}

/// Which upload was settled.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Settled {
    attachment: AttachmentId,
}

impl Command for SettleUpload {
    type Output = Settled;
    const NAME: &'static str = "completeUpload";
    const ACTION: Action = Action::Attach;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<Settled> {
        let state = match self.refusal {
            None => AttachmentState::Ready,
            Some(_) => AttachmentState::Refused,
        };
        // Only what is still pending: another request may have settled it, or its time may be over.
        attachment::Entity::update_many()
            .col_expr(attachment::Column::State, Expr::val(state.as_str()))
            .col_expr(attachment::Column::Refusal, Expr::val(self.refusal.clone()))
            .col_expr(attachment::Column::CheckedAt, Expr::val(work.now))
            .filter(attachment::Column::Id.eq(self.upload))
            .filter(attachment::Column::State.eq(AttachmentState::Pending))
            .exec(work.tx())
            .await?;
        Ok(Settled {
            attachment: self.upload,
        })
    }
}

impl Desk {
    /// Checks what arrived for an upload of the actor's own, and makes it usable. It goes on to its
    /// end even if the caller is dropped: who asks again finds it done.
    ///
    /// # Errors
    /// NOT_FOUND for what is not the actor's, UPLOAD_INCOMPLETE when nothing arrived,
    /// UPLOAD_REFUSED when it is not what was announced or harmful, UPLOAD_EXPIRED when its time is
    /// over, STORAGE_UNAVAILABLE when it cannot be looked at now.
    pub async fn complete_upload(
        &self,
        actor: Actor,
        command: CompleteUpload,
    ) -> Result<attachment::Model> {
        permit(actor, Action::Attach)?;
        let row = self.own_upload(actor, command.upload).await?;
        let row = row.ok_or_else(not_there)?;
        if row.state != AttachmentState::Pending {
            return settled(row);
        }
        if let Some(ticket) = row.for_ticket_id
            && self.ticket(actor, ticket).await?.is_none()
        {
            return Err(not_there());
        }
        let storage = self.storage.clone();
        let storage = storage.ok_or_else(|| no_storage(&["uploadId"]))?;
        let desk = self.clone();
        let checking = tokio::spawn(async move { desk.check(actor, storage, command).await });
        checking.await.map_err(Error::internal)?
    }

    async fn check(
        &self,
        actor: Actor,
        storage: Arc<dyn Storage>,
        command: CompleteUpload,
    ) -> Result<attachment::Model> {
        let id = command.upload;
        let turn = self.checks.take(actor.id, id).await;
        let _turn = turn.ok_or_else(busy)?;
        // Whoever had the turn before may have checked it.
        let row = self.own_upload(actor, id).await?;
        let row = row.ok_or_else(not_there)?;
        if row.state != AttachmentState::Pending {
            return settled(row);
        }
        let file = announced(&row)?;
        let verdict = storage.take_in(&file).await;
        let refusal = match verdict.map_err(|cause| away(&cause, &["uploadId"]))? {
            Verdict::Kept => None,
            // What is refused stays in quarantine until the sweep deletes it: so long its link is used up.
            Verdict::Refused(refusal) => Some(refusal.to_string()),
            Verdict::Missing => return Err(self.missing(&row)),
        };
        let settle = SettleUpload {
            upload: id,
            refusal,
            idempotency_key: command.idempotency_key,
        };
        self.execute(actor, settle).await?;
        match self.own_upload(actor, id).await? {
            Some(row) if row.state != AttachmentState::Expired => settled(row),
            // Its time ended meanwhile, and it may have been kept after the sweep had deleted it.
            Some(_) | None => {
                let deleted = storage.delete(&file.key).await;
                deleted.map_err(|cause| away(&cause, &["uploadId"]))?;
                Err(expired())
            }
        }
    }

    async fn own_upload(
        &self,
        actor: Actor,
        id: AttachmentId,
    ) -> Result<Option<attachment::Model>> {
        let row = attachment::Entity::find_by_id(id)
            .filter(attachment::Column::UploaderId.eq(actor.id))
            .one(self.db.read());
        Ok(row.await?)
    }

    fn missing(&self, row: &attachment::Model) -> Error {
        if row.upload_until > self.clock.now() {
            return Error::user(
                UserErrorCode::UploadIncomplete,
                &["uploadId"],
                "The file has not arrived. Send it with the request that `createUpload` answered, wait \
                 for its answer, and complete the upload again.",
            );
        }
        expired()
    }
}

/// What became of an upload that is not pending any more.
fn settled(row: attachment::Model) -> Result<attachment::Model> {
    match row.state {
        AttachmentState::Ready => Ok(row),
        AttachmentState::Refused => Err(Error::user(
            UserErrorCode::UploadRefused,
            &["uploadId"],
            row.refusal.unwrap_or_default(),
        )),
        AttachmentState::Expired => Err(expired()),
        AttachmentState::Pending => Err(Error::internal("an upload was not settled")),
    }
}

fn not_there() -> Error {
    Error::not_found("upload", &["uploadId"])
}

fn busy() -> Error {
    Error::user(
        UserErrorCode::StorageUnavailable,
        &["uploadId"],
        "Too many files are being checked right now, or this one still is. Try again in a minute: the \
         file is not lost.",
    )
}

fn expired() -> Error {
    Error::user(
        UserErrorCode::UploadExpired,
        &["uploadId"],
        "The time for this upload is over, and the file is not kept. Announce it anew with \
         `createUpload`.",
    )
}
