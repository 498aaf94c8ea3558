//! How the database came to be: one file per change, the same for PostgreSQL and SQLite.
//!
//! Migrations only add, but that what is worked out from other tables may be made anew. One that has
//! landed is never edited; a mistake is mended by a later one.

use sea_orm_migration::prelude::*;

mod dialect;
mod m20261121_000001_foundation;
mod m20261121_000002_sla;
mod m20261121_000003_telling;
mod m20261121_000004_attachments;
mod m20261121_000005_subjects;
mod m20261121_000006_ratings;
mod m20261121_000007_reviews;
mod m20261121_000008_active_users;
mod m20261121_000009_statistics;
mod m20261121_000010_reports;
mod m20261121_000011_distributions;
mod m20261122_000012_hours_of_weeks;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_foundation::Migration),
            Box::new(m20261121_000002_sla::Migration),
            Box::new(m20261121_000003_telling::Migration),
            Box::new(m20261121_000004_attachments::Migration),
            Box::new(m20261121_000005_subjects::Migration),
            Box::new(m20261121_000006_ratings::Migration),
            Box::new(m20261121_000007_reviews::Migration),
            Box::new(m20261121_000008_active_users::Migration),
            Box::new(m20261121_000009_statistics::Migration),
            Box::new(m20261121_000010_reports::Migration),
            Box::new(m20261121_000011_distributions::Migration),
            Box::new(m20261122_000012_hours_of_weeks::Migration),
        ]
    }
}
