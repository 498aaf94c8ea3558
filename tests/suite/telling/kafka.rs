//! Brokers in the test, by librdkafka, and what is in their topic.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use delivery::KafkaSettings;
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    mocking::MockCluster,
    producer::DefaultProducerContext,
};
use serde_json::Value;

const TOPIC: &str = "deskwire.tickets";
const PARTITIONS: i32 = 4;

/// A message, as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Record {
    pub key: String,
    pub payload: String,
}

impl Record {
    /// The event's number.
    pub fn id(&self) -> i64 {
        self.event()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap()
    }
}

/// Three brokers with the topic.
pub struct Kafka {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Kafka {
    pub fn start() -> Self {
        let cluster = MockCluster::new(3).unwrap();
        cluster.create_topic(TOPIC, PARTITIONS, 3).unwrap();
        Self { cluster }
    }

    pub fn settings(&self) -> KafkaSettings {
        KafkaSettings {
            kafka_brokers: self.cluster.bootstrap_servers(),
            kafka_topic: TOPIC.to_owned(),
            // Looks for brokers that were away sooner than it would in earnest.
            kafka_options: "reconnect.backoff.max.ms=200".to_owned(),
        }
    }

    /// All brokers are gone, or back.
    pub fn away(&self, away: bool) {
        if away {
            self.cluster.broker_down(-1).unwrap();
        } else {
            self.cluster.broker_up(-1).unwrap();
        }
    }

    /// All that is in the topic, of one partition in order.
    pub async fn read(&self) -> Vec<Record> {
        let brokers = self.cluster.bootstrap_servers();
        tokio::task::spawn_blocking(move || read(&brokers))
            .await
            .unwrap()
    }

    /// Fails unless the events `wanted`, and no others, are there, the first occurrences of each
    /// key in the order of `wanted`, and repetitions the same byte by byte. Gives back how many came
    /// again.
    pub async fn check(&self, wanted: &[i64]) -> usize {
        let place: HashMap<i64, usize> = wanted.iter().copied().zip(0..).collect();
        let mut seen = HashMap::<i64, String>::new();
        let mut last = HashMap::<String, usize>::new();
        let mut again = 0;
        for record in self.read().await {
            let id = record.id();
            let at = *place.get(&id).unwrap_or_else(|| panic!("{record:?}"));
            if let Some(first) = seen.get(&id) {
                assert_eq!(*first, record.payload);
                again += 1;
                continue;
            }
            if let Some(before) = last.insert(record.key.clone(), at) {
                assert!(before < at, "{id} came after {}", wanted[before]);
            }
            seen.insert(id, record.payload);
        }
        let missing: Vec<_> = wanted.iter().filter(|id| !seen.contains_key(id)).collect();
        assert!(missing.is_empty(), "not published: {missing:?}");
        again
    }
}

fn read(brokers: &str) -> Vec<Record> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "test")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition_offset(TOPIC, partition, Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&all).unwrap();
    let (mut found, mut ends) = (Vec::new(), BTreeSet::new());
    while ends.len() < PARTITIONS as usize {
        match consumer.poll(Duration::from_secs(30)).expect("in time") {
            Ok(message) => {
                let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec());
                found.push(Record {
                    key: text(message.key()).unwrap(),
                    payload: text(message.payload()).unwrap(),
                });
            }
            Err(KafkaError::PartitionEOF(partition)) => {
                ends.insert(partition);
            }
            Err(error) => panic!("{error}"),
        }
    }
    found
}
