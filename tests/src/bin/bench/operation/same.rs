//! The answer over GraphQL and the rows of the equivalent SQL say the same.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use serde_json::Value;

/// The global id of a row.
pub(super) fn global_id(kind: &str, uuid: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", uuid.replace('-', "")))
}

/// The row's id, from a global one.
pub(super) fn local_id(global: &Value) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(global.as_str().unwrap()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (_, id) = text.split_once(':').unwrap();
    id.parse::<uuid::Uuid>().unwrap().to_string()
}

/// A ticket's fields and the columns of its row.
pub(super) fn ticket(node: &Value, row: &Value) {
    assert_eq!(local_id(&node["id"]), row["id"], "{node:#} {row:#}");
    let number = format!("SUP-{:05}", row["number"].as_i64().unwrap());
    assert_eq!(node["number"], number);
    for field in ["subject", "status", "tags", "version"] {
        assert_eq!(node[field], row[field], "{field} of {number}");
    }
    let rank = usize::try_from(row["priority"].as_u64().unwrap()).unwrap();
    assert_eq!(node["priority"], ["URGENT", "HIGH", "MEDIUM", "LOW"][rank]);
    for name in ["category", "requester", "assignee"] {
        assert_eq!(node[name]["name"], row[name], "{name} of {number}");
    }
    time(&node["createdAt"], &row["created_at"]);
    time(&node["updatedAt"], &row["updated_at"]);
}

/// The messages of a thread and the rows of its ticket, one for each message, of which the SQL may
/// give more than were asked for.
pub(super) fn messages(nodes: &Value, rows: &[Value], most: usize) {
    let nodes = nodes.as_array().unwrap();
    let mut rows: Vec<_> = rows
        .iter()
        .filter(|row| !row["message_id"].is_null())
        .collect();
    rows.sort_by_key(|row| (instant(&row["said_at"]), row["message_id"].to_string()));
    rows.reverse();
    assert_eq!(nodes.len(), rows.len().min(most));
    for (node, row) in nodes.iter().zip(rows) {
        assert_eq!(local_id(&node["id"]), row["message_id"]);
        assert_eq!(node["body"], row["body"]);
        assert_eq!(node["author"]["name"], row["author"]);
        time(&node["createdAt"], &row["said_at"]);
    }
}

/// The rows of each ticket, which follow one another.
pub(super) fn by_ticket(rows: &[Value]) -> Vec<&[Value]> {
    rows.chunk_by(|one, next| one["id"] == next["id"]).collect()
}

fn instant(value: &Value) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap()
}

fn time(field: &Value, column: &Value) {
    assert_eq!(instant(field), instant(column));
}
