//! Ranges that overlap, taken apart, so that what several want is read once.

use std::collections::BTreeMap;

/// The same ranges (from, to before, and what is wanted in it) without an overlap: each with the `union`
/// of all that is wanted in it. Those that go on with the same are one.
pub(super) fn apart<P: Ord + Copy, W: Ord + Copy>(
    ranges: impl IntoIterator<Item = (P, P, W)>,
    union: impl Fn(W, W) -> W,
) -> Vec<(P, P, W)> {
    // What is wanted once more, or once less, from there on.
    let mut turns: BTreeMap<P, Vec<(W, i32)>> = BTreeMap::new();
    for (from, to, wanted) in ranges {
        turns.entry(from).or_default().push((wanted, 1));
        turns.entry(to).or_default().push((wanted, -1));
    }
    let mut apart: Vec<(P, P, W)> = Vec::new();
    let mut open: BTreeMap<W, i32> = BTreeMap::new();
    let mut turns = turns.into_iter().peekable();
    while let Some((from, turn)) = turns.next() {
        for (wanted, more) in turn {
            *open.entry(wanted).or_default() += more;
        }
        open.retain(|_, times| *times != 0);
        let wanted = open.keys().copied().reduce(&union);
        let (Some(wanted), Some((to, _))) = (wanted, turns.peek()) else {
            continue;
        };
        match apart.last_mut() {
            Some(last) if last.1 == from && last.2 == wanted => last.1 = *to,
            Some(_) | None => apart.push((from, *to, wanted)),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        /// Each moment is in one stretch, with the marks of all that hold it, or in none.
        #[test]
        fn stretches_apart_hold_the_same(
            spans in vec((0..30_i64, 1..10_i64, 1..8_i64), 0..10),
        ) {
            let spans = spans.into_iter();
            let spans = spans.map(|(from, length, marks)| (from, from + length, marks));
            let spans: Vec<_> = spans.collect();
            let apart = apart(spans.clone(), |a, b| a | b);
            for at in -1..45 {
                let holding = spans.iter().filter(|(from, to, _)| (*from..*to).contains(&at));
                let marks = holding.fold(0, |all, (_, _, marks)| all | marks);
                let found = apart.iter().filter(|(from, to, _)| (*from..*to).contains(&at));
                let found: Vec<_> = found.map(|(_, _, marks)| *marks).collect();
                let expected: Vec<_> = Some(marks).filter(|marks| *marks != 0).into_iter().collect();
                prop_assert_eq!(found, expected);
            }
            // A long series makes no long condition.
            for pair in apart.windows(2) {
                prop_assert!(pair[0].1 < pair[1].0 || pair[0].2 != pair[1].2, "{:?}", pair);
            }
        }
    }
}
