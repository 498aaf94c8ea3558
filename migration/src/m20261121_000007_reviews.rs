//! Quality reviews: samples of tickets, and how reviewers scored them.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// No reference to tickets: it would lock the row of each ticket that is drawn, and hold up commands.
/// Tickets are never deleted.
const REVIEWS: &str = "
CREATE TABLE review_sample (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL,
    rules {json} NOT NULL,
    seed bigint NOT NULL,
    wanted integer NOT NULL,
    matching bigint NOT NULL,
    found integer NOT NULL,
    created_by {uuid} NOT NULL REFERENCES user_account (id),
    created_at {time} NOT NULL
);
CREATE TABLE review_item (
    sample_id {uuid} NOT NULL REFERENCES review_sample (id),
    ticket_id {uuid} NOT NULL,
    position integer NOT NULL,
    assignee_id {uuid},
    PRIMARY KEY (sample_id, ticket_id)
);
CREATE INDEX review_item_ticket ON review_item (ticket_id);
CREATE TABLE review (
    sample_id {uuid} NOT NULL,
    ticket_id {uuid} NOT NULL,
    reviewer_id {uuid} NOT NULL REFERENCES user_account (id),
    score smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
    notes {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (sample_id, ticket_id, reviewer_id),
    FOREIGN KEY (sample_id, ticket_id) REFERENCES review_item (sample_id, ticket_id)
);
CREATE INDEX ticket_finished ON ticket (COALESCE(resolved_at, closed_at), id)
    WHERE COALESCE(resolved_at, closed_at) IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, REVIEWS).await
    }
}
