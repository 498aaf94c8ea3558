//! Publishes to one topic, batch after batch.

use std::fmt;

use futures_util::future::BoxFuture;
use rdkafka::ClientConfig;
use tokio::sync::Mutex;

use super::{
    KafkaSettings,
    session::{End, Patience, Session},
};
use crate::{Failure, FailureKind, Problem};

/// For so many batches messages are sent one by one when a batch was refused as a whole.
const SLOWLY: u32 = 100;

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What is to stay in order has the same one.
    pub key: String,
    /// The event's id, for log lines; it stands in the payload too.
    pub id: String,
    /// A CloudEvent in the structured JSON format.
    pub payload: Vec<u8>,
}

/// Not all of a batch is known to be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpublished {
    /// The message at this place of the batch will never be taken. Leave it out, and publish the
    /// others again, from the first.
    #[error("{failure}")]
    Refused {
        /// Where in the batch it stands, from 0.
        place: usize,
        /// Why; of kind [`FailureKind::Refused`].
        failure: Failure,
    },
    /// Nothing can be published at the moment. Publish all of the batch again later, from the first;
    /// what had arrived is then there twice. The failure is of kind [`FailureKind::Away`].
    #[error("{0}")]
    Away(Failure),
}

/// Publishes to one topic. The module says why the order holds.
pub struct Publisher {
    config: ClientConfig,
    topic: String,
    line: Mutex<Line>,
}

/// One batch at a time.
struct Line {
    /// None after a failure, and while a batch is under way: should whoever waits for it go away, the
    /// session goes with them, and nothing of that batch gets mixed into the next.
    session: Option<Session>,
    /// For so many batches more, each message is sent alone: a batch was refused of which each
    /// message was taken alone, so the topic takes less at once than we send.
    slowly: u32,
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl Publisher {
    /// What publishes by these settings; nothing if no brokers are named. Brokers need not be there
    /// yet.
    ///
    /// # Errors
    /// When the settings do not work, for the operator.
    pub fn open(settings: &KafkaSettings) -> Result<Option<Self>, Problem> {
        let Some(config) = settings.properties()? else {
            return Ok(None);
        };
        let topic = settings.kafka_topic.clone();
        // Made only to see whether it can be: some properties contradict one another.
        Session::new(&config, &topic)
            .map_err(|error| Problem(format!("The settings for Kafka do not work: {error}")))?;
        Ok(Some(Self {
            config,
            topic,
            line: Mutex::new(Line {
                session: None,
                slowly: 0,
            }),
        }))
    }

    /// Publishes all of `batch`, in order, and waits until the brokers have it. Every few seconds of
    /// waiting `patience` is asked whether to go on.
    ///
    /// When it fails, and when its future is dropped, some of the batch may have arrived. Whoever
    /// publishes goes back to the first message of the batch: the same comes twice then, and the order
    /// in which messages occur first stays right.
    ///
    /// # Errors
    /// When a message is refused, or when nothing can be published and patience is at its end.
    pub async fn publish(
        &self,
        batch: &[Outgoing],
        patience: impl FnMut() -> BoxFuture<'static, bool>,
    ) -> Result<(), Unpublished> {
        let mut patience = Patience::new(patience);
        let mut line = self.line.lock().await;
        let mut ended = self.attempt(&mut line, batch, &mut patience).await;
        if let (Err(End::Refused(_, code)), 0) = (&ended, line.slowly) {
            // It may be the batch that was too large, which librdkafka put together as it liked.
            tracing::warn!(
                kafka.topic = self.topic,
                kafka.error = %code,
                "Kafka refused a batch of events; going on one by one for a while"
            );
            line.slowly = SLOWLY;
            ended = self.attempt(&mut line, batch, &mut patience).await;
            if ended.is_err() {
                line.slowly = 0;
            }
        } else if line.slowly > 0 && ended.is_ok() {
            line.slowly -= 1;
            if line.slowly == 0 {
                line.session = None;
            }
        }
        ended.map_err(|end| match end {
            End::Refused(place, code) => {
                let id = batch.get(place).map_or("", |message| &message.id);
                Unpublished::Refused {
                    place,
                    failure: Failure {
                        kind: FailureKind::Refused,
                        ambiguous: false,
                        text: format!("Kafka refuses the event {id}: {code}"),
                    },
                }
            }
            End::Away(text) => Unpublished::Away(Failure {
                kind: FailureKind::Away,
                ambiguous: true,
                text,
            }),
        })
    }

    async fn attempt<F: FnMut() -> BoxFuture<'static, bool>>(
        &self,
        line: &mut Line,
        batch: &[Outgoing],
        patience: &mut Patience<F>,
    ) -> Result<(), End> {
        let young = line.session.take().filter(|session| !session.is_old());
        let mut session = match young {
            Some(session) => session,
            None => {
                let mut config = self.config.clone();
                if line.slowly > 0 {
                    config.set("batch.num.messages", "1");
                }
                let mut session = Session::new(&config, &self.topic)
                    .map_err(|error| End::Away(format!("Kafka cannot be reached: {error}")))?;
                session.find(patience).await?;
                session
            }
        };
        session.send(batch, patience).await?;
        line.session = Some(session);
        Ok(())
    }
}
