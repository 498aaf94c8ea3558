//! Receivers of webhooks in the test, which answer as they are told.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The receiver that got it.
    pub receiver: String,
    /// Its `webhook-id`.
    pub id: i64,
    /// Its body.
    pub body: String,
}

impl Request {
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// Never.
    Hangs,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<Request>,
    answers: HashMap<String, VecDeque<Answer>>,
    pause: Duration,
}

/// Any number of receivers, by name. Who was told nothing takes everything.
#[derive(Clone, Debug)]
pub struct Hooks {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Hooks {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let router = Router::new()
            .route("/{receiver}", post(take))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, seen }
    }

    /// The address of a receiver.
    pub fn url(&self, receiver: &str) -> String {
        format!("http://{}/{receiver}", self.address)
    }

    /// The next answers of a receiver.
    pub fn answer(&self, receiver: &str, answers: &[Answer]) {
        let mut seen = self.seen.lock().unwrap();
        let next = answers.iter().copied().collect();
        seen.answers.insert(receiver.to_owned(), next);
    }

    /// All take so long to answer.
    pub fn pause(&self, pause: Duration) {
        self.seen.lock().unwrap().pause = pause;
    }

    /// What a receiver got, in order.
    pub fn requests(&self, receiver: &str) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        let requests = seen.requests.iter();
        requests
            .filter(|request| request.receiver == receiver)
            .cloned()
            .collect()
    }
}

async fn take(
    State(seen): State<Arc<Mutex<Seen>>>,
    Path(receiver): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().parse().unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (answer, pause) = {
        let mut seen = seen.lock().unwrap();
        let answers = seen.answers.get_mut(&receiver);
        let answer = answers.and_then(VecDeque::pop_front);
        seen.requests.push(Request { receiver, id, body });
        (answer.unwrap_or(Answer::Status(204)), seen.pause)
    };
    tokio::time::sleep(pause).await;
    match answer {
        Answer::Status(status) => StatusCode::from_u16(status).unwrap(),
        Answer::Hangs => std::future::pending().await,
    }
}
