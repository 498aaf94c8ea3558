//! When something that failed is tried again.

use chrono::TimeDelta;

/// How often something is tried before it is given up: with the pauses between, about two days.
pub const MOST_ATTEMPTS: i32 = 16;

/// The first pause.
const FIRST: i64 = 30;

/// The longest pause: six hours.
const LONGEST: i64 = 21_600;

/// How long to wait after the `attempt`th failure, counted from 1: twice as long each time, from half
/// a minute up to six hours, and by `jitter` (from 0 to 1) up to half as long again, so that what
/// failed together does not come back together.
pub(super) fn pause(attempt: i32, jitter: f64) -> TimeDelta {
    let doublings = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(0)
        .min(16);
    let seconds = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    #[expect(
        clippy::cast_precision_loss,
        reason = "some hours in milliseconds are exact"
    )]
    let extra = seconds as f64 * 500.0 * jitter.clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between 0 and three hours in milliseconds"
    )]
    let extra = extra as i64;
    TimeDelta::seconds(seconds) + TimeDelta::milliseconds(extra)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_and_stay_in_bounds(attempt in i32::MIN..i32::MAX, jitter in -1.0..2.0) {
            let now = pause(attempt, jitter);
            prop_assert!(now >= TimeDelta::seconds(FIRST));
            prop_assert!(now <= TimeDelta::seconds(LONGEST + LONGEST / 2));
            prop_assert!(pause(attempt, 0.0) <= pause(attempt.saturating_add(1), 0.0));
        }
    }

    #[test]
    fn all_attempts_take_about_two_days() {
        let all: TimeDelta = (1..MOST_ATTEMPTS).map(|attempt| pause(attempt, 0.5)).sum();
        assert!((40..60).contains(&all.num_hours()), "{all}");
        assert_eq!(pause(1, 0.0), TimeDelta::seconds(30));
    }
}
