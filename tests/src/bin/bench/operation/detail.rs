//! Operation 5: a ticket by its number, with its thread.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{FIELDS, Ready, same};
use crate::{
    database::rows,
    http::{Http, post},
    load::{Dice, Operation, excerpt},
    pgbench::Scripts,
    server::{Server, agent},
};

const SQL: &str = include_str!("../sql/detail.sql");
/// How many tickets are asked for, spread over all.
const PLACES: u64 = 1_000;

struct Detail {
    asked: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Operation for Detail {
    fn request(&self, _: usize, dice: &mut Dice, request: &mut Vec<u8>) -> usize {
        let place = dice.below(self.asked.len());
        request.extend_from_slice(&self.asked[place].0);
        place
    }

    fn check(&self, asked: usize, body: &[u8]) -> Result<(), String> {
        if body == self.asked[asked].1 {
            Ok(())
        } else {
            Err(format!("another answer than before: {}", excerpt(body)))
        }
    }
}

pub(super) async fn prepare(server: &Server, sql: &mut PgConnection, tickets: u64) -> Ready {
    let query = format!(
        "query Detail($number: String!) {{ ticket(number: $number) {{ {FIELDS} description \
         messages(first: 20) {{ nodes {{ id body internal createdAt authorRole author {{ name }} }} \
         pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let places = PLACES.min(tickets);
    let step = tickets / places;
    let script = SQL
        .replace("{tickets}", &places.to_string())
        .replace("{step}", &step.to_string());
    let select = &script[script.find("SELECT").unwrap()..];
    let agent = agent();
    let mut http = Http::connect(server.address());
    let mut asked = Vec::new();
    for place in 0..places {
        let number = 1 + place * step;
        let variables = json!({ "number": format!("SUP-{number:05}") });
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = post(server.address(), &agent, &body);
        let answer = http.ask(&request).unwrap().to_vec();
        let ticket: Value = serde_json::from_slice(&answer).unwrap();
        let ticket = &ticket["data"]["ticket"];
        let rows = rows(sql, &select.replace(":number", &number.to_string())).await;
        assert!(!rows.is_empty(), "ticket {number}");
        same::ticket(ticket, &rows[0]);
        assert_eq!(ticket["description"], rows[0]["description"]);
        same::messages(&ticket["messages"]["nodes"], &rows, 20);
        asked.push((request, answer));
    }
    Ready {
        ours: Box::new(Detail { asked }),
        limit: Scripts::new(&[script]),
    }
}
