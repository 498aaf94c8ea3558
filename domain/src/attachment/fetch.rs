//! Finding and fetching attachments.

use entity::{AttachmentId, AttachmentState, MessageId, TicketId, attachment};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value,
    sea_query::ArrayType,
};

use super::{INLINE, Shown, model::key};
use crate::{
    Actor, Desk, Error, Result, UserErrorCode,
    db::among,
    permission::{Action, Scope, scope},
    query::visible_to,
};

/// What is on internal notes is not there for whoever may not see internals.
fn shown_to(actor: Actor) -> Condition {
    let ready = Condition::all().add(attachment::Column::State.eq(AttachmentState::Ready));
    match scope(actor.role, Action::ViewInternals) {
        Scope::Any => ready,
        Scope::Own | Scope::No => ready.add(attachment::Column::Internal.eq(false)),
    }
}

impl Desk {
    /// What came with `tickets` themselves, not with their messages, in order. The tickets must have
    /// been loaded for the reader.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; so for everything below.
    pub async fn attachments_of_tickets(
        &self,
        actor: Actor,
        tickets: &[TicketId],
    ) -> Result<Vec<attachment::Model>> {
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let column = attachment::Column::TicketId;
        let of_tickets = among(self.db.backend(), column, ArrayType::Uuid, ids);
        let rows = attachment::Entity::find()
            .filter(of_tickets)
            .filter(attachment::Column::MessageId.is_null());
        self.in_order(actor, rows).await
    }

    /// What is on `messages`, in order. The messages must have been loaded for `actor`.
    pub async fn attachments_of_messages(
        &self,
        actor: Actor,
        messages: &[MessageId],
    ) -> Result<Vec<attachment::Model>> {
        let ids = messages.iter().map(|id| Value::from(id.0));
        let column = attachment::Column::MessageId;
        let of_messages = among(self.db.backend(), column, ArrayType::Uuid, ids);
        self.in_order(actor, attachment::Entity::find().filter(of_messages))
            .await
    }

    async fn in_order(
        &self,
        actor: Actor,
        rows: sea_orm::Select<attachment::Entity>,
    ) -> Result<Vec<attachment::Model>> {
        let rows = rows
            .filter(shown_to(actor))
            .order_by_asc(attachment::Column::Position)
            .order_by_asc(attachment::Column::Id);
        Ok(rows.all(self.db.read()).await?)
    }

    /// Those of `ids` that are there for `actor`, in no order: what is on tickets that they may see,
    /// and what they uploaded themselves and did not attach yet.
    pub async fn attachments(
        &self,
        actor: Actor,
        ids: &[AttachmentId],
    ) -> Result<Vec<attachment::Model>> {
        let wanted = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            attachment::Column::Id,
            ArrayType::Uuid,
            wanted,
        );
        let tickets = visible_to(actor)
            .select_only()
            .column(entity::ticket::Column::Id);
        let on_a_ticket = attachment::Column::TicketId.in_subquery(tickets.into_query());
        let own = Condition::all()
            .add(attachment::Column::TicketId.is_null())
            .add(attachment::Column::UploaderId.eq(actor.id));
        let rows = attachment::Entity::find()
            .filter(wanted)
            .filter(shown_to(actor))
            .filter(Condition::any().add(on_a_ticket).add(own));
        Ok(rows.all(self.db.read()).await?)
    }

    /// A number that changes whenever links that were made before have lived for half of their time, or
    /// less.
    pub fn age_of_links(&self) -> i64 {
        let half = self.settings.uploads.download_lives.num_seconds() / 2;
        self.clock.now().timestamp() / half.max(1)
    }

    /// A link to an attachment that was loaded for the reader. It leads there for minutes, for whoever
    /// holds it. `inline`: a browser may show it in a page; only some images have such a link.
    /// `None` if there is none.
    ///
    /// # Errors
    /// STORAGE_UNAVAILABLE when no link can be made now.
    pub async fn attachment_url(
        &self,
        row: &attachment::Model,
        inline: bool,
    ) -> Result<Option<String>> {
        if inline && !INLINE.contains(&row.content_type.as_str()) {
            return Ok(None);
        }
        let storage = self.storage.as_ref();
        let storage = storage.ok_or_else(|| {
            Error::user(
                UserErrorCode::StorageUnavailable,
                &[],
                "This server is not set up for attachments, so it cannot fetch this one. Tell whoever \
                 runs the desk.",
            )
        })?;
        let shown = Shown {
            key: key(row)?,
            content_type: row.content_type.clone(),
            file_name: row.file_name.clone(),
            inline,
        };
        let now = self.clock.now();
        let until = now + self.settings.uploads.download_lives;
        let url = storage.sign_download(&shown, now, until).await;
        Ok(Some(url.map_err(|cause| super::away(&cause, &[]))?))
    }
}
