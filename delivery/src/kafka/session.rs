//! One producer, from its first message to its first failure.

use std::{collections::BTreeSet, sync::Arc, thread, time::Duration};

use futures_util::future::BoxFuture;
use rdkafka::{
    ClientConfig,
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{BaseRecord, Producer, PurgeConfig, ThreadedProducer},
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Outgoing,
    acks::{Acks, Context},
    partition::partition,
};

/// How often it is asked whether to go on.
const LOOK: Duration = Duration::from_secs(2);
/// How long to wait when the producer's queue is full.
const FULL: Duration = Duration::from_millis(5);
/// How long brokers may take to say what they know of the topic, and to be asked again.
const METADATA: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(250);
/// How long to wait for the reasons when something has failed.
const REASONS: Duration = Duration::from_secs(1);
/// After so many messages others may run.
const STRIDE: usize = 256;
/// Spelt as the SDKs of CloudEvents spell it: some compare it letter by letter.
const STRUCTURED: &str = "application/cloudevents+json; charset=utf-8";
/// How old a session gets. Brokers forget a producer that a partition has not heard of for a day.
const OLD: Duration = Duration::from_hours(1);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// The message at this place is refused, or the batch that it was sent in.
    Refused(usize, RDKafkaErrorCode),
    /// Kafka takes nothing at the moment.
    Away(String),
}

/// Whoever decides whether it is worth waiting.
pub(super) struct Patience<F> {
    ask: F,
    next: Instant,
}

impl<F: FnMut() -> BoxFuture<'static, bool>> Patience<F> {
    pub(super) fn new(ask: F) -> Self {
        let next = Instant::now() + LOOK;
        Self { ask, next }
    }

    async fn lasts(&mut self) -> bool {
        if Instant::now() < self.next {
            return true;
        }
        let lasts = (self.ask)().await;
        self.next = Instant::now() + LOOK;
        lasts
    }
}

/// One producer.
pub(super) struct Session {
    topic: String,
    born: Instant,
    /// How many partitions the topic has.
    partitions: u32,
    /// Those that have a message of this session.
    begun: BTreeSet<i32>,
    acks: Arc<Acks>,
    /// There until it is dropped.
    producer: Option<ThreadedProducer<Context>>,
}

impl Session {
    /// A producer, which begins to look for its brokers.
    pub(super) fn new(config: &ClientConfig, topic: &str) -> Result<Self, KafkaError> {
        let acks = Arc::<Acks>::default();
        let producer = config.create_with_context(Context(Arc::clone(&acks)))?;
        Ok(Self {
            topic: topic.to_owned(),
            born: Instant::now(),
            partitions: 0,
            begun: BTreeSet::new(),
            acks,
            producer: Some(producer),
        })
    }

    /// Whether it is time for another.
    pub(super) fn is_old(&self) -> bool {
        self.born.elapsed() > OLD
    }

    /// Waits until the topic is known. Messages to an unknown topic would fail after a while, all but
    /// those that come when it has just become known: a hole.
    pub(super) async fn find<F: FnMut() -> BoxFuture<'static, bool>>(
        &mut self,
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        loop {
            let (producer, topic) = (self.producer.clone(), self.topic.clone());
            let look = move || {
                let producer = producer?;
                let found = producer.client().fetch_metadata(Some(&topic), METADATA);
                Some(found.map(|found| {
                    let topic = found.topics().first();
                    let topic = topic.filter(|topic| topic.error().is_none());
                    topic.map_or(0, |topic| topic.partitions().len())
                }))
            };
            let trouble = match tokio::task::spawn_blocking(look).await {
                Ok(Some(Ok(0))) => format!("Kafka has no topic {}.", self.topic),
                Ok(Some(Ok(count))) => {
                    self.partitions = u32::try_from(count).unwrap_or(u32::MAX);
                    return Ok(());
                }
                Ok(Some(Err(error))) => self.silence(&error),
                Ok(None) | Err(_) => "The look for Kafka was broken off.".to_owned(),
            };
            if !patience.lasts().await {
                return Err(End::Away(trouble));
            }
            sleep(AGAIN).await;
        }
    }

    fn silence(&self, error: &KafkaError) -> String {
        let said = self.acks.trouble().said.clone();
        match said {
            Some(said) => format!("Kafka cannot be reached: {said}"),
            None => format!("Kafka cannot be reached: {error}"),
        }
    }

    /// Sends all of `batch` and waits until the brokers have it. After an error the session is good
    /// for nothing any more.
    pub(super) async fn send<F: FnMut() -> BoxFuture<'static, bool>>(
        &mut self,
        batch: &[Outgoing],
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        // Of partitions that this session has not written to yet, the first message alone. A broker
        // that has one knows the session's sequence, and takes nothing that leaves something out.
        let (mut first, mut rest) = (Vec::new(), Vec::with_capacity(batch.len()));
        for (place, message) in batch.iter().enumerate() {
            let partition = partition(message.key.as_bytes(), self.partitions);
            let begins = self.begun.insert(partition);
            let queue = if begins { &mut first } else { &mut rest };
            queue.push((place, partition, message));
        }
        for part in [first, rest] {
            for (count, message) in part.iter().enumerate() {
                self.enqueue(message, batch.len(), patience).await?;
                if count % STRIDE == STRIDE - 1 {
                    tokio::task::yield_now().await;
                }
            }
            self.settle(batch.len(), patience).await?;
        }
        Ok(())
    }

    /// Gives a message to the producer as soon as it has room.
    async fn enqueue<F: FnMut() -> BoxFuture<'static, bool>>(
        &self,
        (place, partition, message): &(usize, i32, &Outgoing),
        of: usize,
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        loop {
            if self.acks.trouble().ended {
                return Err(self.end().await);
            }
            match self.give(*place, *partition, message) {
                Ok(()) => return Ok(()),
                Err(RDKafkaErrorCode::QueueFull) => {
                    self.keep(of, patience).await?;
                    sleep(FULL).await;
                }
                Err(code) => {
                    self.acks.fail(*place, code);
                    return Err(self.end().await);
                }
            }
        }
    }

    /// Waits until the brokers have all that was given.
    async fn settle<F: FnMut() -> BoxFuture<'static, bool>>(
        &self,
        of: usize,
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        loop {
            // Registered before it is looked, so that no news falls in between.
            let mut news = std::pin::pin!(self.acks.news.notified());
            news.as_mut().enable();
            if self.acks.trouble().ended {
                return Err(self.end().await);
            }
            if self.acks.open() == 0 {
                return Ok(());
            }
            let _in_time = timeout(LOOK, news).await;
            self.keep(of, patience).await?;
        }
    }

    /// Whether to go on waiting.
    async fn keep<F: FnMut() -> BoxFuture<'static, bool>>(
        &self,
        of: usize,
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        if patience.lasts().await {
            return Ok(());
        }
        let said = self.acks.trouble().said.clone();
        Err(End::Away(format!(
            "Kafka has not yet taken {} of {of} events{}",
            self.acks.open(),
            said.map_or_else(|| ".".to_owned(), |said| format!(": {said}")),
        )))
    }

    fn give(
        &self,
        place: usize,
        partition: i32,
        message: &Outgoing,
    ) -> Result<(), RDKafkaErrorCode> {
        let Some(producer) = &self.producer else {
            return Err(RDKafkaErrorCode::Fail);
        };
        let headers = OwnedHeaders::new_with_capacity(1).insert(Header {
            key: "content-type",
            value: Some(STRUCTURED),
        });
        let record = BaseRecord::with_opaque_to(&self.topic, place)
            .partition(partition)
            .key(&message.key)
            .payload(&message.payload)
            .headers(headers);
        self.acks.add();
        producer.send(record).map_err(|(error, _)| {
            self.acks.remove();
            let code = error.rdkafka_error_code();
            code.unwrap_or(RDKafkaErrorCode::Unknown)
        })
    }

    /// Stops, and says why. What fails first is often not the reason.
    async fn end(&self) -> End {
        if let Some(producer) = &self.producer {
            producer.purge(PurgeConfig::default().queue().inflight().non_blocking());
        }
        let _in_time = timeout(REASONS, async {
            while self.acks.open() > 0 {
                sleep(FULL).await;
            }
        })
        .await;
        let trouble = self.acks.trouble().clone();
        match (trouble.refused, trouble.failed, trouble.said) {
            (Some((place, code)), _, _) => End::Refused(place, code),
            (None, Some(code), _) => End::Away(format!("Kafka does not take the events: {code}")),
            (None, None, Some(said)) => {
                End::Away(format!("Kafka does not take the events: {said}"))
            }
            (None, None, None) => End::Away("Kafka does not take the events.".to_owned()),
        }
    }
}

impl Drop for Session {
    /// Throws away what is left. That can take a moment, which must not hold up others.
    fn drop(&mut self) {
        let producer = self.producer.take();
        // Should there be no thread to be had, it is dropped here.
        let _ = thread::Builder::new()
            .name("kafka-end".to_owned())
            .spawn(move || drop(producer));
    }
}
