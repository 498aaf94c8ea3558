//! Hours by weekday, so that weeks and months can tell of them.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Sums have another form, so the job works out everything anew, from the beginning of the log. Until
/// it is done, answers say from when they are.
const HOURS_OF_WEEKS: &str = "
{lock_stats};
{clear} stats_bucket;
{clear} stats_fact;
{clear} stats_ticket;
UPDATE stats_state SET format = 3, xid = 0, seq = 0, rolled_from = 0;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, HOURS_OF_WEEKS).await
    }
}
