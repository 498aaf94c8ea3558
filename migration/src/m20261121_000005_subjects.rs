//! The subjects that tickets are about, beside their category.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, prelude::Uuid},
};

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = "
CREATE TABLE subject (
    id {uuid} PRIMARY KEY,
    code {text} NOT NULL CONSTRAINT subject_code UNIQUE,
    name {text} NOT NULL,
    position integer NOT NULL CONSTRAINT subject_position UNIQUE
);
CREATE TABLE ticket_subject (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    position integer NOT NULL,
    subject_id {uuid} NOT NULL REFERENCES subject (id),
    PRIMARY KEY (ticket_id, position)
);
CREATE UNIQUE INDEX ticket_subject_subject ON ticket_subject (subject_id, ticket_id);
ALTER TABLE ticket ADD COLUMN subjects {json} NOT NULL DEFAULT '[]';
";

/// The subjects that are shipped (requirement T5).
const SUBJECTS: [(&str, &str); 5] = [
    ("account_issue", "Account issue"),
    ("document_request", "Document request"),
    ("technical_support", "Technical support"),
    ("general_inquiry", "General inquiry"),
    ("complaint", "Complaint"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        let mut rows = Query::insert();
        rows.into_table("subject")
            .columns(["id", "code", "name", "position"]);
        for (place, (code, name)) in (1_i32..).zip(SUBJECTS) {
            // The same id in every installation, so that exports can be compared.
            let id = Uuid::from_u128(0xdec0_0000_0000_7000_8000_0000_0000_0300 + place as u128);
            rows.values_panic([id.into(), code.into(), name.into(), (place * 10).into()]);
        }
        manager.get_connection().execute(&rows).await?;
        Ok(())
    }
}
