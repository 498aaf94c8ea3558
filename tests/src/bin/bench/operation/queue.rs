//! Operations 1 and 4: a filtered page of the queue, with and without messages.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    FIELDS, Ready,
    same::{self, local_id},
};
use crate::{
    database::rows,
    http::{Http, post},
    load::{Dice, Operation, excerpt},
    pgbench::Scripts,
    server::{Server, agent},
};

const QUEUE: &str = include_str!("../sql/queue.sql");
const THREADS: &str = include_str!("../sql/threads.sql");
/// How many pages are followed for each filter.
const PAGES: usize = 3;

struct Page {
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// Pages of different filters, each with the one right answer.
struct Queue {
    pages: Vec<Page>,
}

impl Operation for Queue {
    fn request(&self, _: usize, dice: &mut Dice, request: &mut Vec<u8>) -> usize {
        let page = dice.below(self.pages.len());
        request.extend_from_slice(&self.pages[page].request);
        page
    }

    fn check(&self, asked: usize, body: &[u8]) -> Result<(), String> {
        if body == self.pages[asked].answer {
            Ok(())
        } else {
            Err(format!("another answer than before: {}", excerpt(body)))
        }
    }
}

/// What agents look at, over GraphQL and in SQL.
fn filters(team: &Value, assignee: &Value) -> Vec<(Value, String)> {
    let work = "status IN ('OPEN', 'IN_PROGRESS', 'WAITING_ON_USER') AND closed_at IS NULL";
    let working = json!(["OPEN", "IN_PROGRESS", "WAITING_ON_USER"]);
    let open = "status = 'OPEN' AND closed_at IS NULL";
    let (team_id, assignee_id) = (local_id(team), local_id(assignee));
    let bug = "(SELECT id FROM category WHERE code = 'bug')";
    vec![
        (json!({ "status": ["OPEN"] }), open.to_owned()),
        (json!({ "status": &working }), work.to_owned()),
        (
            json!({ "status": &working, "category": ["bug"] }),
            format!("{work} AND category_id = {bug}"),
        ),
        (
            json!({ "status": &working, "priority": ["HIGH", "URGENT"] }),
            format!("{work} AND priority IN (0, 1)"),
        ),
        (
            json!({ "status": ["OPEN"], "unassigned": true }),
            format!("{open} AND assignee_id IS NULL"),
        ),
        (
            json!({ "status": &working, "source": ["EMAIL", "PHONE"] }),
            format!("{work} AND source IN ('EMAIL', 'PHONE')"),
        ),
        (
            json!({ "status": &working, "team": [team] }),
            format!("{work} AND team_id = '{team_id}'"),
        ),
        (
            json!({ "assigneeId": assignee }),
            format!("assignee_id = '{assignee_id}'"),
        ),
    ]
}

pub(super) async fn prepare(server: &Server, sql: &mut PgConnection, threads: bool) -> Ready {
    let messages = if threads {
        "messages(first: 3) { nodes { id body createdAt author { name } } }"
    } else {
        ""
    };
    let query = format!(
        "query Queue($filter: QueueFilter, $after: String) {{ \
         queue(filter: $filter, first: 50, after: $after) {{ \
         nodes {{ {FIELDS} {messages} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let script = if threads { THREADS } else { QUEUE };
    let agent = agent();
    let some = "{ teams(first: 1) { nodes { id } } users(role: AGENT, first: 1) { nodes { id } } }";
    let some = server.ask(&agent, some, &json!({}));
    let (team, assignee) = (
        &some["teams"]["nodes"][0]["id"],
        &some["users"]["nodes"][0]["id"],
    );

    let mut http = Http::connect(server.address());
    let (mut pages, mut scripts) = (Vec::new(), Vec::new());
    for (filter, condition) in filters(team, assignee) {
        let (mut after, mut behind) = (Value::Null, String::new());
        for _ in 0..PAGES {
            let variables = json!({ "filter": filter, "after": after });
            let body = json!({ "query": query, "variables": variables }).to_string();
            let request = post(server.address(), &agent, &body);
            let answer = http.ask(&request).unwrap().to_vec();
            let page: Value = serde_json::from_slice(&answer).unwrap();
            let connection = &page["data"]["queue"];
            let nodes = connection["nodes"].as_array().expect("no page");
            let equivalent = script.replace("{page}", &format!("{condition}{behind}"));
            let rows = rows(sql, &equivalent).await;
            let rows = same::by_ticket(&rows);
            assert_eq!(nodes.len(), rows.len().min(50), "{filter}");
            for (node, row) in nodes.iter().zip(rows.iter().copied()) {
                same::ticket(node, &row[0]);
                if threads {
                    same::messages(&node["messages"]["nodes"], row, 3);
                }
            }
            // Pages that are not full would be another operation.
            if nodes.len() < 50 {
                break;
            }
            pages.push(Page { request, answer });
            scripts.push(equivalent);
            let last = &rows[49][0];
            let (rank, id) = (&last["priority"], last["id"].as_str().unwrap());
            let opened = last["created_at"].as_str().unwrap();
            behind = format!(" AND (priority, created_at, id) > ({rank}, '{opened}', '{id}')");
            after = connection["pageInfo"]["endCursor"].clone();
            if connection["pageInfo"]["hasNextPage"] != true {
                break;
            }
        }
    }
    assert!(
        !pages.is_empty(),
        "no filter has a full page: more tickets are needed"
    );
    Ready {
        ours: Box::new(Queue { pages }),
        limit: Scripts::new(&scripts),
    }
}
