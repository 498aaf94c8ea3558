//! Calendars, SLA policies, timers and what they set in motion.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, prelude::Uuid},
};

use crate::dialect::run;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const RULES: &str = "
CREATE TABLE calendar (
    id {uuid} PRIMARY KEY,
    version integer NOT NULL,
    name {text} NOT NULL,
    time_zone {text} NOT NULL,
    week {json} NOT NULL,
    holidays {json} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    deleted_at {time}
);
CREATE UNIQUE INDEX calendar_name ON calendar (name) WHERE deleted_at IS NULL;
CREATE TABLE calendar_version (
    calendar_id {uuid} NOT NULL REFERENCES calendar (id),
    version integer NOT NULL,
    time_zone {text} NOT NULL,
    week {json} NOT NULL,
    holidays {json} NOT NULL,
    PRIMARY KEY (calendar_id, version)
);
CREATE TABLE sla_policy (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL,
    position integer NOT NULL,
    catch_all {bool} NOT NULL,
    conditions {json} NOT NULL,
    calendar_id {uuid} NOT NULL REFERENCES calendar (id),
    targets {json} NOT NULL,
    steps {json} NOT NULL,
    unattended_seconds bigint CHECK (unattended_seconds > 0),
    follow_up_seconds bigint CHECK (follow_up_seconds > 0),
    close_seconds bigint CHECK (close_seconds > 0),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    deleted_at {time}
);
CREATE UNIQUE INDEX sla_policy_name ON sla_policy (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX sla_policy_catch_all ON sla_policy (catch_all) WHERE catch_all;
CREATE TABLE sla_revision (id integer PRIMARY KEY CHECK (id = 1), revision bigint NOT NULL);
INSERT INTO sla_revision (id, revision) VALUES (1, 1);
";

const TIMERS: &str = "
CREATE TABLE timer (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    kind {text} NOT NULL,
    cycle integer NOT NULL,
    latest {bool} NOT NULL,
    started_at {time} NOT NULL,
    pauses {json} NOT NULL,
    stopped_at {time},
    breached_at {time},
    policy_id {uuid} REFERENCES sla_policy (id),
    calendar_id {uuid} REFERENCES calendar (id),
    calendar_version integer,
    target_seconds bigint CHECK (target_seconds > 0),
    due_at {time},
    fire_at {time},
    levels {json} NOT NULL,
    PRIMARY KEY (ticket_id, kind, cycle)
);
CREATE INDEX timer_due ON timer (fire_at, ticket_id) WHERE fire_at IS NOT NULL;
CREATE INDEX timer_open ON timer (ticket_id) WHERE stopped_at IS NULL;
CREATE INDEX timer_unattended ON timer (ticket_id)
    WHERE kind = 'UNATTENDED' AND stopped_at IS NULL AND breached_at IS NOT NULL;
CREATE TABLE timer_firing (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    kind {text} NOT NULL,
    cycle integer NOT NULL,
    level {text} NOT NULL,
    due_at {time} NOT NULL,
    fired_at {time} NOT NULL,
    PRIMARY KEY (ticket_id, kind, cycle, level)
);
CREATE TABLE outbox (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    kind {text} NOT NULL,
    audience {text} NOT NULL,
    dedupe_key {text} NOT NULL CONSTRAINT outbox_once UNIQUE,
    data {json} NOT NULL,
    created_at {time} NOT NULL
);
CREATE TABLE absence (
    user_id {uuid} PRIMARY KEY REFERENCES user_account (id),
    from_at {time} NOT NULL,
    until_at {time},
    delegate_id {uuid} REFERENCES user_account (id),
    created_at {time} NOT NULL
);
CREATE TABLE job_run (
    id {uuid} PRIMARY KEY,
    job {text} NOT NULL,
    outcome {text} NOT NULL,
    started_at {time} NOT NULL,
    duration_ms bigint NOT NULL,
    report {json} NOT NULL
);
CREATE INDEX job_run_newest ON job_run (started_at, id);
";

/// The far due time is `entity::ticket::NEVER`, in the spelling in which times are kept.
const TICKETS: &str = "
ALTER TABLE ticket ADD COLUMN requester_tier {text};
ALTER TABLE ticket ADD COLUMN escalated {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE ticket ADD COLUMN escalated_at {time};
ALTER TABLE ticket ADD COLUMN escalation_tier smallint;
ALTER TABLE ticket ADD COLUMN escalation_target {text};
ALTER TABLE ticket ADD COLUMN sla_state {text};
ALTER TABLE ticket ADD COLUMN sla_due_at {time} NOT NULL DEFAULT '9999-12-31T00:00:00+00:00';
ALTER TABLE ticket ADD COLUMN assignee_away {bool} NOT NULL DEFAULT FALSE;
UPDATE ticket SET requester_tier =
    (SELECT tier FROM user_account WHERE user_account.id = ticket.requester_id);
CREATE INDEX ticket_sla_due ON ticket (sla_due_at, id);
CREATE INDEX ticket_escalated ON ticket (priority, created_at, id)
    WHERE escalated AND closed_at IS NULL;
CREATE INDEX ticket_breached ON ticket (priority, created_at, id)
    WHERE sla_state = 'BREACHED' AND closed_at IS NULL;
CREATE INDEX ticket_away ON ticket (priority, created_at, id) WHERE assignee_away;
";

/// The calendar that never closes, and the policy for everything, with the shipped targets
/// (requirement S1) and steps (`sla.md`, "Policies"). Fixed ids: the same in every installation.
const DEFAULTS: &str = "
INSERT INTO calendar (id, version, name, time_zone, week, holidays, created_at, updated_at) VALUES
    ({calendar}, 1, 'Always open', 'UTC', '{week}', '[]', {now}, {now});
INSERT INTO sla_policy (id, name, position, catch_all, conditions, calendar_id, targets, steps,
    unattended_seconds, follow_up_seconds, close_seconds, created_at, updated_at) VALUES
    ({policy}, 'Everything', 1000000, TRUE, '{}', {calendar}, '{targets}', '{steps}',
    172800, 259200, 604800, {now}, {now});
";

/// By priority: first response (and every next one) and resolution, in hours.
const TARGETS: [(&str, i64, i64); 4] = [
    ("URGENT", 2, 8),
    ("HIGH", 4, 24),
    ("MEDIUM", 24, 72),
    ("LOW", 48, 168),
];

fn targets() -> String {
    let of = |(priority, response, resolution): (&str, i64, i64)| {
        [
            ("FIRST_RESPONSE", response),
            ("NEXT_RESPONSE", response),
            ("RESOLUTION", resolution),
        ]
        .map(|(kind, hours)| {
            format!(
                r#"{{"priority":"{priority}","kind":"{kind}","seconds":{}}}"#,
                hours * 3_600
            )
        })
    };
    let all: Vec<String> = TARGETS.into_iter().flat_map(of).collect();
    format!("[{}]", all.join(","))
}

fn steps() -> String {
    let of = |kind| {
        [
            (80, "NOTIFY_ASSIGNEES"),
            (80, "NOTIFY_ADMIN_TEAM"),
            (100, "ESCALATE"),
            (100, "NOTIFY_ADMIN_TEAM"),
        ]
        .map(|(percent, action)| {
            format!(r#"{{"kind":"{kind}","at":{{"percent":{percent}}},"action":"{action}"}}"#)
        })
    };
    let kinds = ["FIRST_RESPONSE", "NEXT_RESPONSE", "RESOLUTION"];
    let all: Vec<String> = kinds.into_iter().flat_map(of).collect();
    format!("[{}]", all.join(","))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        run(manager, RULES).await?;
        run(manager, TIMERS).await?;
        run(manager, TICKETS).await?;
        let id = |number: u128| {
            let id = Uuid::from_u128(0xdec0_0000_0000_7000_8000_0000_0000_0000 + number);
            if postgres {
                format!("'{id}'")
            } else {
                format!("x'{}'", id.simple())
            }
        };
        let week: Vec<String> = (0..7)
            .map(|day| format!(r#"{{"day":{day},"from":0,"to":1440}}"#))
            .collect();
        let defaults = DEFAULTS
            .replace("{calendar}", &id(0x100))
            .replace("{policy}", &id(0x200))
            .replace("{week}", &format!("[{}]", week.join(",")))
            .replace("{targets}", &targets())
            .replace("{steps}", &steps())
            .replace("{now}", "'2026-11-21T00:00:00+00:00'");
        for statement in defaults
            .split(";\n")
            .map(str::trim)
            .filter(|s| !s.is_empty())
        {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }
}
