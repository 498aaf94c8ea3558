//! The distribution of each duration by itself, so that only those are read that somebody asks for.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// In place of what was there: sums have another form, so the job works out everything anew, from the
/// beginning of the log. Until it is done, answers say from when they are.
const DISTRIBUTIONS: &str = "
{lock_stats};
DROP TABLE stats_bucket;
CREATE TABLE stats_bucket (
    dimension smallint NOT NULL,
    key {text} NOT NULL,
    level smallint NOT NULL,
    start integer NOT NULL,
    numbers {bytes} NOT NULL,
    first_response {bytes} NOT NULL,
    next_response {bytes} NOT NULL,
    first_resolution {bytes} NOT NULL,
    total_resolution {bytes} NOT NULL,
    hours {bytes} NOT NULL,
    PRIMARY KEY (dimension, key, level, start)
){wide};
CREATE INDEX stats_bucket_time ON stats_bucket (dimension, level, start);
{clear} stats_fact;
{clear} stats_ticket;
UPDATE stats_state SET format = 2, xid = 0, seq = 0, rolled_from = 0;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DISTRIBUTIONS).await
    }
}
