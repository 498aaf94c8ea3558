//! How satisfied customers are.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const RATINGS: &str = "
CREATE TABLE rating (
    ticket_id {uuid} PRIMARY KEY REFERENCES ticket (id),
    requester_id {uuid} NOT NULL REFERENCES user_account (id),
    score smallint NOT NULL CONSTRAINT rating_score CHECK (score BETWEEN 1 AND 5),
    comment {text},
    by_link {bool} NOT NULL,
    rated_at {time} NOT NULL
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, RATINGS).await
    }
}
