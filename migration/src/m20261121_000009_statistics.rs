//! Statistics: what happened on tickets as facts, and their sums by time and dimension.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Everything here but the settings can be worked out again from the event log. How far it has been
/// worked out stands in `stats_state`: nowhere yet, so the history of a desk is counted too.
const STATISTICS: &str = "
CREATE TABLE stats_ticket (
    ticket_id {uuid} PRIMARY KEY,
    category_id {uuid} NOT NULL,
    priority smallint NOT NULL,
    source {text} NOT NULL,
    team_id {uuid},
    subjects {json} NOT NULL,
    merchants {json} NOT NULL
);
CREATE TABLE stats_fact (
    ticket_id {uuid} NOT NULL,
    ordinal integer NOT NULL,
    at bigint NOT NULL,
    marks bigint NOT NULL,
    agent_id {uuid},
    elapsed bigint NOT NULL,
    waited bigint NOT NULL,
    stay_status smallint,
    stay bigint NOT NULL,
    score smallint,
    PRIMARY KEY (ticket_id, ordinal)
);
CREATE INDEX stats_fact_at ON stats_fact (at, ticket_id);
CREATE INDEX stats_fact_agent ON stats_fact (agent_id, at);
CREATE TABLE stats_bucket (
    dimension smallint NOT NULL,
    key {text} NOT NULL,
    level smallint NOT NULL,
    start integer NOT NULL,
    numbers {bytes} NOT NULL,
    sketches {bytes} NOT NULL,
    hours {bytes} NOT NULL,
    PRIMARY KEY (dimension, key, level, start)
);
CREATE INDEX stats_bucket_time ON stats_bucket (dimension, level, start);
CREATE TABLE stats_state (
    id integer PRIMARY KEY CHECK (id = 1),
    format integer NOT NULL,
    xid bigint NOT NULL,
    seq bigint NOT NULL,
    time_zone {text} NOT NULL,
    rolled_from integer NOT NULL
);
INSERT INTO stats_state (id, format, xid, seq, time_zone, rolled_from)
    VALUES (1, 1, 0, 0, 'UTC', 0);
CREATE TABLE stats_settings (
    id integer PRIMARY KEY CHECK (id = 1),
    time_zone {text} NOT NULL,
    targets {json} NOT NULL
);
INSERT INTO stats_settings (id, time_zone, targets) VALUES (1, 'UTC', '{}');
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, STATISTICS).await
    }
}
