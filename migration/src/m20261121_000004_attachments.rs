//! Attachments, and what of a ticket's text was masked.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const ATTACHMENTS: &str = "
CREATE TABLE attachment (
    id {uuid} PRIMARY KEY,
    state {text} NOT NULL,
    uploader_id {uuid} NOT NULL REFERENCES user_account (id),
    for_ticket_id {uuid},
    storage_key {text} NOT NULL CONSTRAINT attachment_key UNIQUE,
    file_name {text} NOT NULL,
    sensitive {json} NOT NULL,
    content_type {text} NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 {text} NOT NULL,
    refusal {text},
    ticket_id {uuid} REFERENCES ticket (id),
    message_id {uuid} REFERENCES message (id),
    internal {bool} NOT NULL,
    position integer NOT NULL,
    created_at {time} NOT NULL,
    upload_until {time} NOT NULL,
    checked_at {time}
);
CREATE INDEX attachment_ticket ON attachment (ticket_id, position)
    WHERE ticket_id IS NOT NULL AND message_id IS NULL;
CREATE INDEX attachment_message ON attachment (message_id, position) WHERE message_id IS NOT NULL;
CREATE INDEX attachment_open ON attachment (uploader_id) WHERE ticket_id IS NULL;
CREATE INDEX attachment_waiting ON attachment (state, created_at) WHERE ticket_id IS NULL;
ALTER TABLE ticket ADD COLUMN sensitive {json} NOT NULL DEFAULT '[]';
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, ATTACHMENTS).await
    }
}
