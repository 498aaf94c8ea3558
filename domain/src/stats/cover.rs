//! Which sums make up a stretch of time: as few as possible. Sums are whole numbers, so the least is
//! often a longer one, less what lies outside: a month but for its last days, or all of today, since
//! nothing has happened after now.

use super::{
    state::State,
    zone::{Level, begin_of, quarter_of},
};

/// Sums of one level one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) level: Level,
    /// The first quarter of an hour, and that behind the last.
    pub(super) from: i32,
    pub(super) to: i32,
    /// 1 if they are added, -1 if they are taken away.
    pub(super) times: i64,
}

/// Single facts of a part of a quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// From and to before, in microseconds since 1970.
    pub(super) from: i64,
    pub(super) to: i64,
    /// 1 if they are added, -1 if they are taken away.
    pub(super) times: i64,
}

/// What makes up a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// Sums.
    pub(super) runs: Vec<Run>,
    /// Single facts.
    pub(super) edges: Vec<Edge>,
}

impl Cover {
    /// What makes up the time from `from` to before `to`, in microseconds since 1970, with sums of no
    /// longer level than `longest`. Everything before `to` if `from` is `None`.
    pub(super) fn of(state: &State, from: Option<i64>, to: i64, longest: Level) -> Self {
        let mut cover = Self::default();
        let Some(from) = from else {
            let last = cover.end(to);
            cover.everything_before(state, last, longest);
            return cover;
        };
        let quarter = quarter_of(from);
        let (begin, end) = (begin_of(quarter), begin_of(quarter + 1));
        if to < end {
            if (from - begin) + (end - to) < to - from {
                cover.run(Level::Quarter, quarter, quarter + 1, 1);
                cover.edge(begin, from, -1);
                cover.edge(to, end, -1);
            } else {
                cover.edge(from, to, 1);
            }
            return cover;
        }
        let first = if from - begin < end - from {
            cover.edge(begin, from, -1);
            quarter
        } else {
            cover.edge(from, end, 1);
            quarter + 1
        };
        let last = cover.end(to);
        let summed_up = last.min(state.rolled_from.max(first));
        cover.run(Level::Quarter, first, summed_up, 1);
        cover.stretch(state, longest, summed_up, last, 1);
        cover
    }

    /// The quarter of an hour behind the last one, for an end within one.
    fn end(&mut self, to: i64) -> i32 {
        let quarter = quarter_of(to);
        let (begin, end) = (begin_of(quarter), begin_of(quarter + 1));
        if end - to < to - begin {
            self.edge(to, end, -1);
            quarter + 1
        } else {
            self.edge(begin, to, 1);
            quarter
        }
    }

    /// Takes the longest sums from the beginning on, or what there is.
    fn everything_before(&mut self, state: &State, last: i32, longest: Level) {
        let Some(shorter) = longest.shorter().filter(|_| state.rolled_from == 0) else {
            let summed_up = match longest {
                Level::Quarter => last,
                Level::Day | Level::Week | Level::Month => last.min(state.rolled_from),
            };
            self.run(Level::Quarter, i32::MIN, summed_up, 1);
            self.stretch(state, longest, summed_up, last, 1);
            return;
        };
        let (start, end) = state.zone.stretch(longest, last);
        if end > last && end - last < last - start {
            self.run(longest, i32::MIN, end, 1);
            self.stretch(state, shorter, last, end, -1);
        } else {
            self.run(longest, i32::MIN, start, 1);
            self.stretch(state, shorter, start, last, 1);
        }
    }

    /// Takes whole stretches of `level` as near as possible to both ends, and shorter ones for what is
    /// too little or too much.
    fn stretch(&mut self, state: &State, level: Level, from: i32, to: i32, times: i64) {
        let Some(shorter) = level.shorter() else {
            self.run(level, from, to, times);
            return;
        };
        if from >= to {
            return;
        }
        let (first, last) = (
            state.zone.stretch(level, from),
            state.zone.stretch(level, to),
        );
        // Where the calendar ends, a stretch may end before it begins.
        if first.1 <= from || last.1 <= to {
            self.stretch(state, shorter, from, to, times);
            return;
        }
        if first == last {
            let is_there = first.0 >= state.rolled_from;
            if is_there && (from - first.0) + (first.1 - to) < to - from {
                self.run(level, first.0, first.1, times);
                self.stretch(state, shorter, first.0, from, -times);
                self.stretch(state, shorter, to, first.1, -times);
            } else {
                self.stretch(state, shorter, from, to, times);
            }
            return;
        }
        let begin = if first.0 >= state.rolled_from && from - first.0 < first.1 - from {
            self.stretch(state, shorter, first.0, from, -times);
            first.0
        } else {
            self.stretch(state, shorter, from, first.1, times);
            first.1
        };
        let end = if last.1 - to < to - last.0 {
            self.stretch(state, shorter, to, last.1, -times);
            last.1
        } else {
            self.stretch(state, shorter, last.0, to, times);
            last.0
        };
        self.run(level, begin, end, times);
    }

    fn edge(&mut self, from: i64, to: i64, times: i64) {
        if from < to {
            self.edges.push(Edge { from, to, times });
        }
    }

    fn run(&mut self, level: Level, from: i32, to: i32, times: i64) {
        if from < to {
            self.runs.push(Run {
                level,
                from,
                to,
                times,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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

    fn micros(text: &str) -> i64 {
        text.parse::<entity::Timestamp>()
            .unwrap()
            .timestamp_micros()
    }

    /// Where it changes how often an instant counts, and by how much.
    fn changes(cover: &Cover) -> BTreeMap<i64, i64> {
        let runs = cover.runs.iter();
        let runs = runs.map(|run| (begin_of(run.from), begin_of(run.to), run.times));
        let edges = cover.edges.iter();
        let edges = edges.map(|edge| (edge.from, edge.to, edge.times));
        let mut changes = BTreeMap::new();
        for (from, to, times) in runs.chain(edges) {
            *changes.entry(from).or_default() += times;
            *changes.entry(to).or_default() -= times;
        }
        changes.retain(|_, change| *change != 0);
        changes
    }

    /// Whether all of its sums are whole stretches that are there.
    fn are_there(state: &State, cover: &Cover) -> bool {
        cover.runs.iter().all(|run| {
            let is_start = |at: i32| at == i32::MIN || state.zone.stretch(run.level, at).0 == at;
            let is_rolled = run.from == i32::MIN && state.rolled_from == 0;
            run.level == Level::Quarter
                || ((is_rolled || run.from >= state.rolled_from)
                    && is_start(run.from)
                    && is_start(run.to))
        })
    }

    proptest! {
        #[test]
        fn it_covers_each_instant_once(
            zone in 0..ZONES.len(),
            from in 1_750_000_000_000_000_i64..1_800_000_000_000_000,
            length in prop_oneof![0..3_000_000_000_i64, 0..40_000_000_000_000_i64],
            since_ever in any::<bool>(),
            rolled in prop_oneof![Just(0_i32), 1_944_000..2_000_000_i32],
            longest in 0..4_usize,
        ) {
            let mut state = state(ZONES[zone], 0);
            if rolled > 0 {
                state.rolled_from = state.zone.stretch(Level::Day, rolled).0;
            }
            let (to, longest) = (from + length, Level::ALL[longest]);
            let begin = (!since_ever).then_some(from);
            let cover = Cover::of(&state, begin, to, longest);
            prop_assert!(are_there(&state, &cover), "{cover:?}");
            prop_assert!(cover.runs.iter().all(|run| run.level <= longest));
            let first = if since_ever { begin_of(i32::MIN) } else { from };
            let mut once = BTreeMap::from([(first, 1), (to, -1)]);
            if first == to {
                once.clear();
            }
            prop_assert_eq!(changes(&cover), once);
            // No more than half of each is taken one by one, at either end.
            let facts: i64 = cover.edges.iter().map(|edge| edge.to - edge.from).sum();
            prop_assert!(facts <= begin_of(1));
            if rolled == 0 && longest == Level::Month {
                let quarters = cover.runs.iter().filter(|run| run.level == Level::Quarter);
                let quarters: i32 = quarters.map(|run| run.to - run.from).sum();
                // A day of 25 hours, which begins or ends at either end.
                prop_assert!(quarters <= 100, "{cover:?}");
            }
        }
    }

    #[test]
    fn it_comes_to_an_end_where_the_calendar_does() {
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
        let (from, to) = (
            micros("2025-11-14T23:00:00Z"),
            micros("2026-11-26T22:50:00Z"),
        );
        let cover = Cover::of(&state, Some(from), to, Level::Month);
        let runs = cover.runs.iter();
        let runs: Vec<_> = runs
            .map(|run| (run.level, run.to - run.from, run.times))
            .collect();
        use Level::{Day, Month, Quarter, Week};
        // Thirteen months; less the days before the 15th, of which the first are a weekend; less what
        // follows the 26th, but for a quarter of an hour.
        let day = 96;
        let expected = [
            (Day, 2 * day, -1),
            (Week, 2 * 7 * day, -1),
            (Day, 2 * day, 1),
            (Quarter, 1, -1),
            (Day, 3 * day, -1),
        ];
        for piece in expected {
            assert!(runs.contains(&piece), "{piece:?} in {runs:?}");
        }
        assert!(runs.iter().any(|run| run.0 == Month && run.1 > 360 * day));
        let edge = cover
            .edges
            .iter()
            .map(|edge| (edge.to - edge.from, edge.times));
        assert_eq!(edge.collect::<Vec<_>>(), [(5 * 60 * 1_000_000, 1)]);
    }
}
