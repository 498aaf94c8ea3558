//! What can be set: everything by environment variables, since `make bench` passes those on.

use std::{path::PathBuf, time::Duration};

/// The settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `BENCH_TICKETS`: sizes of the desk, ascending.
    pub(crate) tickets: Vec<u64>,
    /// `BENCH_ROUNDS`: how often the two sides take turns.
    pub(crate) rounds: usize,
    /// `BENCH_SECONDS`: how long a turn takes.
    pub(crate) turn: Duration,
    /// `BENCH_CONNECTIONS`: connections of either side.
    pub(crate) connections: usize,
    /// `BENCH_ONLY`: the operations to measure, by number, and `idle`.
    pub(crate) only: Vec<String>,
    /// `BENCH_SOCKETS`: subscribers of the fan-out.
    pub(crate) sockets: usize,
    /// `BENCH_IDLE`: sockets that do nothing.
    pub(crate) idle: usize,
    /// `BENCH_EVENTS`: events that are fanned out.
    pub(crate) events: usize,
    /// `BENCH_DURABLE=off`: commits do not wait for the disk, on either side.
    pub(crate) durable: bool,
    /// `BENCH_SERVER`: another binary to measure than the one built beside this.
    pub(crate) server: PathBuf,
    /// `BENCH_AGAINST`: a second server binary to take turns with, in place of pgbench.
    pub(crate) against: Option<PathBuf>,
}

/// The demo data's seed.
pub(crate) const SEED: u64 = 1;

impl Options {
    /// Reads the environment.
    pub(crate) fn read() -> Self {
        let mut tickets = numbers("BENCH_TICKETS", "10000 100000");
        tickets.sort_unstable();
        tickets.dedup();
        assert!(!tickets.is_empty(), "BENCH_TICKETS names no size");
        let server = std::env::var_os("BENCH_SERVER").map(PathBuf::from);
        Self {
            tickets,
            rounds: number("BENCH_ROUNDS", 5),
            turn: Duration::from_secs(number("BENCH_SECONDS", 4)),
            connections: number("BENCH_CONNECTIONS", 16),
            only: words("BENCH_ONLY", "1 4 5 6 7 8 10 11 12 idle"),
            sockets: number("BENCH_SOCKETS", 5_000),
            idle: number("BENCH_IDLE", 10_000),
            events: number("BENCH_EVENTS", 40),
            durable: words("BENCH_DURABLE", "on") == ["on"],
            server: server.unwrap_or_else(deskwire_tests::Process::binary),
            against: std::env::var_os("BENCH_AGAINST").map(PathBuf::from),
        }
    }

    /// Whether anything is to be measured that needs a desk of demo data.
    pub(crate) fn wants_desks(&self) -> bool {
        self.only.iter().any(|wanted| wanted != "11")
    }

    /// Whether `what` is to be measured.
    pub(crate) fn wants(&self, what: &str) -> bool {
        self.only.iter().any(|wanted| wanted == what)
    }
}

fn words(name: &str, default: &str) -> Vec<String> {
    let text = std::env::var(name).unwrap_or_else(|_| default.to_owned());
    text.split_whitespace().map(str::to_owned).collect()
}

fn numbers<T: std::str::FromStr>(name: &str, default: &str) -> Vec<T> {
    let parse = |word: &String| {
        word.parse()
            .unwrap_or_else(|_| panic!("{name}: {word} is not a number"))
    };
    words(name, default).iter().map(parse).collect()
}

fn number<T: std::str::FromStr>(name: &str, default: u64) -> T {
    let mut all = numbers(name, &default.to_string());
    assert!(all.len() == 1, "{name} must be one number");
    all.remove(0)
}
