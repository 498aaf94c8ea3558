use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::Headers,
    mocking::MockCluster,
    producer::DefaultProducerContext,
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
use tokio::time::{sleep, timeout};

use super::{KafkaSettings, Outgoing, Publisher, Unpublished};
use crate::FailureKind;

fn yes() -> BoxFuture<'static, bool> {
    ready(true).boxed()
}

fn no() -> BoxFuture<'static, bool> {
    ready(false).boxed()
}

const TOPIC: &str = "desk";
const PARTITIONS: i32 = 6;

type Kafka = MockCluster<'static, DefaultProducerContext>;

fn kafka() -> Kafka {
    let kafka = MockCluster::new(3).unwrap();
    kafka.create_topic(TOPIC, PARTITIONS, 3).unwrap();
    for partition in 0..PARTITIONS {
        // Each broker leads two.
        let leader = Some(1 + partition % 3);
        kafka.partition_leader(TOPIC, partition, leader).unwrap();
    }
    kafka
}

fn settings(brokers: &str, options: &str) -> KafkaSettings {
    KafkaSettings {
        kafka_brokers: brokers.to_owned(),
        kafka_topic: TOPIC.to_owned(),
        kafka_options: options.to_owned(),
    }
}

fn publisher(kafka: &Kafka, options: &str) -> Publisher {
    let settings = settings(&kafka.bootstrap_servers(), options);
    Publisher::open(&settings).unwrap().unwrap()
}

/// The messages with these numbers; each thirtieth has the same key.
fn messages(numbers: std::ops::Range<usize>) -> Vec<Outgoing> {
    numbers
        .map(|number| Outgoing {
            key: format!("ticket {}", number % 30),
            id: number.to_string(),
            payload: number.to_string().into_bytes(),
        })
        .collect()
}

/// What is in the topic: the numbers per key, in the order in which they are in their partition.
async fn read(kafka: &Kafka) -> BTreeMap<String, Vec<usize>> {
    let brokers = kafka.bootstrap_servers();
    let read = move || {
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
        let (mut found, mut ends) = (BTreeMap::<String, Vec<usize>>::new(), BTreeSet::new());
        let mut places = BTreeMap::new();
        while ends.len() < PARTITIONS as usize {
            match consumer.poll(Duration::from_secs(10)).expect("in time") {
                Ok(message) => {
                    let key = std::str::from_utf8(message.key().unwrap()).unwrap();
                    let number = std::str::from_utf8(message.payload().unwrap()).unwrap();
                    let header = message.headers().unwrap().get(0);
                    assert_eq!(header.key, "content-type");
                    let place = places.entry(key.to_owned()).or_insert(message.partition());
                    assert_eq!(*place, message.partition(), "{key} is in two partitions");
                    found
                        .entry(key.to_owned())
                        .or_default()
                        .push(number.parse().unwrap());
                }
                Err(KafkaError::PartitionEOF(partition)) => {
                    ends.insert(partition);
                }
                Err(error) => panic!("{error}"),
            }
        }
        found
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

/// Fails unless the messages 0 to `end` are there, the first occurrences per key in order. Gives back
/// how many came more than once.
async fn check(kafka: &Kafka, end: usize, but: &[usize]) -> usize {
    let found = read(kafka).await;
    let (mut seen, mut again) = (BTreeSet::new(), 0);
    for (key, numbers) in &found {
        let mut last = None;
        for number in numbers {
            if seen.insert(*number) {
                assert!(
                    last < Some(*number),
                    "{key}: {number} after {last:?} in {numbers:?}"
                );
                last = Some(*number);
            } else {
                again += 1;
            }
        }
    }
    let wanted: BTreeSet<_> = (0..end).filter(|number| !but.contains(number)).collect();
    let missing: Vec<_> = wanted.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(seen, wanted);
    again
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_and_in_order() {
    let kafka = kafka();
    let publisher = publisher(&kafka, "");
    for start in (0..10_000).step_by(1_000) {
        let batch = messages(start..start + 1_000);
        publisher.publish(&batch, yes).await.unwrap();
    }
    publisher.publish(&[], yes).await.unwrap();
    assert_eq!(check(&kafka, 10_000, &[]).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_may_be_larger_than_the_queue() {
    let kafka = kafka();
    let publisher = publisher(&kafka, "queue.buffering.max.messages=100");
    let batch = messages(0..3_000);
    publisher.publish(&batch, yes).await.unwrap();
    assert_eq!(check(&kafka, 3_000, &[]).await, 0);
}

/// It can be published from any task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_go_away_and_return() {
    let kafka = kafka();
    kafka
        .broker_round_trip_time(-1, Duration::from_millis(5))
        .unwrap();
    // Looks for its brokers again sooner than it would in earnest.
    let publisher = publisher(&kafka, "reconnect.backoff.max.ms=300,linger.ms=0");
    let publishing = tokio::spawn(async move {
        for start in (0..20_000).step_by(200) {
            let batch = messages(start..start + 200);
            publisher.publish(&batch, yes).await.unwrap();
        }
    });
    let mut outages = 0;
    for broker in [1, 2, -1, 3, -1] {
        sleep(Duration::from_millis(80)).await;
        outages += usize::from(!publishing.is_finished());
        kafka.broker_down(broker).unwrap();
        sleep(Duration::from_millis(150)).await;
        kafka.broker_up(broker).unwrap();
    }
    timeout(Duration::from_mins(1), publishing)
        .await
        .unwrap()
        .unwrap();
    assert!(outages > 2, "{outages}");
    check(&kafka, 20_000, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_that_pass_do_no_harm() {
    use RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    };
    let kafka = kafka();
    let publisher = publisher(&kafka, "retry.backoff.ms=20");
    for start in (0..3_000).step_by(1_000) {
        kafka.request_errors(
            RDKafkaApiKey::Produce,
            &[
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ],
        );
        let batch = messages(start..start + 1_000);
        publisher.publish(&batch, yes).await.unwrap();
    }
    check(&kafka, 3_000, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gives_up_sends_the_same_again_and_the_order_stays() {
    let kafka = kafka();
    let publisher = publisher(&kafka, "reconnect.backoff.max.ms=100");
    publisher.publish(&messages(0..100), yes).await.unwrap();
    let batch = messages(100..5_000);
    // One broker is away, so a part of the batch arrives.
    kafka.broker_down(2).unwrap();
    let failure = publisher.publish(&batch, no).await.unwrap_err();
    let Unpublished::Away(failure) = failure else {
        panic!("{failure}");
    };
    assert_eq!(failure.kind, FailureKind::Away);
    assert!(failure.ambiguous);
    assert!(failure.text.contains("of 4900 events"), "{failure}");
    kafka.broker_up(2).unwrap();
    publisher.publish(&batch, yes).await.unwrap();
    assert!(check(&kafka, 5_000, &[]).await > 0, "nothing had arrived");
}

/// A batch whose publishing is broken off at any moment, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_broken_off_sends_the_same_again_and_the_order_stays() {
    let kafka = kafka();
    kafka
        .broker_round_trip_time(-1, Duration::from_millis(10))
        .unwrap();
    let publisher = publisher(&kafka, "batch.num.messages=50");
    let mut broken_off = 0;
    for (round, start) in (0..4_000).step_by(500).enumerate() {
        let batch = messages(start..start + 500);
        let patience = Duration::from_millis(20 + 23 * round as u64);
        while timeout(patience, publisher.publish(&batch, yes))
            .await
            .is_err()
        {
            broken_off += 1;
            if broken_off % 5 == 4 {
                publisher.publish(&batch, yes).await.unwrap();
                break;
            }
        }
    }
    let again = check(&kafka, 4_000, &[]).await;
    assert!(broken_off > 5 && again > 0, "{broken_off} {again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_is_named() {
    let kafka = kafka();
    let publisher = publisher(&kafka, "message.max.bytes=2000");
    let mut batch = messages(0..1_000);
    batch[700].payload = vec![b'x'; 2_000];
    for _ in 0..2 {
        let refusal = publisher.publish(&batch, yes).await.unwrap_err();
        let Unpublished::Refused {
            place: 700,
            failure,
        } = refusal
        else {
            panic!("{refusal:?}");
        };
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.text.contains("event 700"), "{failure}");
    }
    batch.remove(700);
    publisher.publish(&batch, yes).await.unwrap();
    check(&kafka, 1_000, &[700]).await;
}

/// The topic takes less than the producer thinks: first a batch is refused, then, alone, the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_broker_refuses_is_named() {
    use RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE;
    let kafka = kafka();
    let publisher = publisher(&kafka, "");
    publisher.publish(&messages(0..100), yes).await.unwrap();
    // Each broker may refuse what it gets at once, before messages are sent one by one.
    kafka.request_errors(RDKafkaApiKey::Produce, &[TOO_LARGE; 50]);
    let mut batch = messages(100..300);
    let refusal = publisher.publish(&batch, yes).await.unwrap_err();
    let Unpublished::Refused { place, failure } = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(failure.kind, FailureKind::Refused);
    kafka.clear_request_errors(RDKafkaApiKey::Produce);
    let left_out = batch.remove(place).id.parse().unwrap();
    publisher.publish(&batch, yes).await.unwrap();
    // A batch that is refused, and none of its messages.
    kafka.request_errors(RDKafkaApiKey::Produce, &[TOO_LARGE]);
    publisher.publish(&messages(300..600), yes).await.unwrap();
    publisher.publish(&messages(600..700), yes).await.unwrap();
    check(&kafka, 700, &[left_out]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_is_waited_for() {
    let nobody = publisher(&kafka(), "");
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let patience = move || {
        let asked = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ready(asked < 1).boxed()
    };
    let failure = nobody.publish(&messages(0..1), patience).await.unwrap_err();
    assert!(
        failure.to_string().contains("cannot be reached"),
        "{failure}"
    );
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);

    let kafka = kafka();
    let publisher = publisher(&kafka, "");
    let unknown = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    kafka.topic_error(TOPIC, unknown).unwrap();
    let failure = publisher.publish(&messages(0..1), no).await.unwrap_err();
    assert_eq!(failure.to_string(), "Kafka has no topic desk.");
    let known = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka.topic_error(TOPIC, known).unwrap();
    publisher.publish(&messages(0..1), no).await.unwrap();
    check(&kafka, 1, &[]).await;
}

#[test]
fn settings_that_break_promises_are_refused() {
    assert!(Publisher::open(&settings(" ", "acks=0")).unwrap().is_none());
    for options in [
        "",
        "client.id=x",
        "client.id = x , linger.ms=20",
        "debug=broker,topic,linger.ms=5",
        "compression.type=none",
    ] {
        assert!(
            Publisher::open(&settings("localhost:1", options))
                .unwrap()
                .is_some()
        );
    }
    for (options, part) in [
        ("acks=1", "acks"),
        ("request.required.acks=1", "request.required.acks"),
        ("linger.ms=1,enable.idempotence=false", "enable.idempotence"),
        ("message.timeout.ms=5000", "message.timeout.ms"),
        ("delivery.timeout.ms=5000", "delivery.timeout.ms"),
        ("retries=1", "retries"),
        ("max.in.flight=5", "max.in.flight"),
        ("max.in.flight.requests.per.connection=5", "max.in.flight"),
        ("enable.gapless.guarantee=false", "enable.gapless.guarantee"),
        ("partitioner=random", "partitioner"),
        ("queuing.strategy=lifo", "queuing.strategy"),
        ("transactional.id=x", "transactional.id"),
        ("bootstrap.servers=x", "DESKWIRE_KAFKA_BROKERS"),
        ("wombat=1", "wombat"),
        ("linger.ms=soon", "linger.ms"),
        ("wombat", "key=value"),
    ] {
        let problem = Publisher::open(&settings("localhost:1", options)).unwrap_err();
        assert!(problem.0.contains(part), "{options}: {problem}");
    }
    let mut hidden = settings("localhost:1", "sasl.password=hidden");
    assert!(!format!("{hidden:?}").contains("hidden"));
    hidden.kafka_topic = "a b".to_owned();
    assert!(
        Publisher::open(&hidden)
            .unwrap_err()
            .0
            .contains("DESKWIRE_KAFKA_TOPIC")
    );
}
