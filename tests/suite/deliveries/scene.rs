//! Deliveries as the planner and the worker leave them, an endpoint that listens, and a worker.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{body::Bytes, http::HeaderMap, http::StatusCode, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use delivery::{Deliverer, DeliverySettings, Secret, sign};
use deskwire_tests::{Client, World, telling::plan_all};
use domain::telling::Rules;
use entity::{
    Channel, DeliveryState, NotificationKind, UserId, WebhookId, delivery as row, webhook_endpoint,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, DatabaseConnection,
    EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr,
};
use serde_json::{Value, json};

use crate::{common::text, notifications::scene::uuid};

/// The global id of a delivery.
pub fn global(number: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("Delivery:{number}"))
}

/// Makes an endpoint and gives back its id and its secret.
pub async fn endpoint(supervisor: &Client, url: &str) -> (String, String) {
    let payload = supervisor
        .run(
            "upsertWebhookEndpoint",
            json!({ "url": url }),
            "endpoint { id } secret",
        )
        .await;
    (text(&payload, "/endpoint/id"), text(&payload, "/secret"))
}

/// An endpoint as a supervisor sees it.
pub async fn seen(supervisor: &Client, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on WebhookEndpoint {
        url description eventKinds enabled disabledBecause failures failingSince pausedUntil
        secretsCount createdAt updatedAt deletedAt } } }";
    supervisor.get(query, json!({ "id": id })).await["node"].clone()
}

/// A page of deliveries.
pub async fn page(client: &Client, args: &str) -> Value {
    let args = if args.is_empty() {
        String::new()
    } else {
        format!("({args})")
    };
    let query = format!(
        "{{ deliveries{args} {{ totalCount nodes {{ id channel state kind eventType attempts
        nextAttemptAt lastError ambiguous createdAt settledAt address ticket {{ id number }}
        recipient {{ name }} endpoint {{ id url }} }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    client.get(&query, json!({})).await["deliveries"].clone()
}

/// The ids of a page.
pub fn ids(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes.map(|node| text(node, "/id")).collect()
}

/// One delivery, written down as the planner or the worker does.
#[derive(Clone)]
pub struct Parcel {
    db: DatabaseConnection,
    row: row::Model,
}

impl Parcel {
    /// A mail to the admin team about `ticket`, that failed for good.
    pub fn mail(world: &World, ticket: &str) -> Self {
        let now = world.clock.now();
        Self {
            db: world.server().desk().db().admin().clone(),
            row: row::Model {
                id: 0,
                dedupe_key: String::new(),
                channel: Channel::Mail,
                state: DeliveryState::Dead,
                kind: Some(NotificationKind::TicketOpened),
                event_seq: Some(1),
                ticket_id: Some(uuid(ticket).into()),
                user_id: None,
                address: Some("admin@desk.example".to_owned()),
                endpoint_id: None,
                lane: "a lane".to_owned(),
                attempts: 16,
                next_at: now,
                claimed_by: None,
                claimed_until: None,
                sending: false,
                ambiguous: false,
                last_error: Some("The server answered 550.".to_owned()),
                bundle_id: None,
                created_at: now,
                settled_at: Some(now),
            },
        }
    }

    /// The same to an endpoint.
    pub fn to_endpoint(world: &World, endpoint: &str, ticket: &str) -> Self {
        let mut parcel = Self::mail(world, ticket);
        parcel.row.channel = Channel::Webhook;
        parcel.row.kind = None;
        parcel.row.address = None;
        parcel.row.endpoint_id = Some(WebhookId(uuid(endpoint)));
        parcel
    }

    /// The same to a person.
    pub fn for_person(mut self, person: &str) -> Self {
        self.row.address = None;
        self.row.user_id = Some(UserId(uuid(person)));
        self
    }

    /// The same in another state.
    pub fn is(mut self, state: DeliveryState) -> Self {
        let open = [DeliveryState::Pending, DeliveryState::Held].contains(&state);
        self.row.state = state;
        self.row.settled_at = self.row.settled_at.filter(|_| !open);
        if open {
            self.row.next_at += chrono::TimeDelta::hours(5);
        }
        self
    }

    pub fn ambiguous(mut self) -> Self {
        self.row.ambiguous = true;
        self
    }

    /// Writes it down and gives back its id.
    pub async fn posted(&self) -> String {
        static NUMBER: AtomicI64 = AtomicI64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mut row = self.row.clone().into_active_model().reset_all();
        row.id = NotSet;
        row.dedupe_key = Set(format!("test:{number}"));
        global(row.insert(&self.db).await.unwrap().id)
    }
}

/// What came at an endpoint.
#[derive(Clone, Debug)]
pub struct Request {
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The number of its event.
    pub fn id(&self) -> i64 {
        self.header("webhook-id").parse().unwrap()
    }

    /// With how many secrets it is signed.
    pub fn signatures(&self) -> usize {
        self.header("webhook-signature").split(' ').count()
    }

    /// Whether it is signed with `secret`.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.header("webhook-timestamp").parse().unwrap();
        let at = DateTime::from_timestamp(at, 0).unwrap();
        let secret = Secret::parse(secret).unwrap();
        let wanted = sign(&secret, self.header("webhook-id"), at, &self.body);
        let mut given = self.header("webhook-signature").split(' ');
        given.any(|signature| signature == wanted)
    }
}

/// An endpoint on this machine, and a worker that may write to it.
pub struct Hook {
    pub id: String,
    pub secret: String,
    url: String,
    came: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    worker: Deliverer,
}

impl Hook {
    /// An endpoint that takes everything.
    pub async fn new(world: &World, supervisor: &Client) -> Self {
        let came = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (requests, next) = (Arc::clone(&came), Arc::clone(&answers));
        let handler = post(async move |headers: HeaderMap, body: Bytes| {
            requests.lock().unwrap().push(Request { headers, body });
            let status = next.lock().unwrap().pop_front().unwrap_or(204);
            StatusCode::from_u16(status).unwrap()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/?key=hidden", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/", handler);
        tokio::spawn(async move { axum::serve(listener, router).await });

        let (id, secret) = endpoint(supervisor, "https://example.com/hooks").await;
        let desk = world.server().desk();
        let settings = DeliverySettings {
            webhooks_allow_private: true,
            ..DeliverySettings::default()
        };
        let folder = &world.config().data_dir;
        let worker = Deliverer::open(
            desk.db().clone(),
            world.clock.clone(),
            &settings,
            folder,
            14,
        )
        .await
        .unwrap();
        let hook = Self {
            id,
            secret,
            url,
            came,
            answers,
            worker,
        };
        hook.listens(world).await;
        hook
    }

    /// Brings its URL here. The server of this test takes public URLs only; the worker takes this one.
    pub async fn listens(&self, world: &World) {
        webhook_endpoint::Entity::update_many()
            .col_expr(webhook_endpoint::Column::Url, Expr::val(self.url.as_str()))
            .filter(webhook_endpoint::Column::Id.eq(uuid(&self.id)))
            .exec(world.server().desk().db().admin())
            .await
            .unwrap();
    }

    /// Switches it on again.
    pub async fn switch_on(&self, world: &World, supervisor: &Client) {
        let input = json!({ "id": self.id, "url": "https://example.com/", "enabled": true });
        supervisor.run("upsertWebhookEndpoint", input, "").await;
        self.listens(world).await;
    }

    /// From here on it takes everything.
    pub fn forget_answers(&self) {
        self.answers.lock().unwrap().clear();
    }

    /// The next requests are answered like this.
    pub fn answers(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    /// Runs the worker once, and gives back what came meanwhile.
    pub async fn run(&self, world: &World) -> Vec<Request> {
        plan_all(world.server().desk(), Rules::default()).await;
        let report = self.worker.run(None).await;
        assert_eq!(report.error, None);
        std::mem::take(&mut self.came.lock().unwrap())
    }

    /// What is sent to it, newest first.
    pub async fn deliveries(&self, client: &Client) -> Value {
        let args = format!("filter: {{ endpointId: \"{}\" }}", self.id);
        page(client, &args).await["nodes"].clone()
    }
}
