//! Operation 12: the log is published to Kafka, beside a bare producer that sends the very same
//! messages; and how long a change takes to a subscriber on another server.

use std::time::{Duration, Instant};

use delivery::{CloudEvent, Deliverer, DeliverySettings};
use domain::{
    Clock, Position,
    db::Db,
    telling::{KAFKA, Relay},
};
use rdkafka::{
    ClientConfig,
    mocking::MockCluster,
    producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer},
};
use serde_json::{Value, json};

use crate::{
    database::{Copy, run},
    http::Http,
    load::{Dice, Operation},
    operation::Reply,
    options::Options,
    say,
    server::Server,
    sockets::Sockets,
};

const TOPIC: &str = "deskwire.tickets";

/// How often one change is made and waited for.
const CHANGES: usize = 200;

/// What came out.
#[derive(Clone, Debug)]
pub(crate) struct Relayed {
    /// How many events.
    pub(crate) events: usize,
    /// How long each round took to publish all of them, and the bare producer to send them.
    pub(crate) rounds: Vec<(Duration, Duration)>,
    /// From the request of a change to its answer, and to a subscriber on the same server and on
    /// another one: the one in the middle, in milliseconds.
    pub(crate) answer_ms: f64,
    pub(crate) same_ms: f64,
    pub(crate) other_ms: f64,
}

impl Relayed {
    /// Events in a second, of the relay and of the bare producer, and the share: the one in the middle
    /// of each.
    pub(crate) fn per_second(&self) -> (f64, f64, f64) {
        let rate = |time: Duration| self.events as f64 / time.as_secs_f64();
        let ours = self.rounds.iter().map(|(ours, _)| rate(*ours)).collect();
        let bare = self.rounds.iter().map(|(_, bare)| rate(*bare)).collect();
        let share = self.rounds.iter();
        let share = share.map(|(ours, bare)| bare.as_secs_f64() / ours.as_secs_f64());
        (middle(ours), middle(bare), middle(share.collect()))
    }

    /// For the JSON report.
    pub(crate) fn json(&self) -> Value {
        let (ours, bare, share) = self.per_second();
        let seconds =
            |(ours, bare): &(Duration, Duration)| [ours.as_secs_f64(), bare.as_secs_f64()];
        json!({ "events": self.events, "seconds": self.rounds.iter().map(seconds).collect::<Vec<_>>(),
            "relay_per_second": ours, "bare_per_second": bare, "share": share,
            "answer_ms": self.answer_ms, "same_server_ms": self.same_ms, "other_server_ms": self.other_ms })
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Takes turns between the relay and the bare producer, then measures the way to another server.
pub(crate) async fn measure(copy: &mut Copy, options: &Options) -> Relayed {
    let kafka = MockCluster::new(3).unwrap();
    kafka.create_topic(TOPIC, 6, 3).unwrap();
    let brokers = kafka.bootstrap_servers();
    let db = Db::connect(&copy.url, 4).await.unwrap();
    let messages = messages(&db).await;
    say(&format!("12: publishing {} events", messages.len()));
    let folder = tempfile::tempdir().unwrap();
    let mut settings = DeliverySettings::default();
    settings.kafka.kafka_brokers = brokers.clone();
    let deliverer = Deliverer::open(db.clone(), Clock::system(), &settings, folder.path(), 14);
    let deliverer = deliverer.await.unwrap();
    let bare = bare(&brokers);
    let mut rounds = Vec::new();
    // The first round warms up and does not count.
    for round in 0..=options.rounds {
        run(
            &mut copy.sql,
            "UPDATE follower SET xid = 0, seq = 0, holder = NULL WHERE name = 'KAFKA'",
        )
        .await;
        let begun = Instant::now();
        let report = deliverer.run(None).await;
        let ours = begun.elapsed();
        assert_eq!(report.published, messages.len() as u64, "{report:?}");
        let begun = Instant::now();
        tokio::task::block_in_place(|| send(&bare, &messages));
        let theirs = begun.elapsed();
        if round > 0 {
            rounds.push((ours, theirs));
        }
    }
    let (answer_ms, same_ms, other_ms) = ways(copy, options).await;
    Relayed {
        events: messages.len(),
        rounds,
        answer_ms,
        same_ms,
        other_ms,
    }
}

/// All that the relay publishes.
async fn messages(db: &Db) -> Vec<(String, Vec<u8>)> {
    let relay = Relay::new(
        db.clone(),
        Clock::system(),
        KAFKA,
        chrono::TimeDelta::minutes(1),
    );
    let (mut messages, mut after) = (Vec::new(), Position::default());
    loop {
        let events = relay.read(after, 5_000).await.unwrap();
        let Some(last) = events.last() else {
            return messages;
        };
        after = last.position;
        for event in &events {
            let published = CloudEvent::of(event, "http://localhost:8080");
            messages.push((published.partitionkey.clone(), published.to_json().unwrap()));
        }
    }
}

/// A producer with the same promises, and the defaults else.
fn bare(brokers: &str) -> ThreadedProducer<DefaultProducerContext> {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("queue.buffering.max.messages", "1000000")
        .set("queue.buffering.max.kbytes", "2000000")
        .create()
        .unwrap()
}

fn send(producer: &ThreadedProducer<DefaultProducerContext>, messages: &[(String, Vec<u8>)]) {
    for (key, payload) in messages {
        let record = BaseRecord::to(TOPIC).key(key).payload(payload);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(120)).unwrap();
}

/// From a request to its answer, to a subscriber of the same server, and to one of another.
async fn ways(copy: &mut Copy, options: &Options) -> (f64, f64, f64) {
    say("12: changes on one server, seen on another");
    let here = Server::start(&options.server, &copy.url).await;
    let there = Server::start(&options.server, &copy.url).await;
    let reply = Reply::new(&here, &mut copy.sql).await;
    let mut dice = Dice::new(u64::MAX - 1);
    let mut answers = Vec::new();
    let mut ways = Vec::new();
    for server in [&here, &there] {
        let mut sockets = Sockets::new(server.address());
        sockets.grow(1).await;
        let mut http = Http::connect(here.address());
        let mut waits = Vec::new();
        for _ in 0..CHANGES {
            let (before, sent) = (sockets.total(), Instant::now());
            tokio::task::block_in_place(|| {
                let mut request = Vec::new();
                let asked = reply.request(0, &mut dice, &mut request);
                let body = http.ask(&request).unwrap();
                reply.check(asked, body).unwrap();
            });
            answers.push(sent.elapsed().as_secs_f64() * 1e3);
            let told = sockets.wait_for(before + 1).await;
            waits.push(told.duration_since(sent).as_secs_f64() * 1e3);
        }
        ways.push(middle(waits));
        drop(sockets.close().await);
    }
    here.stop().await;
    there.stop().await;
    (middle(answers), ways[0], ways[1])
}
