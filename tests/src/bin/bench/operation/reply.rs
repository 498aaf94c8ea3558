//! Operation 7: an agent replies to tickets.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    FIELDS, Ready, create,
    same::{global_id, local_id},
};
use crate::{
    database::{rows, run, value},
    http::post,
    load::{Dice, Operation, excerpt, holds},
    pgbench::Scripts,
    server::{Server, agent},
};

const SQL: &str = include_str!("../sql/reply.sql");
const BODY: &str = "Thank you for writing. We have found both payments and will pay the second one \
    back today. Your bank may take up to three days to show it. Please tell us if it is not there \
    by Friday.";
/// How many tickets are written to.
const TICKETS: usize = 2_000;
/// Stand in the prepared request where a ticket's id and a new key go.
const TICKET: &str = "ticket-to-reply-to";
const KEY: &str = "0123456789abcdef";

/// Requests that differ in the ticket and in their key.
pub(crate) struct Reply {
    requests: Vec<(Vec<u8>, usize)>,
}

impl Operation for Reply {
    fn request(&self, _: usize, dice: &mut Dice, request: &mut Vec<u8>) -> usize {
        let (prepared, key) = &self.requests[dice.below(self.requests.len())];
        request.extend_from_slice(prepared);
        let fresh = format!("{:016x}", dice.number());
        request[*key..*key + KEY.len()].copy_from_slice(fresh.as_bytes());
        0
    }

    fn check(&self, _: usize, body: &[u8]) -> Result<(), String> {
        let done = holds(body, "\"message\":{\"id\"") && holds(body, "\"userErrors\":[]");
        if done && !holds(body, "\"errors\"") {
            Ok(())
        } else {
            Err(format!("no reply was written: {}", excerpt(body)))
        }
    }
}

impl Reply {
    /// Opens tickets and prepares replies to them.
    pub(crate) async fn new(server: &Server, sql: &mut PgConnection) -> Self {
        // Tickets that nobody else writes to, opened as customers open them.
        let opened =
            "CREATE TABLE IF NOT EXISTS bench_ticket (place bigint PRIMARY KEY, ticket_id uuid)";
        run(sql, opened).await;
        let there = value(sql, "SELECT to_jsonb(count(*)) FROM bench_ticket").await;
        if there != TICKETS {
            run(sql, "TRUNCATE bench_ticket").await;
            open(server, TICKETS);
            let newest = format!(
                "INSERT INTO bench_ticket SELECT row_number() OVER () - 1, id FROM \
                 (SELECT id FROM ticket ORDER BY number DESC LIMIT {TICKETS}) newest"
            );
            run(sql, &newest).await;
            run(sql, "ANALYZE").await;
        }
        let query = format!(
            "mutation Reply($input: ReplyToTicketInput!) {{ replyToTicket(input: $input) {{ \
             message {{ id createdAt }} ticket {{ {FIELDS} }} userErrors {{ code message field }} }} }}"
        );
        let input = json!({ "ticketId": TICKET, "body": BODY, "idempotencyKey": KEY });
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let token = agent();
        let tickets = rows(sql, "SELECT ticket_id FROM bench_ticket ORDER BY place").await;
        let request = |row: &Value| {
            let id = global_id("Ticket", row["ticket_id"].as_str().unwrap());
            let request = post(server.address(), &token, &body.replace(TICKET, &id));
            let key = create::place_of_key(&request);
            (request, key)
        };
        Self {
            requests: tickets.iter().map(request).collect(),
        }
    }
}

fn open(server: &Server, tickets: usize) {
    let customer = crate::server::token("bench-customer-0", "customer");
    let input = json!({ "subject": "Opened to be answered", "description": "A problem.",
                        "category": "payments", "priority": "HIGH" });
    let query = "mutation($input: CreateTicketInput!) { createTicket(input: $input) { \
                 ticket { id } userErrors { message } } }";
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let request = post(server.address(), &customer, &body);
    let mut http = crate::http::Http::connect(server.address());
    for _ in 0..tickets {
        let answer = http.ask(&request).unwrap();
        assert!(holds(answer, "\"userErrors\":[]"), "{}", excerpt(answer));
    }
}

pub(super) async fn prepare(server: &Server, sql: &mut PgConnection) -> Ready {
    let ours = Reply::new(server, sql).await;
    let viewer = server.ask(&agent(), "{ viewer { id } }", &json!({}));
    let script = SQL
        .replace("{tickets}", &TICKETS.to_string())
        .replace("{agent}", &local_id(&viewer["viewer"]["id"]))
        .replace("{body}", BODY);
    Ready {
        ours: Box::new(ours),
        limit: Scripts::new(&[script]),
    }
}

/// A reply as it was written by the side whose keys begin so, without what differs each time.
fn shape(keys: &str) -> String {
    format!(
        "SELECT jsonb_build_object(
            'message', to_jsonb(m) - '{{id,ticket_id,created_at}}'::text[],
            'events', (SELECT jsonb_agg(to_jsonb(e) - '{{seq,xid,ticket_id,ticket_version,at,message_id,data}}'::text[])
                       FROM event e WHERE e.ticket_id = m.ticket_id AND e.message_id = m.id),
            'data', (SELECT jsonb_agg(e.data #- '{{after,requester}}' #- '{{after,created_at}}')
                     FROM event e WHERE e.ticket_id = m.ticket_id AND e.message_id = m.id),
            'answered', t.first_response_at IS NOT NULL,
            'versions', t.version - (SELECT count(*) FROM event e WHERE e.ticket_id = t.id),
            'touched', t.updated_at >= m.created_at,
            'answer', (SELECT jsonb_agg(name ORDER BY name) FROM jsonb_object_keys(k.result) name))
         FROM idempotency_key k JOIN message m ON m.id = (k.result->>'message')::uuid
         JOIN ticket t ON t.id = m.ticket_id
         WHERE k.command = 'replyToTicket' AND k.key {keys} ORDER BY k.created_at DESC LIMIT 1"
    )
}

pub(super) async fn compare(sql: &mut PgConnection) {
    let ours: Value = value(sql, &shape("NOT LIKE 'pgbench-%'")).await;
    let limit: Value = value(sql, &shape("LIKE 'pgbench-%'")).await;
    assert_eq!(ours, limit, "the two sides write different rows");
}
