//! Attaching files to what somebody writes.

use std::collections::HashSet;

use entity::{AttachmentId, AttachmentState, MessageId, SensitiveKind, TicketId, attachment};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    Error, Result, UserErrorCode,
    command::Work,
    text::{Check, MAX_LIST},
};

/// What files are attached to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The ticket.
    pub(crate) ticket: TicketId,
    /// The ticket that who writes meant: another one if a late reply opened a new one.
    pub(crate) meant: TicketId,
    /// The message; `None` for what comes with the ticket itself.
    pub(crate) message: Option<MessageId>,
    /// Whether that message is a note that only staff see.
    pub(crate) internal: bool,
}

const FIELD: &[&str] = &["attachmentIds"];

impl Work {
    /// What was masked of the names of files that the actor is about to attach.
    pub(crate) async fn masked_names(&self, files: &[AttachmentId]) -> Result<Vec<SensitiveKind>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let rows = attachment::Entity::find()
            .filter(attachment::Column::Id.is_in(files.iter().take(MAX_LIST).copied()))
            .filter(attachment::Column::UploaderId.eq(self.actor.id))
            .all(self.tx())
            .await?;
        Ok(rows.into_iter().flat_map(|row| row.sensitive.0).collect())
    }

    /// Attaches checked uploads of the actor, in their order. What somebody else uploaded is not
    /// there.
    ///
    /// # Errors
    /// NOT_FOUND, UPLOAD_INCOMPLETE, UPLOAD_REFUSED, UPLOAD_EXPIRED, or TAKEN for one that is on a
    /// ticket already.
    pub(crate) async fn attach(&mut self, files: &[AttachmentId], place: Place) -> Result<()> {
        let mut check = Check::default();
        check.length(files.len(), FIELD);
        if files.iter().collect::<HashSet<_>>().len() < files.len() {
            check.fail(
                UserErrorCode::Invalid,
                FIELD,
                "`attachmentIds` names a file twice. Name each once.",
            );
        }
        check.finish()?;
        for (position, &file) in (0_i32..).zip(files) {
            // All conditions are in the statement: whoever else attaches or sweeps it at the same time
            // finds it taken, or has taken it.
            let free = Condition::any()
                .add(attachment::Column::ForTicketId.is_null())
                .add(attachment::Column::ForTicketId.is_in([place.ticket, place.meant]));
            let attached = attachment::Entity::update_many()
                .col_expr(attachment::Column::TicketId, Expr::val(place.ticket.0))
                .col_expr(
                    attachment::Column::MessageId,
                    Expr::val(place.message.map(|id| id.0)),
                )
                .col_expr(attachment::Column::Internal, Expr::val(place.internal))
                .col_expr(attachment::Column::Position, Expr::val(position))
                .filter(attachment::Column::Id.eq(file))
                .filter(attachment::Column::UploaderId.eq(self.actor.id))
                .filter(attachment::Column::State.eq(AttachmentState::Ready))
                .filter(attachment::Column::TicketId.is_null())
                .filter(free)
                .exec(self.tx())
                .await?;
            if attached.rows_affected == 0 {
                return Err(self.not_attached(file).await?);
            }
        }
        Ok(())
    }

    /// Why a file could not be attached.
    async fn not_attached(&self, file: AttachmentId) -> Result<Error> {
        let row = attachment::Entity::find_by_id(file)
            .filter(attachment::Column::UploaderId.eq(self.actor.id))
            .one(self.tx())
            .await?;
        let Some(row) = row else {
            return Ok(Error::not_found("upload", FIELD));
        };
        let (code, why) = match row.state {
            _ if row.ticket_id.is_some() => (
                UserErrorCode::Taken,
                "is attached already. Upload the file again for another place.".to_owned(),
            ),
            AttachmentState::Ready => (
                UserErrorCode::Invalid,
                "was announced for another ticket. Upload the file for this one.".to_owned(),
            ),
            AttachmentState::Pending => (
                UserErrorCode::UploadIncomplete,
                "is not completed. Send the file, call `completeUpload`, and try again, or go on \
                 without it."
                    .to_owned(),
            ),
            AttachmentState::Refused => (
                UserErrorCode::UploadRefused,
                format!("was refused: {}", row.refusal.unwrap_or_default()),
            ),
            AttachmentState::Expired => (
                UserErrorCode::UploadExpired,
                "was not attached in time and is not kept. Upload the file again, or go on without \
                 it."
                    .to_owned(),
            ),
        };
        Ok(Error::user(
            code,
            FIELD,
            format!("`{}` {why}", row.file_name),
        ))
    }
}
