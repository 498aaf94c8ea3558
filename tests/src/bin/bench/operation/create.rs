//! Operation 6: customers open tickets.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{FIELDS, Ready};
use crate::{
    database::value,
    http::post,
    load::{Dice, Operation, excerpt, holds},
    pgbench::Scripts,
    server::{Server, token},
};

const SQL: &str = include_str!("../sql/create.sql");
/// As many as the SQL chooses from.
const CUSTOMERS: usize = 16;
const SUBJECT: &str = "The payment for my order was taken twice";
const DESCRIPTION: &str = "I paid for order 4711 yesterday evening. Today my bank shows the amount \
    two times, once from 20:14 and once from 20:15. Please check which of the two is yours, and pay \
    the other one back. The receipt that you sent names one payment only. Thank you for your help.";
/// Stands in the prepared request where a new key goes each time.
const KEY: &str = "0123456789abcdef";

/// Requests that differ in who asks and in their key.
struct Create {
    requests: Vec<(Vec<u8>, usize)>,
}

impl Operation for Create {
    fn request(&self, _: usize, dice: &mut Dice, request: &mut Vec<u8>) -> usize {
        let (prepared, key) = &self.requests[dice.below(self.requests.len())];
        request.extend_from_slice(prepared);
        let fresh = format!("{:016x}", dice.number());
        request[*key..*key + KEY.len()].copy_from_slice(fresh.as_bytes());
        0
    }

    fn check(&self, _: usize, body: &[u8]) -> Result<(), String> {
        let done = holds(body, "\"number\":\"SUP-") && holds(body, "\"userErrors\":[]");
        if done && !holds(body, "\"errors\"") {
            Ok(())
        } else {
            Err(format!("not opened: {}", excerpt(body)))
        }
    }
}

/// Where the key stands in a request.
pub(super) fn place_of_key(request: &[u8]) -> usize {
    let place = request
        .windows(KEY.len())
        .position(|part| part == KEY.as_bytes());
    place.unwrap()
}

pub(super) async fn prepare(server: &Server) -> Ready {
    let query = format!(
        "mutation Create($input: CreateTicketInput!) {{ createTicket(input: $input) {{ \
         ticket {{ {FIELDS} }} userErrors {{ code message field }} }} }}"
    );
    let input = json!({
        "subject": SUBJECT, "description": DESCRIPTION, "category": "payments", "priority": "HIGH",
        "links": [{ "kind": "order", "externalId": "4711" }], "idempotencyKey": KEY,
    });
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let mut requests = Vec::new();
    for customer in 0..CUSTOMERS {
        let token = token(&format!("bench-customer-{customer}"), "customer");
        // Signs in, so that the SQL finds the person.
        server.ask(&token, "{ viewer { id } }", &json!({}));
        let request = post(server.address(), &token, &body);
        let key = place_of_key(&request);
        requests.push((request, key));
    }
    let script = SQL
        .replace("{subject}", SUBJECT)
        .replace("{description}", DESCRIPTION);
    Ready {
        ours: Box::new(Create { requests }),
        limit: Scripts::new(&[script]),
    }
}

/// A ticket as it was opened by the side whose keys begin so, without what differs each time.
fn shape(keys: &str) -> String {
    format!(
        "SELECT jsonb_build_object(
            'ticket', to_jsonb(t) - '{{id,number,requester_id,requester_email,created_at,updated_at}}'::text[],
            'links', (SELECT jsonb_agg(to_jsonb(l) - 'ticket_id') FROM context_link l WHERE l.ticket_id = t.id),
            'events', (SELECT jsonb_agg(to_jsonb(e) - '{{seq,xid,ticket_id,actor_id,at,data}}'::text[])
                       FROM event e WHERE e.ticket_id = t.id),
            'facets', (SELECT jsonb_agg((e.data->'after') - '{{requester,created_at}}'::text[])
                       FROM event e WHERE e.ticket_id = t.id),
            'facet_names', (SELECT jsonb_agg(name ORDER BY name) FROM event e, jsonb_object_keys(e.data->'after') name
                            WHERE e.ticket_id = t.id),
            'answer', (SELECT jsonb_agg(name ORDER BY name) FROM jsonb_object_keys(k.result) name))
         FROM idempotency_key k JOIN ticket t ON t.id = (k.result->>'ticket')::uuid
         WHERE k.command = 'createTicket' AND k.key {keys} ORDER BY k.created_at DESC LIMIT 1"
    )
}

pub(super) async fn compare(sql: &mut PgConnection) {
    let ours: Value = value(sql, &shape("NOT LIKE 'pgbench-%'")).await;
    let limit: Value = value(sql, &shape("LIKE 'pgbench-%'")).await;
    assert_eq!(ours, limit, "the two sides write different rows");
}
