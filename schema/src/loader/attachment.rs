//! Attachments: by id, and by what they are on.

use std::{collections::HashMap, sync::Arc};

use entity::{AttachmentId, MessageId, TicketId, attachment};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AttachmentKey(pub(crate) AttachmentId);

impl async_graphql::dataloader::Loader<AttachmentKey> for Loader {
    type Value = Arc<attachment::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[AttachmentKey],
    ) -> Result<HashMap<AttachmentKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.attachments(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (AttachmentKey(row.id), Arc::new(row)))
            .collect())
    }
}

/// The attachments of a ticket itself, or of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AttachmentsKey {
    Ticket(TicketId),
    Message(MessageId),
}

impl async_graphql::dataloader::Loader<AttachmentsKey> for Loader {
    type Value = Arc<Vec<Arc<attachment::Model>>>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[AttachmentsKey],
    ) -> Result<HashMap<AttachmentsKey, Self::Value>, Self::Error> {
        let mut tickets = Vec::new();
        let mut messages = Vec::new();
        for key in keys {
            match key {
                AttachmentsKey::Ticket(id) => tickets.push(*id),
                AttachmentsKey::Message(id) => messages.push(*id),
            }
        }
        let actor = self.actor()?;
        let mut found: HashMap<_, Vec<_>> = keys.iter().map(|&key| (key, Vec::new())).collect();
        if !tickets.is_empty() {
            for row in self.desk.attachments_of_tickets(actor, &tickets).await? {
                let key = row.ticket_id.map(AttachmentsKey::Ticket);
                if let Some(files) = key.and_then(|key| found.get_mut(&key)) {
                    files.push(Arc::new(row));
                }
            }
        }
        if !messages.is_empty() {
            for row in self.desk.attachments_of_messages(actor, &messages).await? {
                let key = row.message_id.map(AttachmentsKey::Message);
                if let Some(files) = key.and_then(|key| found.get_mut(&key)) {
                    files.push(Arc::new(row));
                }
            }
        }
        Ok(found
            .into_iter()
            .map(|(key, files)| (key, Arc::new(files)))
            .collect())
    }
}
