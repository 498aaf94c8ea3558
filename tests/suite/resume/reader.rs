//! One who follows a queue as docs/api.md says, is cut off, and resumes.

use std::{
    collections::{BTreeMap, BTreeSet},
    future,
    sync::Arc,
};

use deskwire_tests::{Client, Socket};
use domain::Position;
use serde_json::{Value, json};

use super::{
    aim::Aim,
    pace::Pace,
    plan::{Begin, Plan, When},
    story::{self, ROW, Told},
};
use crate::common::text;

const PAGE: &str = "query($filter: QueueFilter) {
    queue(filter: $filter, first: 100) { position nodes { ...Row } } }";

/// A position of another database's log.
const ELSEWHERE: Position = Position {
    xid: u32::MAX as i64,
    seq: 1 << 40,
};

/// One who follows.
#[derive(Debug)]
pub struct Reader {
    /// The same person at each server, which take turns.
    homes: Vec<Client>,
    turn: usize,
    aim: Arc<Aim>,
    plan: Plan,
    /// The last position seen; none if everything has to be loaded.
    position: Option<String>,
    /// Whether to subscribe without a query before it.
    from_now: bool,
    /// Where what was told begins.
    start: Position,
    rows: BTreeMap<String, Value>,
    told: Vec<Told>,
    /// The versions that the present connection has shown.
    versions: BTreeMap<String, i64>,
}

/// The position of the queue as it is.
pub async fn origin(client: &Client) -> String {
    let data = client.get("{ queue { position } }", json!({})).await;
    text(&data, "/queue/position")
}

fn decode(position: &str) -> Position {
    Position::decode(position).unwrap()
}

impl Reader {
    pub fn new(homes: Vec<Client>, aim: Aim, plan: Plan, origin: String) -> Self {
        let position = match plan.begin {
            Begin::Origin => Some(origin.clone()),
            Begin::Elsewhere => Some(ELSEWHERE.encode()),
            Begin::Query | Begin::Now => None,
        };
        Self {
            homes,
            turn: 0,
            aim: Arc::new(aim),
            from_now: matches!(plan.begin, Begin::Now),
            plan,
            start: decode(&origin),
            position,
            rows: BTreeMap::new(),
            told: Vec::new(),
            versions: BTreeMap::new(),
        }
    }

    /// What it follows.
    pub fn aim(&self) -> Arc<Aim> {
        Arc::clone(&self.aim)
    }

    fn home(&mut self) -> Client {
        self.turn += 1;
        self.homes[self.turn % self.homes.len()].clone()
    }

    /// Follows until the end.
    pub async fn follow(&mut self, pace: &Pace) {
        pace.reached(self.plan.after).await;
        for (when, how) in self.plan.cuts.clone() {
            if let When::BeforeAck = when {
                self.greet().await.cut_by(how).await;
                continue;
            }
            let mut socket = self.connect().await;
            match when {
                When::BeforeAck | When::BeforeReady => {}
                When::Steps(steps) => {
                    self.read(&mut socket, usize::MAX, pace.reached(steps))
                        .await;
                }
                When::Events(events) => self.read(&mut socket, events, pace.finished()).await,
            }
            socket.cut_by(how).await;
        }
        let aim = self.aim();
        while !self.is_at_the_end() {
            let mut socket = self.connect().await;
            // Where the end is, is known a while after it is there.
            self.read(&mut socket, usize::MAX, aim.reached()).await;
            if self.position.is_some() {
                self.read(&mut socket, usize::MAX, future::pending()).await;
            }
        }
    }

    /// Connects and says who it is, but does not wait for an answer.
    async fn greet(&mut self) -> Socket {
        let client = self.home();
        let mut socket = Socket::connect(client.base()).await;
        let token = format!("Bearer {}", client.token().unwrap());
        let init = json!({ "type": "connection_init", "payload": { "authorization": token } });
        socket.send(init).await;
        socket
    }

    /// The docs' loop up to the subscription.
    async fn connect(&mut self) -> Socket {
        if self.position.is_none() && !self.from_now {
            let position = self.query().await;
            self.start_at(position);
        }
        let mut socket = self.home().socket().await;
        story::subscribe(&mut socket, &self.aim.filter, self.position.as_deref()).await;
        self.versions.clear();
        socket
    }

    fn start_at(&mut self, position: String) {
        self.start = decode(&position);
        self.told.clear();
        self.position = Some(position);
    }

    /// Loads the rows and gives back their position.
    async fn query(&mut self) -> String {
        let home = self.home();
        let (position, rows) = self.page(&home).await;
        self.rows = rows;
        position
    }

    async fn page(&self, client: &Client) -> (String, BTreeMap<String, Value>) {
        let variables = json!({ "filter": self.aim.filter });
        let data = client.get(&format!("{PAGE} {ROW}"), variables).await;
        let rows = data["queue"]["nodes"].as_array().unwrap().iter();
        let rows = rows.map(|row| (text(row, "/id"), row.clone()));
        (text(&data, "/queue/position"), rows.collect())
    }

    /// Reads so many events, or until `stop`, the end, or a `RESYNC`.
    async fn read(&mut self, socket: &mut Socket, events: usize, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        for _ in 0..events {
            if self.is_at_the_end() {
                return;
            }
            let event = tokio::select! {
                event = socket.event("queue") => event,
                () = &mut stop => return,
            };
            match event["kind"].as_str() {
                Some("READY") => self.ready(text(&event, "/position")).await,
                Some("RESYNC") => {
                    // Nobody here misses 10,000 events.
                    let lost = self.position == Some(ELSEWHERE.encode());
                    assert!(lost, "told to start over for no reason: {event:#}");
                    self.position = None;
                    return;
                }
                _ => self.apply(&event),
            }
        }
    }

    async fn ready(&mut self, position: String) {
        if self.from_now {
            // The rows are newer than this position; what is between comes once more.
            self.query().await;
            self.start_at(position);
            self.from_now = false;
        } else {
            self.position = Some(position);
        }
    }

    fn apply(&mut self, event: &Value) {
        let told = story::told(event);
        let (position, kind, id) = told.clone();
        let last = self.told.last().map_or(self.start, |(last, ..)| *last);
        assert!(position > last, "{position:?} came after {last:?}");
        self.told.push(told);
        self.position = Some(position.encode());

        let ticket = &event["ticket"];
        let version = ticket["version"].as_i64().unwrap();
        let before = self.versions.insert(id.clone(), version);
        assert!(
            before.is_none_or(|before| before <= version),
            "the version went back from {before:?}: {event:#}"
        );
        match kind.as_str() {
            "ENTERED" | "CHANGED" => self.rows.insert(id, ticket.clone()),
            "LEFT" => self.rows.remove(&id),
            other => panic!("{other} is no kind of event"),
        };
    }

    fn is_at_the_end(&self) -> bool {
        let position = self.position.as_deref().map(decode);
        let position = position.filter(|position| *position != ELSEWHERE);
        let end = self.aim.end();
        end.is_some_and(|end| position.is_some_and(|position| position >= end))
    }

    /// What must hold in the end.
    pub async fn check(&self) {
        let about = format!("filter {}, {:?}", self.aim.filter, self.plan);
        for client in &self.homes {
            let (_, rows) = self.page(client).await;
            assert_eq!(self.rows, rows, "the rows and those of a query; {about}");
        }
        // What was told in pieces must be the end of what is told at once.
        let story = self.aim.story();
        let behind_start = story.iter().filter(|told| told.0 > self.start);
        let behind_start: Vec<_> = behind_start.cloned().collect();
        assert_eq!(
            self.told, behind_start,
            "what was told and what the log tells; {about}"
        );
        let mut members = BTreeSet::new();
        for (_, kind, ticket) in &story {
            let fits = match kind.as_str() {
                "ENTERED" => members.insert(ticket),
                "CHANGED" => members.contains(ticket),
                _ => members.remove(ticket),
            };
            assert!(
                fits,
                "{kind} of {ticket} does not fit in {story:#?}; {about}"
            );
        }
        let rows: BTreeSet<_> = self.rows.keys().collect();
        assert_eq!(members, rows, "the kinds alone and a query; {about}");
    }
}
