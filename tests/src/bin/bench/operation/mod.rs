//! The operations of docs/performance.md: what is asked, the SQL that gives the same, and the proof
//! that it is the same.

mod create;
mod detail;
mod queue;
mod reply;
mod same;

use sqlx::PgConnection;

use crate::{database::value, load::Operation, pgbench::Scripts, server::Server};

pub(crate) use reply::Reply;

/// The twelve fields that a list of tickets shows.
pub(crate) const FIELDS: &str = "id number subject status priority category { name } \
    requester { name } assignee { name } tags version createdAt updatedAt";

/// An operation, ready to be measured.
pub(crate) struct Ready {
    pub(crate) ours: Box<dyn Operation>,
    pub(crate) limit: Scripts,
}

/// What an operation is, beside its number.
pub(crate) struct About {
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    /// The share of pgbench's rate that is aimed at.
    pub(crate) aim: f64,
}

/// In the order in which they are measured: first those that only read.
pub(crate) const ALL: [About; 5] = [
    About {
        number: "1",
        name: "queue page of 50, filtered",
        aim: 0.65,
    },
    About {
        number: "4",
        name: "50 tickets with 3 messages each",
        aim: 0.7,
    },
    About {
        number: "5",
        name: "detail and thread",
        aim: 0.65,
    },
    About {
        number: "6",
        name: "create",
        aim: 0.7,
    },
    About {
        number: "7",
        name: "reply",
        aim: 0.7,
    },
];

impl About {
    /// Prepares requests and SQL, and compares what they give.
    pub(crate) async fn prepare(
        &self,
        server: &Server,
        sql: &mut PgConnection,
        tickets: u64,
    ) -> Ready {
        match self.number {
            "1" => queue::prepare(server, sql, false).await,
            "4" => queue::prepare(server, sql, true).await,
            "5" => detail::prepare(server, sql, tickets).await,
            "6" => create::prepare(server).await,
            _ => reply::prepare(server, sql).await,
        }
    }

    /// The command under which writes are kept, for the operations that write.
    fn command(&self) -> Option<&'static str> {
        match self.number {
            "6" => Some("createTicket"),
            "7" => Some("replyToTicket"),
            _ => None,
        }
    }

    /// How often servers wrote so far: a request that is answered again under its key writes nothing.
    pub(crate) async fn written(&self, sql: &mut PgConnection) -> Option<f64> {
        let command = self.command()?;
        let count = format!(
            "SELECT to_jsonb(count(*)) FROM idempotency_key \
             WHERE command = '{command}' AND key NOT LIKE 'pgbench-%'"
        );
        value(sql, &count).await.as_f64()
    }

    /// Compares the rows that the server and pgbench wrote, for the operations that write.
    pub(crate) async fn compare(&self, sql: &mut PgConnection) {
        match self.number {
            "6" => create::compare(sql).await,
            "7" => reply::compare(sql).await,
            _ => {}
        }
    }
}
