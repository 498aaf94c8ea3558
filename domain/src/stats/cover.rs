//! Which sums make up a stretch of time: as few as possible, and single facts where it begins or ends
//! within a quarter of an hour.

use super::{
    state::State,
    zone::{Level, begin_of, quarter_from, quarter_of},
};

/// Sums of one level one after the other: the first quarter of an hour, and that behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) level: Level,
    pub(super) from: i32,
    pub(super) to: i32,
}

/// What makes up a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// Sums.
    pub(super) runs: Vec<Run>,
    /// Single facts, from and to in microseconds since 1970.
    pub(super) edges: Vec<(i64, i64)>,
}

impl Cover {
    /// What makes up the time from `from` to before `to`, in microseconds since 1970, with sums of no
    /// longer level than `longest`. Everything before `to` if `from` is `None`.
    pub(super) fn of(state: &State, from: Option<i64>, to: i64, longest: Level) -> Self {
        let mut cover = Self::default();
        let last = quarter_of(to);
        let mut at = match from {
            Some(from) => {
                let first = quarter_from(from);
                if first > last {
                    cover.edge(from, to);
                    return cover;
                }
                cover.edge(from, begin_of(first));
                first
            }
            None => cover.everything_before(state, last, longest),
        };
        while at < last {
            let (level, end) = longest_step(state, at, last, longest);
            cover.run(level, at, end);
            at = end;
        }
        cover.edge(begin_of(last), to);
        cover
    }

    /// Takes whole months from the beginning on, or what there is; says how far that goes.
    fn everything_before(&mut self, state: &State, last: i32, longest: Level) -> i32 {
        if state.rolled_from > 0 {
            let end = last.min(state.rolled_from);
            self.run(Level::Quarter, i32::MIN, end);
            return end;
        }
        let (end, _) = state.zone.stretch(longest, last);
        self.run(longest, i32::MIN, end);
        end
    }

    fn edge(&mut self, from: i64, to: i64) {
        if from < to {
            self.edges.push((from, to));
        }
    }

    fn run(&mut self, level: Level, from: i32, to: i32) {
        if from >= to {
            return;
        }
        match self.runs.last_mut() {
            Some(run) if run.level == level && run.to == from => run.to = to,
            Some(_) | None => self.runs.push(Run { level, from, to }),
        }
    }
}

/// The longest sum that begins at `at` and does not go beyond `last`, and where it ends. Quarters of
/// an hour are taken up to where a longer sum may begin.
fn longest_step(state: &State, at: i32, last: i32, longest: Level) -> (Level, i32) {
    let zone = &state.zone;
    if at < state.rolled_from {
        return (Level::Quarter, last.min(state.rolled_from));
    }
    for level in [Level::Month, Level::Week, Level::Day] {
        if level > longest {
            continue;
        }
        let (start, end) = zone.stretch(level, at);
        // Where the calendar ends, a stretch may end before it begins.
        if start == at && end > at && end <= last {
            return (level, end);
        }
    }
    let (_, end) = zone.stretch(Level::Day, at);
    // Where the calendar ends, there is one last stretch.
    let end = if end > at { end.min(last) } else { last };
    (Level::Quarter, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Position, stats::Zone};

    fn state(zone: &str, rolled_from: i32) -> State {
        State {
            format: 1,
            position: Position::default(),
            zone: Zone::find(zone).unwrap(),
            rolled_from,
        }
    }

    const ZONES: [&str; 5] = [
        "UTC",
        "Europe/Berlin",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Havana",
    ];

    proptest! {
        #[test]
        fn it_covers_each_instant_once(
            zone in 0..ZONES.len(),
            from in 1_750_000_000_000_000_i64..1_800_000_000_000_000,
            length in prop_oneof![0..3_000_000_000_i64, 0..40_000_000_000_000_i64],
            rolled in prop_oneof![Just(0_i32), 1_944_000..2_000_000_i32],
            longest in 0..4_usize,
        ) {
            let mut state = state(ZONES[zone], 0);
            if rolled > 0 {
                state.rolled_from = state.zone.stretch(Level::Day, rolled).0;
            }
            let to = from + length;
            let cover = Cover::of(&state, Some(from), to, Level::ALL[longest]);
            let mut pieces: Vec<_> = cover.edges.clone();
            for run in &cover.runs {
                prop_assert!(run.level <= Level::ALL[longest]);
                pieces.push((begin_of(run.from), begin_of(run.to)));
                // Whole stretches, which are there.
                if run.level > Level::Quarter {
                    prop_assert!(run.from >= state.rolled_from);
                    prop_assert_eq!(state.zone.stretch(run.level, run.from).0, run.from);
                    prop_assert_eq!(state.zone.stretch(run.level, run.to).0, run.to);
                }
            }
            pieces.sort_unstable();
            let mut at = from;
            for (begin, end) in pieces {
                prop_assert_eq!(begin, at);
                at = end;
            }
            prop_assert_eq!(at, to);
        }
    }

    #[test]
    fn it_comes_to_an_end_where_the_calendar_does() {
        let micros = |text: &str| {
            text.parse::<entity::Timestamp>()
                .unwrap()
                .timestamp_micros()
        };
        let to = micros("9999-12-31T23:59:59Z");
        for zone in ZONES {
            for from in ["9998-11-30T00:00:00Z", "9999-12-31T22:00:00Z"] {
                let cover = Cover::of(&state(zone, 0), Some(micros(from)), to, Level::Month);
                assert!(!cover.runs.is_empty());
            }
        }
    }

    #[test]
    fn a_year_is_made_of_few() {
        let state = state("Europe/Berlin", 0);
        let micros = |text: &str| {
            text.parse::<entity::Timestamp>()
                .unwrap()
                .timestamp_micros()
        };
        let (from, to) = (
            micros("2025-11-14T23:00:00Z"),
            micros("2026-11-14T23:00:00Z"),
        );
        let cover = Cover::of(&state, Some(from), to, Level::Month);
        assert_eq!(cover.edges, []);
        let levels: Vec<_> = cover.runs.iter().map(|run| run.level).collect();
        use Level::{Day, Month, Week};
        assert_eq!(levels, [Day, Week, Month, Day, Week, Day]);
    }
}
