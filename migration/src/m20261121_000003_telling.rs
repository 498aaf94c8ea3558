//! Telling people and systems: deliveries, notifications, preferences, webhook endpoints, and how far
//! the log was followed.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// What happened before is not told: the followers begin where the log ends now. Nothing was ever
/// sent from `outbox`, and what is to be told follows from the events.
///
/// No reference to tickets: it would lock the ticket's row for each row that is planned, and hold up
/// commands. Tickets are never deleted. Names of staff that are addresses were taken from tokens
/// without a name; customers get to see names.
const TELLING: &str = "
DROP TABLE outbox;
CREATE TABLE follower (
    name {text} PRIMARY KEY,
    xid bigint NOT NULL,
    seq bigint NOT NULL,
    holder {uuid},
    held_until {time}
);
INSERT INTO follower (name, xid, seq) SELECT 'PLANNER', 0, 0;
INSERT INTO follower (name, xid, seq) SELECT 'KAFKA', 0, 0;
UPDATE follower SET
    xid = COALESCE((SELECT xid FROM event ORDER BY xid DESC, seq DESC LIMIT 1), 0),
    seq = COALESCE((SELECT seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1), 0);
CREATE TABLE webhook_endpoint (
    id {uuid} PRIMARY KEY,
    url {text} NOT NULL,
    description {text} NOT NULL,
    kinds {json} NOT NULL,
    secrets {json} NOT NULL,
    enabled {bool} NOT NULL,
    disabled_because {text},
    failures integer NOT NULL,
    failing_since {time},
    paused_until {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    deleted_at {time}
);
CREATE TABLE delivery (
    id {serial},
    dedupe_key {text} NOT NULL CONSTRAINT delivery_once UNIQUE,
    channel {text} NOT NULL,
    state {text} NOT NULL,
    kind {text},
    event_seq bigint,
    ticket_id {uuid},
    user_id {uuid} REFERENCES user_account (id),
    address {text},
    endpoint_id {uuid} REFERENCES webhook_endpoint (id),
    lane {text} NOT NULL,
    attempts integer NOT NULL,
    next_at {time} NOT NULL,
    claimed_by {uuid},
    claimed_until {time},
    sending {bool} NOT NULL,
    ambiguous {bool} NOT NULL,
    last_error {text},
    bundle_id bigint,
    created_at {time} NOT NULL,
    settled_at {time}
);
CREATE INDEX delivery_mail ON delivery (next_at, id) WHERE state = 'PENDING' AND channel = 'MAIL';
CREATE INDEX delivery_webhook ON delivery (endpoint_id, next_at, id)
    WHERE state = 'PENDING' AND channel = 'WEBHOOK';
CREATE INDEX delivery_lane ON delivery (lane, id);
CREATE INDEX delivery_lane_open ON delivery (lane, id) WHERE state = 'PENDING';
CREATE INDEX delivery_held ON delivery (next_at, user_id) WHERE state = 'HELD';
CREATE INDEX delivery_due ON delivery (channel, next_at, id) WHERE state = 'PENDING';
CREATE INDEX delivery_state ON delivery (state, id);
CREATE INDEX delivery_ticket ON delivery (ticket_id, id);
CREATE INDEX delivery_endpoint ON delivery (endpoint_id, id) WHERE endpoint_id IS NOT NULL;
CREATE INDEX delivery_bundle ON delivery (bundle_id) WHERE bundle_id IS NOT NULL;
CREATE INDEX delivery_settled ON delivery (settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE notification (
    id {serial},
    user_id {uuid} NOT NULL REFERENCES user_account (id),
    event_seq bigint NOT NULL,
    ticket_id {uuid} NOT NULL,
    kind {text} NOT NULL,
    actor_id {uuid},
    message_id {uuid},
    created_at {time} NOT NULL,
    read_at {time},
    CONSTRAINT notification_once UNIQUE (user_id, event_seq, kind)
);
CREATE INDEX notification_newest ON notification (user_id, id);
CREATE INDEX notification_unread ON notification (user_id, id) WHERE read_at IS NULL;
CREATE INDEX notification_old ON notification (created_at);
CREATE TABLE notification_preference (
    user_id {uuid} NOT NULL REFERENCES user_account (id),
    kind {text} NOT NULL,
    mail {text} NOT NULL,
    in_app {bool} NOT NULL,
    PRIMARY KEY (user_id, kind)
);
UPDATE user_account SET name = substr(name, 1, {at}(name, '@') - 1)
    WHERE role <> 'CUSTOMER' AND {at}(name, '@') > 1;
CREATE TABLE inbox (
    user_id {uuid} PRIMARY KEY REFERENCES user_account (id),
    revision bigint NOT NULL,
    digest_minutes integer NOT NULL
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        let at = if postgres { "strpos" } else { "instr" };
        run(manager, &TELLING.replace("{at}", at)).await
    }
}
