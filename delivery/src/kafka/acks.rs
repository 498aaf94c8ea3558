//! What comes back from the brokers: counted, not one future per message.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{DeliveryResult, ProducerContext},
};
use tokio::sync::Notify;

/// How a session stands; its producer's thread and whoever waits share it.
#[derive(Default)]
pub(super) struct Acks {
    /// Given to the producer and not yet heard of again.
    open: AtomicUsize,
    trouble: Mutex<Trouble>,
    /// All is acknowledged, or something failed.
    pub(super) news: Notify,
}

/// What went wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// The session is at its end.
    pub(super) ended: bool,
    /// The first place of a message that is refused, and why.
    pub(super) refused: Option<(usize, RDKafkaErrorCode)>,
    /// Why a message failed.
    pub(super) failed: Option<RDKafkaErrorCode>,
    /// What librdkafka said last.
    pub(super) said: Option<String>,
}

impl Acks {
    /// A message is given to the producer.
    pub(super) fn add(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
    }

    /// A message is not open any more, or the producer did not take it.
    pub(super) fn remove(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.news.notify_waiters();
        }
    }

    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    pub(super) fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the message at `place` failed, which is the end of the session.
    pub(super) fn fail(&self, place: usize, code: RDKafkaErrorCode) {
        let mut trouble = self.trouble();
        trouble.ended = true;
        if is_refusal(code) {
            if trouble.refused.is_none_or(|(first, _)| place < first) {
                trouble.refused = Some((place, code));
            }
        } else if !is_consequence(code) {
            trouble.failed.get_or_insert(code);
        }
        drop(trouble);
        self.news.notify_waiters();
    }
}

/// Whether it is the message that is not wanted, and not that nothing can be taken.
fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::InvalidMessageSize
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::InvalidTimestamp
            | RDKafkaErrorCode::PolicyViolation
    )
}

/// Whether it failed since something else had failed.
fn is_consequence(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight | RDKafkaErrorCode::Fatal
    )
}

/// The producer's side of [`Acks`].
pub(super) struct Context(pub(super) Arc<Acks>);

impl ClientContext for Context {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(kafka.facility = facility, "librdkafka: {text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, "librdkafka: {reason}");
        let mut trouble = self.0.trouble();
        trouble.said = Some(reason.to_owned());
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            trouble.ended = true;
            drop(trouble);
            self.0.news.notify_waiters();
        }
    }
}

impl ProducerContext for Context {
    /// The message's place in its batch.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, place: usize) {
        if let Err((error, _)) = result {
            let code = error.rdkafka_error_code();
            self.0
                .fail(place, code.unwrap_or(RDKafkaErrorCode::Unknown));
        }
        self.0.remove();
    }
}
