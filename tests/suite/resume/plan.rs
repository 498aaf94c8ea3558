//! When and how a reader begins, and is cut off.

use deskwire_tests::Cut;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// How a reader begins.
#[derive(Clone, Copy, Debug)]
pub enum Begin {
    /// With a position from before there was anything, and nothing else.
    Origin,
    /// With a query.
    Query,
    /// With a subscription from now on, and then a query.
    Now,
    /// With a position of another database's log.
    Elsewhere,
}

/// When a connection is cut off.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Before the server has said that it knows who this is.
    BeforeAck,
    /// Before the server can have said that it follows.
    BeforeReady,
    /// After so many events (`READY` is one), or when the writers have finished.
    Events(usize),
    /// When the writers have done so many things.
    Steps(usize),
}

/// What happens to a reader.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it begins.
    pub begin: Begin,
    /// How much the writers have done by then.
    pub after: usize,
    /// The connections that are cut off, one after the other; the one after them is not.
    pub cuts: Vec<(When, Cut)>,
}

impl Plan {
    /// A plan for a scene whose writers do `steps` things.
    pub fn random(dice: &mut ChaCha8Rng, steps: usize) -> Self {
        let begins = [
            Begin::Origin,
            Begin::Origin,
            Begin::Query,
            Begin::Query,
            Begin::Now,
            Begin::Elsewhere,
        ];
        let number = dice.random_range(0..6);
        Self {
            begin: *begins.choose(dice).unwrap(),
            after: dice.random_range(0..steps / 2),
            cuts: (0..number).map(|_| cut(dice, steps)).collect(),
        }
    }
}

fn cut(dice: &mut ChaCha8Rng, steps: usize) -> (When, Cut) {
    let when = match dice.random_range(0..10) {
        0 => When::BeforeAck,
        1 => When::BeforeReady,
        2..6 => When::Events(dice.random_range(0..10)),
        _ => When::Steps(dice.random_range(0..steps)),
    };
    let how = [Cut::Closed, Cut::Reset, Cut::MidFrame];
    (when, *how.choose(dice).unwrap())
}
