//! Many connections that ask as fast as they are answered, each in a thread of its own: a blocking
//! read is one system call and needs no reactor.

use std::{
    net::SocketAddr,
    sync::Barrier,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{http::Http, statistics::Latencies};

/// What is asked and what must come back.
pub(crate) trait Operation: Sync {
    /// Writes the next request and says which it is, for `check`.
    fn request(&self, connection: usize, dice: &mut Dice, request: &mut Vec<u8>) -> usize;

    /// Whether `body` is a right answer to the request `asked`.
    fn check(&self, asked: usize, body: &[u8]) -> Result<(), String>;
}

/// Choices by chance, the same in every run.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.random()
    }
}

/// What one side did in its turn.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// Operations.
    pub(crate) done: f64,
    pub(crate) per_second: f64,
    pub(crate) latencies: Latencies,
}

/// Runs `operation` for `time`; `turn` tells the turns' dice apart.
///
/// # Errors
/// The first wrong answer: a fast error is not a result.
pub(crate) fn run(
    operation: &dyn Operation,
    address: SocketAddr,
    connections: usize,
    time: Duration,
    turn: u64,
) -> Result<Measured, String> {
    let start = Barrier::new(connections);
    let one = |connection: usize| {
        let mut http = Http::connect(address);
        let seed = turn << 16 | connection as u64;
        let mut dice = Dice::new(seed);
        let mut request = Vec::with_capacity(4096);
        let mut latencies = Latencies::default();
        let mut answered = 0_u32;
        start.wait();
        let began = Instant::now();
        while began.elapsed() < time {
            request.clear();
            let asked = operation.request(connection, &mut dice, &mut request);
            let sent = Instant::now();
            let body = http.ask(&request)?;
            latencies.push(sent.elapsed());
            operation.check(asked, body)?;
            answered += 1;
        }
        Ok::<_, String>((
            f64::from(answered) / began.elapsed().as_secs_f64(),
            latencies,
        ))
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|connection| scope.spawn(move || one(connection)))
            .collect();
        let mut all = Measured {
            done: 0.0,
            per_second: 0.0,
            latencies: Latencies::default(),
        };
        for thread in threads {
            let (per_second, latencies): (f64, Latencies) = thread
                .join()
                .map_err(|_| "a connection broke".to_owned())??;
            all.done += latencies.len() as f64;
            all.per_second += per_second;
            all.latencies.extend(latencies);
        }
        Ok::<_, String>(all)
    })
}

/// Whether `text` occurs in `body`; for bodies of a few hundred bytes.
pub(crate) fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}

/// The start of an answer, for a message.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(600)]).into_owned()
}
