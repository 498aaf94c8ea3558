//! The two sides take turns in one run, since a shared machine is never the same for long.

use std::time::Duration;

use crate::{
    cpu,
    database::Databases,
    load::{self, Operation},
    operation::Ready,
    options::Options,
    say,
    server::Server,
    statistics::{Latencies, Spread},
};

/// What came of an operation on a desk of one size.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Operations per second: ours as a share of the other side's, round by round.
    pub(crate) ratio: Spread,
    pub(crate) ours: Side,
    pub(crate) other: Side,
    /// Of ours.
    pub(crate) latencies: Latencies,
    /// Of ours, on one connection.
    pub(crate) alone: Latencies,
    /// Requests that servers answered, in all.
    pub(crate) answered: f64,
}

/// One side, over all rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) per_second: Spread,
    /// Milliseconds of processor time per operation: of the server, of the database.
    pub(crate) server_cpu: Spread,
    pub(crate) database_cpu: Spread,
}

/// Who is measured against.
pub(crate) enum Other<'a> {
    /// pgbench on the database of this name.
    Pgbench(String),
    /// Another server on the same database.
    Server(&'a Server),
}

/// What one side did in its turn.
struct Turn {
    per_second: f64,
    server_cpu: f64,
    database_cpu: f64,
    latencies: Latencies,
}

struct Game<'a> {
    answered: std::cell::Cell<f64>,
    ready: &'a Ready,
    ours: &'a Server,
    other: &'a Other<'a>,
    databases: &'a Databases,
    connections: usize,
}

impl Game<'_> {
    /// Our turn, or that of another server.
    fn server(&self, server: &Server, connections: usize, time: Duration, turn: u64) -> Turn {
        let operation: &dyn Operation = self.ready.ours.as_ref();
        let database = self.databases.cluster.pid();
        let before = (server.cpu_seconds(), cpu::of_family(database));
        let done = load::run(operation, server.address(), connections, time, turn);
        let done = done.unwrap_or_else(|error| panic!("{error}"));
        self.answered.set(self.answered.get() + done.done);
        Turn {
            per_second: done.per_second,
            server_cpu: (server.cpu_seconds() - before.0) * 1e3 / done.done,
            database_cpu: (cpu::of_family(database) - before.1) * 1e3 / done.done,
            latencies: done.latencies,
        }
    }

    fn ours(&self, time: Duration, turn: u64) -> Turn {
        self.server(self.ours, self.connections, time, turn)
    }

    fn other(&self, time: Duration, turn: u64) -> Turn {
        match self.other {
            Other::Pgbench(name) => {
                let cluster = &self.databases.cluster;
                let before = cpu::of_family(cluster.pid());
                let done = self.ready.limit.run(cluster, name, self.connections, time);
                let (done, per_second) = done.unwrap_or_else(|error| panic!("{error}"));
                Turn {
                    per_second,
                    server_cpu: 0.0,
                    database_cpu: (cpu::of_family(cluster.pid()) - before) * 1e3 / done,
                    latencies: Latencies::default(),
                }
            }
            // Other dice: keys that were used must not come again.
            Other::Server(server) => self.server(server, self.connections, time, turn | 1 << 32),
        }
    }
}

/// Runs all rounds.
pub(crate) fn take_turns(
    ready: &Ready,
    ours: &Server,
    other: &Other<'_>,
    databases: &Databases,
    options: &Options,
) -> Outcome {
    let game = Game {
        answered: std::cell::Cell::new(0.0),
        ready,
        ours,
        other,
        databases,
        connections: options.connections,
    };
    // Nobody's first second counts: connections, caches and plans are made in it.
    let warm_up = Duration::from_secs(1);
    game.other(warm_up, 0);
    game.ours(warm_up, 0);
    let (mut our_turns, mut other_turns) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        let turn = round as u64;
        let other_first = round % 2 == 1;
        if other_first {
            other_turns.push(game.other(options.turn, turn));
        }
        our_turns.push(game.ours(options.turn, turn));
        if !other_first {
            other_turns.push(game.other(options.turn, turn));
        }
        let (mine, theirs) = (&our_turns[round - 1], &other_turns[round - 1]);
        say(&format!(
            "  round {round}: {:.0} to {:.0} per second, {:.2}",
            mine.per_second,
            theirs.per_second,
            mine.per_second / theirs.per_second
        ));
    }
    let pairs = our_turns.iter().zip(&other_turns);
    let ratio = Spread::of(pairs.map(|(mine, theirs)| mine.per_second / theirs.per_second));
    let (ours, other) = (side(&our_turns), side(&other_turns));
    let mut latencies = Latencies::default();
    our_turns
        .into_iter()
        .for_each(|turn| latencies.extend(turn.latencies));
    let last = options.rounds as u64 + 1;
    Outcome {
        ratio,
        ours,
        other,
        latencies,
        alone: game.server(game.ours, 1, options.turn, last).latencies,
        answered: game.answered.get(),
    }
}

fn side(turns: &[Turn]) -> Side {
    let spread = |of: fn(&Turn) -> f64| Spread::of(turns.iter().map(of));
    Side {
        per_second: spread(|turn| turn.per_second),
        server_cpu: spread(|turn| turn.server_cpu),
        database_cpu: spread(|turn| turn.database_cpu),
    }
}
