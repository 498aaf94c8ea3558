//! Known values, properties, and simulations with fixed seeds.

use proptest::prelude::*;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

/// A repeatable source of counts.
struct Chance(ChaCha8Rng);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// The standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Gamma with mean 1 and variance `1 / shape` (Marsaglia and Tsang, 2000); `shape` is at least
    /// 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / shape;
            }
        }
    }

    /// Poisson (Knuth), in steps that do not underflow.
    fn poisson(&mut self, mean: f64) -> u64 {
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let step = left.min(500.0);
            let limit = (-step).exp();
            let mut product = self.unit();
            while product > limit {
                count += 1;
                product *= self.unit();
            }
            left -= step;
        }
        count
    }

    /// A count with the mean `mean` whose rate differs from period to period by `dispersion`, the
    /// square of its relative spread.
    fn count(&mut self, mean: f64, dispersion: f64) -> u64 {
        let rate = if dispersion > 0.0 {
            self.gamma(1.0 / dispersion)
        } else {
            1.0
        };
        self.poisson(mean * rate)
    }
}

/// From 1 to 200, as categories and merchants are.
const MEANS: [f64; 20] = [
    1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0,
    80.0, 120.0, 200.0,
];

/// In how many of 1,000 runs without anything out of the ordinary something is named.
fn false_alarms(periods: usize, dispersion: impl Fn(usize) -> f64) -> usize {
    let mut chance = Chance::new(7);
    let alarmed = (0..1_000).filter(|_| {
        let histories = MEANS.iter().enumerate().map(|(key, mean)| {
            let dispersion = dispersion(key);
            History {
                key,
                now: chance.count(*mean, dispersion),
                past: (0..periods)
                    .map(|_| chance.count(*mean, dispersion))
                    .collect(),
            }
        });
        !spikes(histories.collect(), &SpikeRules::default()).is_empty()
    });
    alarmed.count()
}

/// In how many of 1,000 runs a key with a mean of 20 is named that has three times as many, or a
/// third.
fn found(periods: usize, dispersion: f64, factor: f64) -> usize {
    let mut chance = Chance::new(11);
    let found = (0..1_000).filter(|_| {
        let histories = MEANS.iter().enumerate().map(|(key, mean)| {
            let factor = if key == 12 { factor } else { 1.0 };
            History {
                key,
                now: chance.count(*mean * factor, dispersion),
                past: (0..periods)
                    .map(|_| chance.count(*mean, dispersion))
                    .collect(),
            }
        });
        let spikes = spikes(histories.collect(), &SpikeRules::default());
        spikes.iter().any(|spike| spike.key == 12)
    });
    found.count()
}

fn history(key: usize, now: u64, past: &[u64]) -> History<usize> {
    let past = past.to_vec();
    History { key, now, past }
}

fn named(histories: Vec<History<usize>>) -> Vec<Spike<usize>> {
    spikes(histories, &SpikeRules::default())
}

/// How likely at most and at least `at` are, by summing up what each count has.
fn summed(successes: f64, probability: f64, at: u64) -> (f64, f64) {
    let mut mass = successes * probability.ln();
    let (mut below, mut at_most) = (0.0, 0.0);
    for count in 0..=at {
        if count > 0 {
            let count = count as f64;
            mass += ((count - 1.0 + successes) / count).ln() + (1.0 - probability).ln();
        }
        below = at_most;
        at_most += mass.exp();
    }
    (at_most, 1.0 - below)
}

#[test]
fn tails_are_those_of_other_programs() {
    // R: pnbinom(10, size = 5, mu = 8), and 1 - pnbinom(19, size = 5, mu = 8).
    let eight = Prediction::new(8.0, 8.0 + 64.0 / 5.0);
    assert!((eight.tails(10).0 - 0.745_147_455_834_236).abs() < 1e-12);
    assert!((eight.tails(20).1 - 0.019_482_361_936_703).abs() < 1e-12);
    // 160 tickets in 8 periods, by chance alone: 160.5 successes, probability 8/9.
    let twenty = Prediction::new(160.5 / 8.0, 160.5 / 8.0 * (1.0 + 1.0 / 8.0));
    assert!((twenty.tails(10).0 - 0.014_233_401_898_413).abs() < 1e-12);
    assert!((twenty.tails(40).1 / 0.000_163_687_450_579 - 1.0).abs() < 1e-9);
    assert!((twenty.tails(60).1 / 2.833_399_881_273e-11 - 1.0).abs() < 1e-9);
    // None at all in 8 periods.
    let none = Prediction::new(0.5 / 8.0, 0.5 / 8.0 * (1.0 + 1.0 / 8.0));
    assert!((none.tails(5).1 / 4.375_569_060_789e-6 - 1.0).abs() < 1e-9);
}

#[test]
fn a_key_that_never_had_a_ticket_stands_out_with_eight() {
    let spikes = named(vec![history(0, 8, &[0; 8]), history(1, 4, &[0; 8])]);
    let [spike] = spikes.as_slice() else {
        panic!("{spikes:?}")
    };
    assert_eq!((spike.key, spike.direction), (0, Direction::More));
    assert!((spike.expected - 0.0625).abs() < 1e-12 && (spike.ratio - 128.0).abs() < 1e-9);
}

#[test]
fn both_directions_are_named_the_least_likely_first() {
    let spikes = named(vec![
        history(0, 20, &[21, 18, 22, 19, 20, 24, 17, 20]),
        history(1, 2, &[31, 28, 30, 25, 34, 29, 33, 30]),
        history(2, 200, &[41, 38, 40, 35, 44, 39, 43, 40]),
    ]);
    let told: Vec<_> = spikes.iter().map(|s| (s.key, s.direction)).collect();
    assert_eq!(told, [(2, Direction::More), (1, Direction::Fewer)]);
    assert!(spikes[0].p_value < 1e-9 && spikes[0].p_value < spikes[1].p_value);
}

#[test]
fn nothing_is_said_with_fewer_than_four_periods_behind() {
    assert_eq!(named(vec![history(0, 1_000, &[10; 3])]), []);
    assert_eq!(named(vec![history(0, 1_000, &[10; 4])]).len(), 1);
    assert_eq!(named(vec![history(0, 1_000, &[])]), []);
    // They do not count among those that are judged, either.
    let judged = history(0, 38, &[19, 21, 18, 22, 20, 20, 19, 21]);
    let mut with_others = vec![judged.clone()];
    with_others.extend((1..100).map(|key| history(key, 5, &[5; 3])));
    assert_eq!(named(with_others), named(vec![judged]));
}

#[test]
fn what_is_unlikely_but_small_is_not_named() {
    let unlikely = |rules: SpikeRules| spikes(vec![history(0, 5_300, &[4_000; 8])], &rules).len();
    assert_eq!(unlikely(SpikeRules::default()), 0, "1.3 times as many");
    let least_ratio = 1.2;
    let rules = SpikeRules::default();
    assert_eq!(
        unlikely(SpikeRules {
            least_ratio,
            ..rules
        }),
        1
    );
    let few = |rules: SpikeRules| spikes(vec![history(0, 4, &[0; 8])], &rules).len();
    assert_eq!(few(rules), 0, "four more");
    let least_difference = 3.0;
    assert_eq!(
        few(SpikeRules {
            least_difference,
            ..rules
        }),
        1
    );
}

#[test]
fn among_many_keys_more_is_asked_for() {
    let past = [19, 21, 18, 22, 20, 20, 19, 21];
    let alone = named(vec![history(0, 36, &past)]);
    assert_eq!(alone.len(), 1);
    let mut among = vec![history(0, 36, &past)];
    among.extend((1..1_000).map(|key| history(key, 20, &past)));
    assert_eq!(named(among), []);
}

#[test]
fn a_key_that_swings_is_judged_by_its_own_swings() {
    let calm = (1..20).map(|key| history(key, 20, &[19, 21, 18, 22, 20, 20, 19, 21]));
    let mut histories: Vec<_> = calm.collect();
    histories.push(history(0, 70, &[3, 61, 8, 2, 40, 1, 25, 20]));
    assert_eq!(named(histories.clone()), []);
    histories[0].now = 70;
    let spikes = named(histories);
    assert_eq!(spikes.iter().map(|s| s.key).collect::<Vec<_>>(), [1]);
}

#[test]
fn large_counts_are_judged_like_others() {
    let calm = [1_000_000, 1_020_000, 980_000, 1_010_000];
    assert_eq!(named(vec![history(0, 1_020_000, &calm)]), []);
    assert_eq!(named(vec![history(0, 3_000_000, &calm)]).len(), 1);
    let wild = [1_000_000, 400_000, 2_600_000, 150_000];
    assert_eq!(named(vec![history(0, 3_000_000, &wild)]), []);
}

#[test]
fn by_chance_next_to_nothing_is_named() {
    for (dispersion, most) in [(0.0, 2), (0.05, 20), (0.2, 25)] {
        let alarms = false_alarms(8, |_| dispersion);
        assert!(alarms <= most, "{dispersion}: {alarms} of 1,000");
    }
    let mixed = false_alarms(8, |key| [0.0, 0.05, 0.2][key % 3]);
    assert!(mixed <= 20, "{mixed} of 1,000");
    let few_periods = false_alarms(4, |_| 0.2);
    assert!(few_periods <= 25, "{few_periods} of 1,000");
}

#[test]
fn three_times_as_many_are_found() {
    let alone = found(8, 0.0, 3.0);
    assert!(alone >= 950, "{alone} of 1,000");
    let varied = found(8, 0.05, 3.0);
    assert!(varied >= 550, "{varied} of 1,000");
}

/// Of any size; `least` periods at least.
fn counts(least: usize) -> impl Strategy<Value = Vec<u64>> {
    let size = prop_oneof![0..30_u64, 0..3_000_u64, 0..=1_000_000_000_u64];
    prop::collection::vec(size, least..12)
}

fn numbered(all: &[(u64, Vec<u64>)]) -> Vec<History<usize>> {
    let histories = all.iter().enumerate();
    let histories = histories.map(|(key, (now, past))| history(key, *now, past));
    histories.collect()
}

proptest! {
    #[test]
    fn any_counts_are_judged(
        all in prop::collection::vec((0..=1_000_000_000_u64, counts(0)), 0..6),
    ) {
        let everything = SpikeRules {
            false_discovery_rate: 1.0,
            least_difference: 0.0,
            least_ratio: 1.0,
            ..SpikeRules::default()
        };
        let spikes = spikes(numbered(&all), &everything);
        prop_assert_eq!(spikes.len(), all.iter().filter(|(_, past)| past.len() >= 4).count());
        for spike in &spikes {
            prop_assert!(spike.expected > 0.0 && spike.ratio.is_finite());
            prop_assert!((0.0..=1.0).contains(&spike.p_value), "{spike:?}");
        }
        prop_assert!(spikes.is_sorted_by_key(|spike| spike.p_value));
    }

    #[test]
    fn the_order_does_not_matter(
        all in prop::collection::vec((0..200_u64, counts(0)), 0..8),
        at in 0..8_usize,
    ) {
        let mut histories = numbered(&all);
        let mut before = named(histories.clone());
        for history in &mut histories {
            history.past.reverse();
        }
        let middle = at.min(histories.len());
        histories.rotate_left(middle);
        let mut after = named(histories);
        for spikes in [&mut before, &mut after] {
            spikes.sort_by_key(|spike| spike.key);
        }
        prop_assert_eq!(before, after);
    }

    #[test]
    fn further_out_is_never_more_likely(
        past in counts(4),
        distance in 0..5_000_u64,
        step in 1..1_000_u64,
    ) {
        let past = Past::of(&past);
        let common = common(std::iter::once(&past));
        let expected = past.expected as u64;
        let nearer = |now| past.p_value(&common, now) * (1.0 + 1e-6) + 1e-12;
        let above = expected + 1 + distance;
        prop_assert!(past.p_value(&common, above + step) <= nearer(above));
        // A skewed distribution's median is below its mean: just below that, less can be likelier.
        let below = expected.saturating_sub(distance);
        if past.p_value(&common, below) < 0.2 {
            prop_assert!(past.p_value(&common, below.saturating_sub(step)) <= nearer(below));
        }
    }

    #[test]
    fn what_was_always_so_is_no_spike(count in 0..=1_000_000_000_u64, periods in 4..12_usize) {
        prop_assert_eq!(named(vec![history(0, count, &vec![count; periods])]), []);
    }

    #[test]
    fn tails_are_sums(mean in 0.05..900.0_f64, spread in 1.01..40.0_f64, at in 0..2_000_u64) {
        let prediction = Prediction::new(mean, mean * spread);
        let (at_most, at_least) = prediction.tails(at);
        let (sum, rest) = summed(mean / (spread - 1.0), 1.0 / spread, at);
        prop_assert!((at_most - sum).abs() < 1e-8, "{at_most} {sum}");
        prop_assert!((at_least - rest).abs() < 1e-8, "{at_least} {rest}");
    }
}
