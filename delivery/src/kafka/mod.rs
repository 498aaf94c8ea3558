//! Events to Kafka, at least once, and per key in order.
//!
//! # Why the order holds
//!
//! What has to hold is: of each key, the **first occurrences** of the messages in its partition are in
//! the order in which they were given to [`Publisher::publish`], and none is missing before another.
//!
//! 1. **A session is gapless.** A session is one producer, with an idempotent producer's id and
//!    sequence numbers. No message times out alone (`message.timeout.ms=0`), and a batch that has to
//!    be sent again keeps its place. A batch that is refused for good ends the session
//!    (`enable.gapless.guarantee`): nothing is put together after it, and what was put together before
//!    is refused by the broker, since a number is missing. That a broker notices takes that the
//!    partition has heard of the session: so to each partition the session's first message goes alone,
//!    and the next when it is acknowledged by all replicas. So what a session brings into a partition
//!    is, at any moment, a beginning of what it was given, without holes and in order, each message
//!    once.
//! 2. **A session that failed is never used again.** What it still holds is thrown away, and the
//!    caller gives all of the batch again, from its start, to a new session.
//! 3. **So a partition is a mixture of runs,** each in order and without holes, each beginning no later
//!    than behind what is known to be there (the last batch of which all was acknowledged). Take a
//!    message and the one after it: every run that brings the second has brought the first before, or
//!    began behind it, when the first was there already. So the first is there earlier. It does not
//!    matter when the rest of a dead session arrives, nor whether two servers publish the same at the
//!    same time.
//!
//! What is outside of this: a key keeps its partition only while the topic keeps its number of
//! partitions, and a topic that is deleted and made again has lost what was in it.

mod acks;
mod partition;
mod publisher;
mod session;
mod settings;

#[cfg(test)]
mod tests;
pub use publisher::{Outgoing, Publisher, Unpublished};
pub use settings::KafkaSettings;
