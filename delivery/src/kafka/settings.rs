//! What an operator sets about Kafka.

use std::fmt;

use clap::Args;
use rdkafka::{ClientConfig, error::KafkaError};

use crate::Problem;

/// Set for good: what is promised about order and loss rests on these. With batches of a thousand
/// events, one request at a time costs little against five (a quarter where a round trip takes 5 ms).
const FIXED: [(&str, &str); 6] = [
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("enable.gapless.guarantee", "true"),
    ("max.in.flight.requests.per.connection", "1"),
    ("message.timeout.ms", "0"),
    ("queuing.strategy", "fifo"),
];

/// Other names of fixed properties, and others that would break what is promised.
const REFUSED: [&str; 10] = [
    "partitioner",
    "request.required.acks",
    "max.in.flight",
    "delivery.timeout.ms",
    "retries",
    "message.send.max.retries",
    "transactional.id",
    "bootstrap.servers",
    "metadata.broker.list",
    "statistics.interval.ms",
];

/// Better than librdkafka's own for a log that is sent in large batches; can be overruled.
const OURS: [(&str, &str); 5] = [
    ("client.id", "deskwire"),
    ("compression.type", "lz4"),
    ("linger.ms", "5"),
    // A batch waits rather than that it is all in memory twice.
    ("queue.buffering.max.kbytes", "65536"),
    ("socket.keepalive.enable", "true"),
];

/// Where events are published. Without brokers, nowhere.
#[derive(Args, Clone)]
pub struct KafkaSettings {
    /// Kafka's brokers, `host:port`, separated by commas. Left out: nothing is published.
    #[arg(long, env = "DESKWIRE_KAFKA_BROKERS", default_value = "")]
    pub kafka_brokers: String,

    /// The topic that events are published to.
    #[arg(long, env = "DESKWIRE_KAFKA_TOPIC", default_value = "deskwire.tickets")]
    pub kafka_topic: String,

    /// Further properties of librdkafka, `key=value`, separated by commas. Those that order and
    /// delivery rest on cannot be set.
    #[arg(
        long,
        env = "DESKWIRE_KAFKA_OPTIONS",
        default_value = "",
        hide_env_values = true
    )]
    pub kafka_options: String,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            kafka_brokers: String::new(),
            kafka_topic: "deskwire.tickets".to_owned(),
            kafka_options: String::new(),
        }
    }
}

impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("kafka_brokers", &self.kafka_brokers)
            .field("kafka_topic", &self.kafka_topic)
            .finish_non_exhaustive()
    }
}

impl KafkaSettings {
    /// The producer's properties; none without brokers.
    pub(super) fn properties(&self) -> Result<Option<ClientConfig>, Problem> {
        if self.kafka_brokers.trim().is_empty() {
            return Ok(None);
        }
        let topic = &self.kafka_topic;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !topic.chars().all(fits) || !(1..=249).contains(&topic.len()) {
            return Err(Problem(format!(
                "DESKWIRE_KAFKA_TOPIC is {topic:?}. A topic's name has 1 to 249 letters, digits, \
                 dots, hyphens and underscores."
            )));
        }
        let mut config = ClientConfig::new();
        for (key, value) in OURS {
            config.set(key, value);
        }
        for (key, value) in options(&self.kafka_options)? {
            config.set(key, value);
        }
        for (key, value) in FIXED {
            config.set(key, value);
        }
        config.set("bootstrap.servers", self.kafka_brokers.trim());
        // librdkafka looks at every property, and names the one that it does not know.
        if let Err(error) = config.create_native_config() {
            return Err(Problem(
                if let KafkaError::ClientConfig(_, reason, key, _) = &error {
                    format!("DESKWIRE_KAFKA_OPTIONS: {key}: {reason}")
                } else {
                    format!("The settings for Kafka do not work: {error}")
                },
            ));
        }
        Ok(Some(config))
    }
}

/// The properties in `text`. A part without `=` belongs to the value before it.
fn options(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut options: Vec<(String, String)> = Vec::new();
    for part in text.split(',') {
        match (part.split_once('='), options.last_mut()) {
            (Some((key, value)), _) => {
                options.push((key.trim().to_owned(), value.trim().to_owned()));
            }
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part);
            }
            (None, None) if part.trim().is_empty() => {}
            (None, None) => {
                return Err(Problem(
                    "DESKWIRE_KAFKA_OPTIONS is key=value,key=value.".to_owned(),
                ));
            }
        }
    }
    for (key, _) in &options {
        let fixed = FIXED.iter().find(|(name, _)| name == key);
        if let Some((_, value)) = fixed {
            return Err(Problem(format!(
                "DESKWIRE_KAFKA_OPTIONS must not set {key}: it is {value}, or events could get \
                 lost or out of order."
            )));
        }
        if REFUSED.contains(&&**key) {
            return Err(Problem(format!(
                "DESKWIRE_KAFKA_OPTIONS must not set {key}: brokers stand in \
                 DESKWIRE_KAFKA_BROKERS, and how events are spread and sent again \
                 is up to Deskwire."
            )));
        }
    }
    Ok(options)
}
