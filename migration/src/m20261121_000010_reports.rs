//! Weekly reports, as they were made.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// One row for each week. What a report says does not change any more, whatever happens to tickets,
/// names and targets later.
const REPORTS: &str = "
CREATE TABLE weekly_report (
    week {text} PRIMARY KEY,
    time_zone {text} NOT NULL,
    from_at {time} NOT NULL,
    to_at {time} NOT NULL,
    data {json} NOT NULL,
    created_at {time} NOT NULL
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, REPORTS).await
    }
}
