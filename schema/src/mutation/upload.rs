//! Uploading files.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::attachment::{self, CompleteUpload, CreateUpload};
use entity::AttachmentId;

use super::split;
use crate::{
    context::signed_in,
    id::GlobalId,
    object::{Attachment, UserError},
};

#[derive(Default)]
pub(crate) struct UploadMutation;

/// A file that is to be uploaded.
#[derive(InputObject)]
pub(crate) struct CreateUploadInput {
    /// Its name, at most 200 characters.
    file_name: String,
    /// Its media type, such as `image/png`; an error says which are possible.
    content_type: String,
    /// Its exact size, in bytes.
    size_bytes: i64,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    sha256: String,
    /// The ticket that it is for, if there is one yet: it can be attached to no other then.
    ticket_id: Option<ID>,
    /// A repeated request with the same key and input announces it once and is answered alike.
    idempotency_key: Option<String>,
}

/// Which upload to complete.
#[derive(InputObject)]
pub(crate) struct CompleteUploadInput {
    /// The `id` that `createUpload` answered.
    upload_id: ID,
    /// A repeated request with the same key and input is done once and answered alike. Without one, too:
    /// an upload can be completed once.
    idempotency_key: Option<String>,
}

/// The request that uploads a file. It is good for this file alone, once.
#[derive(SimpleObject)]
pub(crate) struct Upload {
    /// What to give to `completeUpload`, and then as one of `attachmentIds`.
    id: ID,
    /// Where to send the file's bytes, as the body.
    url: String,
    /// The HTTP method.
    method: String,
    /// The headers that the request must have, word for word.
    headers: Vec<UploadHeader>,
    /// Until when the request can begin.
    expires_at: DateTime<Utc>,
}

/// A header of the request that uploads a file.
#[derive(SimpleObject)]
pub(crate) struct UploadHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl From<attachment::Upload> for Upload {
    fn from(upload: attachment::Upload) -> Self {
        let headers = upload.request.headers.into_iter();
        Self {
            id: GlobalId::Upload(upload.id).encode(),
            url: upload.request.url,
            method: upload.request.method,
            headers: headers
                .map(|(name, value)| UploadHeader { name, value })
                .collect(),
            expires_at: upload.expires_at,
        }
    }
}

/// What `createUpload` answers.
#[derive(SimpleObject)]
pub(crate) struct CreateUploadPayload {
    /// The request to send; null if something has to be mended.
    upload: Option<Upload>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `completeUpload` answers.
#[derive(SimpleObject)]
pub(crate) struct CompleteUploadPayload {
    /// The file, which can be attached now; null if something has to be mended.
    attachment: Option<Attachment>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// The uploads of an input. An id that names nothing is NOT_FOUND like one that names somebody else's.
pub(super) fn uploads(ids: Option<Vec<ID>>) -> Vec<AttachmentId> {
    let ids = ids.unwrap_or_default();
    ids.iter().map(upload).collect()
}

fn upload(id: &ID) -> AttachmentId {
    GlobalId::upload(id).unwrap_or(uuid::Uuid::nil().into())
}

#[Object]
impl UploadMutation {
    /// Announces a file, and answers with the request that uploads it. Send that, then call
    /// `completeUpload`.
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: CreateUploadInput,
    ) -> Result<CreateUploadPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let nobody = uuid::Uuid::nil().into();
        let ticket = input.ticket_id.as_ref();
        let command = CreateUpload {
            file_name: asked.screen(&input.file_name),
            content_type: input.content_type,
            size_bytes: input.size_bytes,
            sha256: input.sha256,
            ticket: ticket.map(|id| GlobalId::ticket(id).unwrap_or(nobody)),
            idempotency_key: input.idempotency_key,
        };
        let (upload, user_errors) = split(asked.desk.create_upload(actor, command).await)?;
        Ok(CreateUploadPayload {
            upload: upload.map(Upload::from),
            user_errors,
        })
    }

    /// Checks the file that was uploaded. From then on it can be attached by `createTicket`,
    /// `replyToTicket` and `addInternalNote`, once, within a day or what the operator says.
    async fn complete_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upload.")] input: CompleteUploadInput,
    ) -> Result<CompleteUploadPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = CompleteUpload {
            upload: upload(&input.upload_id),
            idempotency_key: input.idempotency_key,
        };
        let (row, user_errors) = split(asked.desk.complete_upload(actor, command).await)?;
        Ok(CompleteUploadPayload {
            attachment: row.map(|row| Attachment(Arc::new(row))),
            user_errors,
        })
    }
}
