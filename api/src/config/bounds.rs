//! How much one client may ask for.

use std::{path::PathBuf, time::Duration};

use clap::Args;

/// How much one client may ask for, and how long the server waits for it.
#[derive(Args, Clone, Debug)]
pub struct Bounds {
    /// The highest cost of an operation: the most fields that its answer can hold.
    #[arg(long, env = "DESKWIRE_MAX_COST", default_value_t = Self::default().max_cost)]
    pub max_cost: u32,

    /// The longest that an operation may take, in seconds.
    #[arg(
        long,
        env = "DESKWIRE_OPERATION_TIMEOUT_SECONDS",
        default_value_t = Self::default().operation_timeout_seconds,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub operation_timeout_seconds: u32,

    /// A JSON file of ids and query texts, as front-end compilers write them: no other operations
    /// can be run.
    #[arg(long, env = "DESKWIRE_OPERATIONS")]
    pub operations: Option<PathBuf>,

    /// The most open streams of one person: WebSockets and server-sent events together.
    #[arg(long, env = "DESKWIRE_SOCKETS_PER_PERSON", default_value_t = Self::default().sockets_per_person)]
    pub sockets_per_person: u32,

    /// The most operations at once on one WebSocket.
    #[arg(
        long,
        env = "DESKWIRE_OPERATIONS_PER_SOCKET",
        default_value_t = Self::default().operations_per_socket
    )]
    pub operations_per_socket: u32,

    /// How often the server pings an open stream, in seconds. Who does not answer two of them is
    /// gone.
    #[arg(
        long,
        env = "DESKWIRE_PING_SECONDS",
        default_value_t = Self::default().ping_seconds,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub ping_seconds: u32,

    /// How long a client may take to accept what is sent to it, in seconds. Then it is dropped.
    #[arg(
        long,
        env = "DESKWIRE_SEND_TIMEOUT_SECONDS",
        default_value_t = Self::default().send_timeout_seconds,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub send_timeout_seconds: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            max_cost: 100_000,
            operation_timeout_seconds: 30,
            operations: None,
            sockets_per_person: 50,
            operations_per_socket: 100,
            ping_seconds: 20,
            send_timeout_seconds: 10,
        }
    }
}

impl Bounds {
    /// The limits of one operation.
    pub(crate) fn limits(&self) -> schema::Limits {
        schema::Limits {
            cost: self.max_cost,
            time_seconds: self.operation_timeout_seconds,
            ..schema::Limits::default()
        }
    }

    pub(crate) fn ping(&self) -> Duration {
        Duration::from_secs(self.ping_seconds.into())
    }

    pub(crate) fn send_timeout(&self) -> Duration {
        Duration::from_secs(self.send_timeout_seconds.into())
    }
}
