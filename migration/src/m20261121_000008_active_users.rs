//! How many people were active on a day: who was seen lately, and the numbers that are kept.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Days are counted from 1970-01-01, which is 0.
const ACTIVE_USERS: &str = "
CREATE TABLE active_user (
    day integer NOT NULL,
    user_id {uuid} NOT NULL,
    PRIMARY KEY (day, user_id)
);
CREATE TABLE active_day (
    day integer PRIMARY KEY,
    counted integer NOT NULL,
    reported integer,
    reported_by {uuid},
    reported_at {time}
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, ACTIVE_USERS).await
    }
}
