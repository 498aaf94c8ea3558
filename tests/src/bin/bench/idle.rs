//! Sockets that do nothing: what memory each holds, and whether queries are the slower for them.

use std::time::Duration;

use crate::{
    load::{self, Operation},
    options::Options,
    say,
    server::Server,
    sockets::Sockets,
};

/// What idle sockets cost.
#[derive(Clone, Debug)]
pub(crate) struct Idle {
    pub(crate) sockets: usize,
    /// Bytes of the server's memory for each.
    pub(crate) bytes: f64,
    /// Share of a core that the server uses for them.
    pub(crate) cpu: f64,
    /// Milliseconds of operation 1 without and with them, half of the answers being faster.
    pub(crate) before: f64,
    pub(crate) with: f64,
}

/// Measures operation 1 alone, then beside idle sockets.
pub(crate) async fn measure(server: &Server, queue: &dyn Operation, options: &Options) -> Idle {
    let p50 = |turn: u64| {
        let running = || {
            let (connections, time) = (options.connections, options.turn);
            load::run(queue, server.address(), connections, time, turn)
        };
        let done = tokio::task::block_in_place(running);
        let done = done.unwrap_or_else(|error| panic!("{error}"));
        done.latencies.quantile(0.5)
    };
    p50(1);
    let before = p50(2);
    let empty = server.memory();
    say(&format!("idle: opening {} sockets", options.idle));
    let mut sockets = Sockets::new(server.address());
    sockets.grow(options.idle).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (full, cpu) = (server.memory(), server.cpu_seconds());
    let watched = Duration::from_secs(5);
    tokio::time::sleep(watched).await;
    let cpu = (server.cpu_seconds() - cpu) / watched.as_secs_f64();
    let with = p50(3);
    let idle = Idle {
        sockets: sockets.len(),
        bytes: (full - empty) / sockets.len() as f64,
        cpu,
        before,
        with,
    };
    sockets.close().await;
    idle
}
