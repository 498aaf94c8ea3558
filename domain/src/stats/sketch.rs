//! The distribution of durations, small enough to keep one for every stretch of time: a DDSketch
//! (Masson, Rim, Lee: "DDSketch", VLDB 2019) whose bins are those of the `sketches-ddsketch` crate.
//!
//! The bins are counted here, since two things are needed that the crate does not have: to take away
//! again what was added, and a form for storing that is as small as what is in it.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sketches_ddsketch::Config;

/// By how much a quantile may be off, as a share of the true value.
pub const RELATIVE_ERROR: f64 = 0.01;

/// Durations are counted up to this: 300 years in seconds.
const LONGEST: i64 = 10_000_000_000;

static MAPPING: LazyLock<Config> = LazyLock::new(|| Config::new(RELATIVE_ERROR, 2_048, 1e-9));

/// How many durations there were of each length. Sketches can be added, and what was added can be
/// taken away again without a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Bin 0 holds durations of less than a second, bin `n` those of the mapping's key `n - 1`.
    bins: Vec<i64>,
}

/// What stands before a row of bins none of which is empty, as it is stored. Their counts follow.
#[derive(Serialize, Deserialize)]
struct Filled {
    /// How many empty ones come before.
    gap: u16,
    /// How many they are.
    bins: u16,
}

impl Sketch {
    /// Adds a duration of so many seconds `times` times; takes it away where that is negative.
    pub fn add(&mut self, seconds: i64, times: i64) {
        let bin = bin_of(seconds);
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += times;
        self.trim();
    }

    /// How many durations there are.
    pub fn count(&self) -> i64 {
        self.bins.iter().sum()
    }

    /// The duration in seconds below which a share `q` of all lies: that at rank `q * (count - 1)`,
    /// rounded down, and not further from it than [`RELATIVE_ERROR`]. `None` if there is none.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count <= 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a rank, of far less than 2^52"
        )]
        let rank = (q * (count - 1) as f64) as i64;
        let mut seen = 0;
        for (bin, times) in self.bins.iter().enumerate() {
            seen += times;
            if seen > rank {
                return Some(value_of(bin));
            }
        }
        None
    }

    /// Adds what [`Self::encode`] wrote `times` times; takes it away where that is negative.
    ///
    /// # Errors
    /// For what is no such thing; then a part of it may have been added.
    pub(super) fn add_encoded(
        &mut self,
        mut bytes: &[u8],
        times: i64,
    ) -> Result<(), postcard::Error> {
        let mut place = 0;
        while !bytes.is_empty() {
            let (Filled { gap, bins }, rest) = postcard::take_from_bytes(bytes)?;
            bytes = rest;
            place += usize::from(gap);
            let end = place + usize::from(bins);
            if self.bins.len() < end {
                self.bins.resize(end, 0);
            }
            for bin in &mut self.bins[place..end] {
                let (count, rest) = postcard::take_from_bytes::<i64>(bytes)?;
                bytes = rest;
                *bin += times * count;
            }
            place = end;
        }
        self.trim();
        Ok(())
    }

    /// The form in which it is stored: the filled bins, each row of them behind where it stands.
    /// Nothing, if there are none.
    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let (mut bytes, mut gap) = (Vec::new(), 0);
        for filled in self.bins.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
            if filled[0] == 0 {
                gap = filled.len();
            } else {
                // There are no more than some thousand bins.
                let number = |bins: usize| u16::try_from(bins).unwrap_or(u16::MAX);
                let (gap, bins) = (number(gap), number(filled.len()));
                bytes = postcard::to_extend(&Filled { gap, bins }, bytes)?;
                for count in filled {
                    bytes = postcard::to_extend(count, bytes)?;
                }
            }
        }
        Ok(bytes)
    }

    /// Two sketches of the same durations are equal, whatever was taken away before.
    fn trim(&mut self) {
        while self.bins.last() == Some(&0) {
            self.bins.pop();
        }
    }
}

fn bin_of(seconds: i64) -> usize {
    if seconds < 1 {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "less than 2^52")]
    let seconds = seconds.min(LONGEST) as f64;
    usize::try_from(MAPPING.key(seconds)).map_or(0, |key| key + 1)
}

fn value_of(bin: usize) -> f64 {
    let key = bin.checked_sub(1).and_then(|key| i32::try_from(key).ok());
    key.map_or(0.0, |key| MAPPING.value(key))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use sketches_ddsketch::DDSketch;

    use super::*;

    fn sketch(durations: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        durations.iter().for_each(|seconds| sketch.add(*seconds, 1));
        sketch
    }

    fn bytes(sketch: &Sketch) -> Vec<u8> {
        sketch.encode().unwrap()
    }

    fn durations() -> impl Strategy<Value = Vec<i64>> {
        vec(
            prop_oneof![0..100_i64, 0..10_000_000_i64, Just(LONGEST)],
            0..200,
        )
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    #[expect(clippy::cast_sign_loss, reason = "no negative numbers")]
    fn exact(sorted: &[i64], q: f64) -> f64 {
        sorted[(q * (sorted.len() - 1) as f64) as usize] as f64
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_error(mut all in durations(), q in 0.0..=1.0_f64) {
            let found = sketch(&all).quantile(q);
            all.sort_unstable();
            match found {
                None => prop_assert!(all.is_empty()),
                Some(found) => {
                    let exact = exact(&all, q);
                    prop_assert!((found - exact).abs() <= exact * RELATIVE_ERROR * 1.000_001,
                        "{found} for {exact}");
                }
            }
        }

        /// The crate's own sketch says the same, but at both ends, where it knows the exact values.
        #[test]
        fn it_is_the_sketch_of_the_crate(all in durations(), q in 0.01..0.99_f64) {
            let mut theirs = DDSketch::new(*MAPPING);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            all.iter().for_each(|seconds| theirs.add(*seconds as f64));
            prop_assert_eq!(sketch(&all).quantile(q), theirs.quantile(q).unwrap());
        }

        #[test]
        fn stored_ones_add_up_and_can_be_taken_away(one in durations(), other in durations()) {
            let mut both = Sketch::default();
            both.add_encoded(&bytes(&sketch(&one)), 1).unwrap();
            both.add_encoded(&bytes(&sketch(&other)), 1).unwrap();
            let mut all = one.clone();
            all.extend(&other);
            prop_assert_eq!(&both, &sketch(&all));
            let mut rest = both.clone();
            rest.add_encoded(&bytes(&sketch(&one)), -1).unwrap();
            prop_assert_eq!(&rest, &sketch(&other));
            other.iter().for_each(|seconds| both.add(*seconds, -1));
            prop_assert_eq!(bytes(&both), bytes(&sketch(&one)));
        }
    }
}
