//! Notifications as the planner writes them.

use std::sync::atomic::{AtomicI64, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskwire_tests::{Client, World};
use entity::{NotificationKind, notification};
use sea_orm::{ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, DatabaseConnection};
use serde_json::{Value, json};
use uuid::Uuid;

/// The UUID in a global id.
pub fn uuid(id: &str) -> Uuid {
    let bytes = URL_SAFE_NO_PAD.decode(id).unwrap();
    let (_, id) = std::str::from_utf8(&bytes)
        .unwrap()
        .split_once(':')
        .unwrap();
    id.parse().unwrap()
}

/// The global id of a notification.
pub fn global(number: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("Notification:{number}"))
}

/// One person's news of one ticket.
#[derive(Clone)]
pub struct News {
    db: DatabaseConnection,
    row: notification::Model,
}

impl News {
    /// News for `person` of `ticket`.
    pub async fn new(world: &World, person: &Client, ticket: &str) -> Self {
        Self {
            db: world.server().desk().db().admin().clone(),
            row: notification::Model {
                id: 0,
                user_id: uuid(&person.id().await).into(),
                event_seq: 0,
                ticket_id: uuid(ticket).into(),
                kind: NotificationKind::StaffReplied,
                actor_id: None,
                message_id: None,
                created_at: world.clock.now(),
                read_at: None,
            },
        }
    }

    pub fn of(mut self, kind: NotificationKind) -> Self {
        self.row.kind = kind;
        self
    }

    pub async fn by(mut self, actor: &Client) -> Self {
        self.row.actor_id = Some(uuid(&actor.id().await).into());
        self
    }

    pub fn with(mut self, message: &str) -> Self {
        self.row.message_id = Some(uuid(message).into());
        self
    }

    /// Writes it down and gives back its number.
    pub async fn tell(&self) -> i64 {
        static SEQ: AtomicI64 = AtomicI64::new(1 << 40);
        let notification::Model {
            id: _,
            user_id,
            event_seq: _,
            ticket_id,
            kind,
            actor_id,
            message_id,
            created_at,
            read_at,
        } = self.row.clone();
        let row = notification::ActiveModel {
            id: NotSet,
            user_id: Set(user_id),
            event_seq: Set(SEQ.fetch_add(1, Ordering::SeqCst)),
            ticket_id: Set(ticket_id),
            kind: Set(kind),
            actor_id: Set(actor_id),
            message_id: Set(message_id),
            created_at: Set(created_at),
            read_at: Set(read_at),
        };
        row.insert(&self.db).await.unwrap().id
    }

    /// The same, as the global id.
    pub async fn told(&self) -> String {
        global(self.tell().await)
    }

    /// Writes so many of them.
    pub async fn many(&self, number: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..number {
            ids.push(self.told().await);
        }
        ids
    }
}

/// A page of notifications.
pub async fn page(client: &Client, args: &str) -> Value {
    let args = if args.is_empty() {
        String::new()
    } else {
        format!("({args})")
    };
    let query = format!(
        "{{ notifications{args} {{ position unreadCount nodes {{ id kind text readAt }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    client.get(&query, json!({})).await["notifications"].clone()
}

/// The ids of a page.
pub fn ids(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

/// How many `client` has not read.
pub async fn unread(client: &Client) -> i64 {
    page(client, "first: 1").await["unreadCount"]
        .as_i64()
        .unwrap()
}
