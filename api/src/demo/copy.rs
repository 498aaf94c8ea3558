//! Writing to PostgreSQL, by COPY.

use std::sync::Arc;

use chrono::SecondsFormat;
use domain::{Error, Result};
use entity::Timestamp;
use sea_orm::{DbErr, RuntimeErr};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::Rows;

/// How much is sent at once, in bytes.
const CHUNK: usize = 1 << 20;

/// A table's rows in COPY's text format.
#[derive(Debug)]
pub(super) struct Table {
    statement: &'static str,
    lines: Lines,
}

/// Brings rows into the form in which they are sent.
///
/// # Errors
/// `Internal` if something cannot be written as JSON, which plain data always can.
#[rustfmt::skip]
pub(super) fn encode(rows: &Rows) -> Result<Vec<Table>> {
    Ok(vec![
        table(
            "COPY user_account (id, issuer, subject, role, stage, kind, name, email, mobile, tier, \
             signed_up_at, search_text, created_at, updated_at) FROM STDIN",
            &rows.users,
            |line, row| {
                line.uuid(row.id.0).text(&row.issuer).text(&row.subject).word(row.role.as_str())
                    .text(&row.stage.map(|stage| stage.as_str().to_owned()))
                    .text(&row.kind).word(&row.name).text(&row.email).text(&row.mobile)
                    .text(&row.tier).maybe_time(row.signed_up_at).word(&row.search_text)
                    .time(row.created_at).time(row.updated_at);
                Ok(())
            },
        )?,
        table("COPY team (id, name, created_at) FROM STDIN", &rows.teams, |line, row| {
            line.uuid(row.id.0).word(&row.name).time(row.created_at);
            Ok(())
        })?,
        table("COPY team_member (team_id, user_id) FROM STDIN", &rows.members, |line, row| {
            line.uuid(row.team_id.0).uuid(row.user_id.0);
            Ok(())
        })?,
        table(
            "COPY ticket (id, number, requester_id, requester_email, subject, description, \
             category_id, priority, status, source, assignee_id, co_assignees, team_id, tags, \
             resolution_notes, environment, follow_up_of_id, version, created_at, updated_at, \
             first_response_at, resolved_at, closed_at, requester_tier, escalated, escalated_at, \
             escalation_tier, escalation_target, sla_state, sla_due_at, assignee_away, \
             subjects) FROM STDIN",
            &rows.tickets,
            |line, row| {
                line.uuid(row.id.0).number(row.number).uuid(row.requester_id.0)
                    .text(&row.requester_email).word(&row.subject).word(&row.description)
                    .uuid(row.category_id.0).number(row.priority.rank().into())
                    .word(row.status.as_str()).word(row.source.as_str())
                    .maybe_uuid(row.assignee_id.map(|id| id.0)).json(&row.co_assignees)?
                    .maybe_uuid(row.team_id.map(|id| id.0)).json(&row.tags)?
                    .text(&row.resolution_notes);
                match &row.environment {
                    Some(environment) => line.json(environment)?,
                    None => line.null(),
                };
                line.maybe_uuid(row.follow_up_of_id.map(|id| id.0)).number(row.version.into())
                    .time(row.created_at).time(row.updated_at).maybe_time(row.first_response_at)
                    .maybe_time(row.resolved_at).maybe_time(row.closed_at)
                    .text(&row.requester_tier).flag(row.escalated).maybe_time(row.escalated_at)
                    .maybe_number(row.escalation_tier.map(i64::from))
                    .maybe_word(row.escalation_target.map(|target| target.as_str()))
                    .maybe_word(row.sla_state.map(|state| state.as_str()))
                    .time(row.sla_due_at).flag(row.assignee_away).json(&row.subjects)?;
                Ok(())
            },
        )?,
        table("COPY ticket_tag (ticket_id, tag) FROM STDIN", &rows.tags, |line, row| {
            line.uuid(row.ticket_id.0).word(&row.tag);
            Ok(())
        })?,
        table(
            "COPY ticket_subject (ticket_id, position, subject_id) FROM STDIN",
            &rows.subjects,
            |line, row| {
                line.uuid(row.ticket_id.0).number(row.position.into()).uuid(row.subject_id.0);
                Ok(())
            },
        )?,
        table(
            "COPY ticket_co_assignee (ticket_id, user_id) FROM STDIN",
            &rows.co_assignees,
            |line, row| {
                line.uuid(row.ticket_id.0).uuid(row.user_id.0);
                Ok(())
            },
        )?,
        table(
            "COPY context_link (ticket_id, position, kind, external_id) FROM STDIN",
            &rows.links,
            |line, row| {
                line.uuid(row.ticket_id.0).number(row.position.into()).word(&row.kind)
                    .word(&row.external_id);
                Ok(())
            },
        )?,
        table(
            "COPY message (id, ticket_id, author_id, author_role, body, internal, created_at) \
             FROM STDIN",
            &rows.messages,
            |line, row| {
                line.uuid(row.id.0).uuid(row.ticket_id.0).maybe_uuid(row.author_id.map(|id| id.0))
                    .word(row.author_role.as_str()).word(&row.body)
                    .flag(row.internal).time(row.created_at);
                Ok(())
            },
        )?,
        table(
            "COPY rating (ticket_id, requester_id, score, comment, by_link, rated_at) FROM STDIN",
            &rows.ratings,
            |line, row| {
                line.uuid(row.ticket_id.0).uuid(row.requester_id.0).number(row.score.into())
                    .text(&row.comment).flag(row.by_link).time(row.rated_at);
                Ok(())
            },
        )?,
        table(
            "COPY timer (ticket_id, kind, cycle, latest, started_at, pauses, stopped_at, \
             breached_at, policy_id, calendar_id, calendar_version, target_seconds, due_at, fire_at, \
             levels) FROM STDIN",
            &rows.timers,
            |line, row| {
                line.uuid(row.ticket_id.0).word(row.kind.as_str()).number(row.cycle.into())
                    .flag(row.latest).time(row.started_at).json(&row.pauses)?
                    .maybe_time(row.stopped_at).maybe_time(row.breached_at)
                    .maybe_uuid(row.policy_id.map(|id| id.0))
                    .maybe_uuid(row.calendar_id.map(|id| id.0))
                    .maybe_number(row.calendar_version.map(i64::from))
                    .maybe_number(row.target_seconds).maybe_time(row.due_at)
                    .maybe_time(row.fire_at).json(&row.levels)?;
                Ok(())
            },
        )?,
        table(
            "COPY timer_firing (ticket_id, kind, cycle, level, due_at, fired_at) FROM STDIN",
            &rows.firings,
            |line, row| {
                line.uuid(row.ticket_id.0).word(row.kind.as_str()).number(row.cycle.into())
                    .word(&row.level).time(row.due_at).time(row.fired_at);
                Ok(())
            },
        )?,
        table(
            "COPY event (ticket_id, ticket_version, kind, actor_id, actor_role, visibility, at, \
             message_id, data) FROM STDIN",
            &rows.events,
            |line, (ticket, row)| {
                line.uuid(ticket.0).number(row.ticket_version.into()).word(row.kind.as_str())
                    .maybe_uuid(row.actor.map(|id| id.0)).word(row.role.as_str())
                    .word(row.visibility.as_str()).time(row.at)
                    .maybe_uuid(row.message_id.map(|id| id.0)).json(&row.data)?;
                Ok(())
            },
        )?,
    ])
}

/// Sends the tables' rows, in order.
///
/// # Errors
/// As everything that writes; the transaction is to be given up then.
pub(super) async fn send(connection: &mut PgConnection, tables: &[Table]) -> Result<()> {
    for table in tables.iter().filter(|table| !table.lines.text.is_empty()) {
        let mut copy = connection
            .copy_in_raw(table.statement)
            .await
            .map_err(failed)?;
        for chunk in table.lines.text.as_bytes().chunks(CHUNK) {
            copy.send(chunk).await.map_err(failed)?;
        }
        copy.finish().await.map_err(failed)?;
    }
    Ok(())
}

/// What sqlx says, as `domain` tells apart what is unavailable from what is broken.
pub(super) fn failed(error: sqlx::Error) -> Error {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))).into()
}

fn table<T>(
    statement: &'static str,
    rows: &[T],
    mut write: impl FnMut(&mut Lines, &T) -> Result<()>,
) -> Result<Table> {
    let mut lines = Lines::default();
    for row in rows {
        write(&mut lines, row)?;
        lines.end();
    }
    Ok(Table { statement, lines })
}

/// Rows of fields in COPY's text format: tabs between, `\N` for NULL.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// Whether the line has a field already.
    begun: bool,
}

impl Lines {
    fn separate(&mut self) {
        if self.begun {
            self.text.push('\t');
        }
        self.begun = true;
    }

    fn end(&mut self) {
        self.text.push('\n');
        self.begun = false;
    }

    fn null(&mut self) -> &mut Self {
        self.separate();
        self.text.push_str("\\N");
        self
    }

    fn word(&mut self, value: &str) -> &mut Self {
        self.separate();
        let mut rest = value;
        while let Some(place) = rest.find(['\\', '\t', '\n', '\r']) {
            let (plain, special) = rest.split_at(place);
            self.text.push_str(plain);
            self.text.push_str(match special.as_bytes().first() {
                Some(b'\t') => "\\t",
                Some(b'\n') => "\\n",
                Some(b'\r') => "\\r",
                _ => "\\\\",
            });
            rest = &special[1..];
        }
        self.text.push_str(rest);
        self
    }

    fn text(&mut self, value: &Option<String>) -> &mut Self {
        self.maybe_word(value.as_deref())
    }

    fn maybe_word(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.word(value),
            None => self.null(),
        }
    }

    fn flag(&mut self, value: bool) -> &mut Self {
        self.word(if value { "t" } else { "f" })
    }

    fn number(&mut self, value: i64) -> &mut Self {
        self.word(&value.to_string())
    }

    fn maybe_number(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.null(),
        }
    }

    fn uuid(&mut self, value: Uuid) -> &mut Self {
        self.word(value.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    fn maybe_uuid(&mut self, value: Option<Uuid>) -> &mut Self {
        match value {
            Some(value) => self.uuid(value),
            None => self.null(),
        }
    }

    fn time(&mut self, value: Timestamp) -> &mut Self {
        self.word(&value.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    fn maybe_time(&mut self, value: Option<Timestamp>) -> &mut Self {
        match value {
            Some(value) => self.time(value),
            None => self.null(),
        }
    }

    fn json(&mut self, value: &impl Serialize) -> Result<&mut Self> {
        let json = serde_json::to_string(value).map_err(Error::internal)?;
        Ok(self.word(&json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_would_take_for_its_own_is_escaped() {
        let mut lines = Lines::default();
        lines.word("a\tb\\N\r\nü").null().number(-7);
        lines.end();
        assert_eq!(lines.text, "a\\tb\\\\N\\r\\nü\t\\N\t-7\n");
    }
}
