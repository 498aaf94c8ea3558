//! Announcing a file, so that it can be uploaded.

use chrono::TimeDelta;
use entity::{AttachmentId, AttachmentState, TicketId, Timestamp, attachment, ticket::Sensitive};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Alias, ExprTrait},
};
use serde::{Deserialize, Serialize};

use super::{
    Announced, FileKey, SignedRequest, away, hex, model::announced, no_storage, rules::registered,
};
use crate::{
    Actor, Desk, Error, Result, Screened, UserErrorCode,
    command::{Command, Work},
    permission::Action,
    query::visible_to,
    text::{Check, MAX_WORD},
};

/// How many files one person can have announced or uploaded without attaching them.
const MOST_OPEN: u64 = 50;
/// How much they can hold, in the size of the largest file.
const MOST_OPEN_SIZE: u64 = 10;

/// Announces a file (requirement A1). Nothing is uploaded by this.
#[derive(Clone, Debug, Serialize)]
pub struct CreateUpload {
    /// Its name on the uploader's machine.
    pub file_name: Screened,
    /// Its media type.
    pub content_type: String,
    /// Its exact size.
    pub size_bytes: i64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// The ticket that it is for. It can be attached to no other then.
    pub ticket: Option<TicketId>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedUpload {
    attachment: AttachmentId,
}

/// An upload that may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// What it will be.
    pub id: AttachmentId,
    /// The request that uploads it.
    pub request: SignedRequest,
    /// Until when that may begin.
    pub expires_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Open {
    bytes: Option<i64>,
}

impl Command for CreateUpload {
    type Output = AnnouncedUpload;
    const NAME: &'static str = "createUpload";
    const ACTION: Action = Action::Attach;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<AnnouncedUpload> {
        let mut check = Check::default();
        let file_name = check.line(self.file_name.get(), &["fileName"], MAX_WORD);
        let content_type = self.content_type(work, &mut check);
        self.check_size(work, &mut check);
        let sha256 = self.sha256.trim().to_ascii_lowercase();
        if hex::decode(&sha256).is_none() {
            check.fail(
                UserErrorCode::Invalid,
                &["sha256"],
                "`sha256` must be the SHA-256 of the file's bytes: 64 hexadecimal digits.",
            );
        }
        check.finish()?;
        if let Some(ticket) = self.ticket {
            let ticket = visible_to(work.actor).filter(entity::ticket::Column::Id.eq(ticket));
            if ticket.count(work.tx()).await? == 0 {
                return Err(Error::not_found("ticket", &["ticketId"]));
            }
        }
        self.check_open(work).await?;
        let id = work.clock().new_id();
        let row = attachment::ActiveModel {
            id: Set(id),
            state: Set(AttachmentState::Pending),
            uploader_id: Set(work.actor.id),
            for_ticket_id: Set(self.ticket),
            sensitive: Set(Sensitive(self.file_name.found().to_vec())),
            storage_key: Set(FileKey::random().as_str().to_owned()),
            file_name: Set(file_name),
            content_type: Set(content_type),
            size_bytes: Set(self.size_bytes),
            sha256: Set(sha256),
            refusal: Set(None),
            ticket_id: Set(None),
            message_id: Set(None),
            internal: Set(false),
            position: Set(0),
            created_at: Set(work.now),
            upload_until: Set(work.now + work.settings().uploads.upload_lives),
            checked_at: Set(None),
        };
        attachment::Entity::insert(row)
            .exec_without_returning(work.tx())
            .await?;
        Ok(AnnouncedUpload { attachment: id })
    }
}

impl CreateUpload {
    fn content_type(&self, work: &Work, check: &mut Check) -> String {
        let content_type = self.content_type.trim().to_ascii_lowercase();
        let content_type = registered(&content_type).to_owned();
        let allowed = &work.settings().uploads.types;
        if !allowed.contains(&content_type) {
            check.fail(
                UserErrorCode::Invalid,
                &["contentType"],
                format!(
                    "Files of this type cannot be attached. Possible are: {}. Write the type without \
                     parameters.",
                    allowed.join(", ")
                ),
            );
        }
        content_type
    }

    fn check_size(&self, work: &Work, check: &mut Check) {
        let most = work.settings().uploads.max_bytes;
        match u64::try_from(self.size_bytes) {
            Ok(1..) if self.size_bytes.unsigned_abs() <= most => {}
            Ok(1..) => check.fail(
                UserErrorCode::TooLarge,
                &["sizeBytes"],
                format!(
                    "The file has {} bytes, at most {most} are possible. Send a smaller one.",
                    self.size_bytes
                ),
            ),
            Ok(0) | Err(_) => check.fail(
                UserErrorCode::Invalid,
                &["sizeBytes"],
                "`sizeBytes` must be the exact size of the file, at least 1: an empty file cannot be \
                 attached.",
            ),
        }
    }

    /// Nobody fills the storage with what they attach to nothing: also what was refused is there until
    /// the sweep deletes it.
    async fn check_open(&self, work: &Work) -> Result<()> {
        let open = attachment::Entity::find()
            .filter(attachment::Column::UploaderId.eq(work.actor.id))
            .filter(attachment::Column::TicketId.is_null());
        let files = open.clone().count(work.tx()).await?;
        let bytes = attachment::Column::SizeBytes
            .sum()
            .cast_as(Alias::new("bigint"));
        let bytes = open.select_only().column_as(bytes, "bytes");
        let bytes = bytes.into_model::<Open>().one(work.tx()).await?;
        let bytes = bytes.and_then(|open| open.bytes).unwrap_or(0);
        let bytes = u64::try_from(bytes.saturating_add(self.size_bytes)).unwrap_or(u64::MAX);
        let most = work
            .settings()
            .uploads
            .max_bytes
            .saturating_mul(MOST_OPEN_SIZE);
        if files >= MOST_OPEN || bytes > most {
            return Err(Error::user(
                UserErrorCode::LimitReached,
                &[],
                format!(
                    "You have {files} uploads that are attached to nothing; {MOST_OPEN} files, or \
                     {most} bytes, are possible at once. Attach some, or wait: what is not completed \
                     goes after an hour or two, what is not attached after {} hours.",
                    work.settings().uploads.unattached_lives.num_hours()
                ),
            ));
        }
        Ok(())
    }
}

/// A file that nobody has.
fn probe() -> Announced {
    Announced {
        key: FileKey::random(),
        content_type: "text/plain".to_owned(),
        size_bytes: 1,
        sha256: [0; 32],
    }
}

impl Desk {
    /// Announces a file, and signs the request that uploads it. Repeated with the same idempotency
    /// key, it signs one for the same file.
    ///
    /// # Errors
    /// As [`Desk::execute`]; STORAGE_UNAVAILABLE when nothing can be uploaded now.
    pub async fn create_upload(&self, actor: Actor, command: CreateUpload) -> Result<Upload> {
        let storage = self.storage.as_ref().ok_or_else(|| no_storage(&[]))?;
        // Nothing is announced to a storage that is known to be away: it would count for its uploader.
        let (now, lives) = (self.clock.now(), self.settings.uploads.upload_lives);
        let signed = storage.sign_upload(&probe(), now, now + lives).await;
        signed.map_err(|cause| away(&cause, &[]))?;
        let AnnouncedUpload { attachment: id } = self.execute(actor, command).await?;
        let row = attachment::Entity::find_by_id(id)
            .one(self.db.read())
            .await?;
        let now = self.clock.now();
        let open = |row: &attachment::Model| {
            // A link that lives for less than a second is none.
            row.state == AttachmentState::Pending && row.upload_until > now + TimeDelta::seconds(1)
        };
        let row = row.filter(open).ok_or_else(|| {
            Error::user(
                UserErrorCode::UploadExpired,
                &["idempotencyKey"],
                "This upload was announced before, and is over. Announce the file anew with a new key.",
            )
        })?;
        let file = announced(&row)?;
        let request = storage.sign_upload(&file, now, row.upload_until).await;
        Ok(Upload {
            id,
            request: request.map_err(|cause| away(&cause, &[]))?,
            expires_at: row.upload_until,
        })
    }
}
