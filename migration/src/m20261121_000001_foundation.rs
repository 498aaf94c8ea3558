//! People, teams, categories, tickets, threads and the event log.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, prelude::Uuid},
};

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const PEOPLE: &str = "
CREATE TABLE user_account (
    id {uuid} PRIMARY KEY,
    issuer {text},
    subject {text},
    role {text} NOT NULL CHECK (role IN ('CUSTOMER', 'AGENT', 'SUPERVISOR')),
    stage {text} CHECK (stage IN ('LEAD', 'CUSTOMER')),
    kind {text},
    name {text} NOT NULL,
    email {text},
    mobile {text},
    tier {text},
    signed_up_at {time},
    search_text {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT user_account_login UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL))
);
CREATE INDEX user_account_name ON user_account (name, id);
CREATE INDEX user_account_email ON user_account (lower(email)) WHERE subject IS NULL;
CREATE TABLE team (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL CONSTRAINT team_name UNIQUE,
    created_at {time} NOT NULL
);
CREATE TABLE team_member (
    team_id {uuid} NOT NULL REFERENCES team (id),
    user_id {uuid} NOT NULL REFERENCES user_account (id),
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_member_user ON team_member (user_id);
CREATE TABLE server_secret (
    name {text} PRIMARY KEY,
    value {text} NOT NULL,
    created_at {time} NOT NULL
);
";

const TICKETS: &str = "
CREATE TABLE category (
    id {uuid} PRIMARY KEY,
    code {text} NOT NULL CONSTRAINT category_code UNIQUE,
    name {text} NOT NULL,
    position integer NOT NULL CONSTRAINT category_position UNIQUE
);
CREATE TABLE ticket (
    id {uuid} PRIMARY KEY,
    number bigint NOT NULL CONSTRAINT ticket_number_unique UNIQUE,
    requester_id {uuid} NOT NULL REFERENCES user_account (id),
    requester_email {text},
    subject {text} NOT NULL,
    description {text} NOT NULL,
    category_id {uuid} NOT NULL REFERENCES category (id),
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
    status {text} NOT NULL
        CHECK (status IN ('OPEN', 'IN_PROGRESS', 'WAITING_ON_USER', 'RESOLVED', 'CLOSED')),
    source {text} NOT NULL,
    assignee_id {uuid} REFERENCES user_account (id),
    co_assignees {json} NOT NULL,
    team_id {uuid} REFERENCES team (id),
    tags {json} NOT NULL,
    resolution_notes {text},
    environment {json},
    follow_up_of_id {uuid} REFERENCES ticket (id),
    version integer NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    first_response_at {time},
    resolved_at {time},
    closed_at {time},
    CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE INDEX ticket_urgency ON ticket (priority, created_at, id);
CREATE INDEX ticket_urgency_not_closed ON ticket (priority, created_at, id)
    WHERE closed_at IS NULL;
CREATE INDEX ticket_newest ON ticket (created_at, id);
CREATE INDEX ticket_status_urgency ON ticket (status, priority, created_at, id);
CREATE INDEX ticket_assignee_urgency ON ticket (assignee_id, priority, created_at, id);
CREATE INDEX ticket_category_urgency ON ticket (category_id, priority, created_at, id)
    WHERE closed_at IS NULL;
CREATE INDEX ticket_team_urgency ON ticket (team_id, priority, created_at, id)
    WHERE closed_at IS NULL;
CREATE INDEX ticket_requester_newest ON ticket (requester_id, created_at, id);
CREATE INDEX ticket_follow_up ON ticket (follow_up_of_id) WHERE follow_up_of_id IS NOT NULL;
CREATE TABLE ticket_co_assignee (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    user_id {uuid} NOT NULL REFERENCES user_account (id),
    PRIMARY KEY (ticket_id, user_id)
);
CREATE INDEX ticket_co_assignee_user ON ticket_co_assignee (user_id, ticket_id);
CREATE TABLE ticket_tag (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    tag {text} NOT NULL,
    PRIMARY KEY (ticket_id, tag)
);
CREATE INDEX ticket_tag_tag ON ticket_tag (tag, ticket_id);
CREATE TABLE context_link (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    position integer NOT NULL,
    kind {text} NOT NULL,
    external_id {text} NOT NULL,
    PRIMARY KEY (ticket_id, position)
);
CREATE INDEX context_link_thing ON context_link (kind, external_id);
CREATE TABLE message (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    author_id {uuid} REFERENCES user_account (id),
    author_role {text} NOT NULL,
    body {text} NOT NULL,
    internal {bool} NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX message_thread ON message (ticket_id, created_at, id);
CREATE INDEX message_public_thread ON message (ticket_id, created_at, id) WHERE NOT internal;
";

const LOG: &str = "
CREATE TABLE event (
    seq {serial},
    xid bigint NOT NULL DEFAULT {xid},
    ticket_id {uuid} NOT NULL,
    ticket_version integer NOT NULL,
    kind {text} NOT NULL,
    actor_id {uuid},
    actor_role {text} NOT NULL,
    visibility {text} NOT NULL,
    at {time} NOT NULL,
    message_id {uuid},
    data {json} NOT NULL
);
CREATE INDEX event_position ON event (xid, seq);
CREATE INDEX event_ticket ON event (ticket_id, xid, seq);
CREATE TABLE idempotency_key (
    actor_id {uuid} NOT NULL REFERENCES user_account (id),
    key {text} NOT NULL,
    command {text} NOT NULL,
    input_hash {text} NOT NULL,
    result {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
";

/// Numbers come from a sequence on PostgreSQL, from one row on SQLite, which has one writer anyway.
/// An event never changes; retention may delete old ones.
const POSTGRES: &str = "
CREATE SEQUENCE ticket_number_seq AS bigint;
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the event log is append-only'; END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();
";

const SQLITE: &str = "
CREATE TABLE ticket_number (id integer PRIMARY KEY CHECK (id = 1), last bigint NOT NULL);
INSERT INTO ticket_number (id, last) VALUES (1, 0);
CREATE TRIGGER event_append_only BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
";

/// The categories that are shipped (requirement T5).
const CATEGORIES: [(&str, &str); 8] = [
    ("getting_started", "Getting started"),
    ("buying", "Buying"),
    ("selling", "Selling"),
    ("payments", "Payments"),
    ("account", "Account"),
    ("dispute", "Dispute"),
    ("bug", "Bug"),
    ("other", "Other"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        run(manager, PEOPLE).await?;
        run(manager, TICKETS).await?;
        let xid = if postgres {
            "pg_current_xact_id()::text::bigint"
        } else {
            "0"
        };
        run(manager, &LOG.replace("{xid}", xid)).await?;
        run(manager, if postgres { POSTGRES } else { SQLITE }).await?;

        let mut rows = Query::insert();
        rows.into_table("category")
            .columns(["id", "code", "name", "position"]);
        for (place, (code, name)) in (1_i32..).zip(CATEGORIES) {
            // The same id in every installation, so that exports can be compared.
            let id = Uuid::from_u128(0xdec0_0000_0000_7000_8000_0000_0000_0000 + place as u128);
            rows.values_panic([id.into(), code.into(), name.into(), (place * 10).into()]);
        }
        manager.get_connection().execute(&rows).await?;
        Ok(())
    }
}
