//! The two sides take turns in one run, since a shared machine is never the same for long.

use std::{net::SocketAddr, time::Duration};

use crate::{
    database::Databases,
    load::{Measured, Operation, run},
    operation::Ready,
    options::Options,
    say,
    statistics::{Latencies, Spread},
};

/// What came of an operation on a desk of one size.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Operations per second: ours as a share of the other side's, round by round.
    pub(crate) ratio: Spread,
    pub(crate) ours: Spread,
    pub(crate) other: Spread,
    pub(crate) latencies: Latencies,
    /// On one connection.
    pub(crate) alone: Latencies,
}

/// Who is measured against.
pub(crate) enum Other {
    /// pgbench on the database of this name.
    Pgbench(String),
    /// Another server on the same database.
    Server(SocketAddr),
}

/// Runs all rounds.
pub(crate) fn take_turns(
    ready: &Ready,
    ours: SocketAddr,
    other: &Other,
    databases: &Databases,
    options: &Options,
) -> Outcome {
    let operation: &dyn Operation = ready.ours.as_ref();
    let connections = options.connections;
    let our_turn = |time: Duration, turn: u64, connections: usize| -> Measured {
        run(operation, ours, connections, time, turn).unwrap_or_else(|error| panic!("{error}"))
    };
    let other_turn = |time: Duration, turn: u64| -> f64 {
        let result = match other {
            Other::Pgbench(database) => {
                let cluster = &databases.cluster;
                ready.limit.run(cluster, database, connections, time)
            }
            Other::Server(address) => {
                // Other dice: keys that were used must not come again.
                let turn = turn | 1 << 32;
                run(operation, *address, connections, time, turn).map(|done| done.per_second)
            }
        };
        result.unwrap_or_else(|error| panic!("{error}"))
    };
    // Nobody's first second counts: connections, caches and plans are made in it.
    let warm_up = Duration::from_secs(1);
    let mut turn = 1;
    other_turn(warm_up, turn);
    our_turn(warm_up, turn, connections);
    let (mut ratios, mut our_rates, mut other_rates) = (Vec::new(), Vec::new(), Vec::new());
    let mut latencies = Latencies::default();
    for round in 0..options.rounds {
        turn += 1;
        let (mine, theirs) = if round.is_multiple_of(2) {
            let theirs = other_turn(options.turn, turn);
            (our_turn(options.turn, turn, connections), theirs)
        } else {
            let mine = our_turn(options.turn, turn, connections);
            (mine, other_turn(options.turn, turn))
        };
        let ratio = mine.per_second / theirs;
        say(&format!(
            "  round {}: {:.0} to {theirs:.0} per second, {ratio:.2}",
            round + 1,
            mine.per_second
        ));
        ratios.push(ratio);
        our_rates.push(mine.per_second);
        other_rates.push(theirs);
        latencies.extend(mine.latencies);
    }
    let alone = our_turn(options.turn, turn + 1, 1).latencies;
    Outcome {
        ratio: Spread::of(ratios),
        ours: Spread::of(our_rates),
        other: Spread::of(other_rates),
        latencies,
        alone,
    }
}
