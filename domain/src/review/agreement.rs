//! How far reviewers agree.
//!
//! Krippendorff's alpha compares how much scores of the same ticket differ with how much any two
//! scores differ: 1 is full agreement, 0 is what chance would give, and less is worse than chance. It
//! takes any number of reviewers, who need not all have scored every ticket. The formula is that of
//! Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D, with the metric
//! for ordinal data: how far two scores lie apart is how many scores lie between them.

/// The lowest score.
pub const LOWEST: i16 = 1;
/// The highest score.
pub const HIGHEST: i16 = 5;

/// How many scores there are.
const SCORES: usize = 5;

/// How far reviewers agree on the tickets that two or more of them scored.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// How many such tickets there are.
    pub items: usize,
    /// The share of pairs with the same score, 0 to 1; `None` without such tickets. A ticket with
    /// more than two scores has several pairs; each ticket counts the same.
    pub exact: Option<f64>,
    /// The share of pairs that lie one apart at most; as above.
    pub within_one: Option<f64>,
    /// By how much the scores of a pair differ on average; as above.
    pub difference: Option<f64>,
    /// Krippendorff's alpha for ordinal data; `None` with fewer than two such tickets, and if all
    /// their scores are the same.
    pub alpha: Option<f64>,
}

impl Agreement {
    /// Works it out from the scores of each ticket, in any order.
    pub fn of<T: AsRef<[i16]>>(items: &[T]) -> Self {
        let items: Vec<&[i16]> = items.iter().map(AsRef::as_ref).collect();
        let items: Vec<&[i16]> = items.into_iter().filter(|item| item.len() > 1).collect();
        let mean = |of: fn(u16) -> f64| {
            let each = items.iter().map(|item| {
                let pairs = pairs(item);
                pairs.iter().map(|&apart| of(apart)).sum::<f64>() / as_float(pairs.len())
            });
            let total: f64 = each.sum();
            (!items.is_empty()).then(|| total / as_float(items.len()))
        };
        Self {
            items: items.len(),
            exact: mean(|apart| f64::from(u8::from(apart == 0))),
            within_one: mean(|apart| f64::from(u8::from(apart <= 1))),
            difference: mean(f64::from),
            alpha: alpha(&items),
        }
    }
}

/// How far the scores of each pair lie apart.
fn pairs(item: &[i16]) -> Vec<u16> {
    let rest = |place: usize| item.iter().skip(place + 1);
    let each = item.iter().enumerate();
    each.flat_map(|(place, one)| rest(place).map(|other| one.abs_diff(*other)))
        .collect()
}

/// Krippendorff's alpha of items that have two scores or more each.
fn alpha(items: &[&[i16]]) -> Option<f64> {
    if items.len() < 2 {
        return None;
    }
    // The coincidences: how often two scores meet on an item, each of its scores counted once.
    let mut met = [[0.0_f64; SCORES]; SCORES];
    for item in items {
        let weight = 1.0 / as_float(item.len() - 1);
        for (place, &one) in item.iter().enumerate() {
            for (at, &other) in item.iter().enumerate() {
                if place != at {
                    met[index(one)][index(other)] += weight;
                }
            }
        }
    }
    let count = met.map(|row| row.iter().sum::<f64>());
    let all: f64 = count.iter().sum();
    let (mut observed, mut expected) = (0.0, 0.0);
    for low in 0..SCORES {
        for high in low + 1..SCORES {
            let between: f64 = count[low..=high].iter().sum();
            let apart = (between - (count[low] + count[high]) / 2.0).powi(2);
            observed += met[low][high] * apart;
            expected += count[low] * count[high] * apart;
        }
    }
    (expected > 0.0).then(|| 1.0 - (all - 1.0) * observed / expected)
}

/// The place of a score, from 0. Others than 1 to 5 are not stored.
fn index(score: i16) -> usize {
    usize::try_from(score.clamp(LOWEST, HIGHEST) - LOWEST).unwrap_or_default()
}

/// Counts here are small.
fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Alpha by its definition: 1 less the mean difference within items over that of any two scores,
    /// pair by pair, where scores are compared by their ranks among all scores.
    fn by_definition(items: &[Vec<i16>]) -> Option<f64> {
        let items: Vec<_> = items.iter().filter(|item| item.len() > 1).collect();
        let all: Vec<i16> = items.iter().flat_map(|item| item.iter().copied()).collect();
        let apart = |one: i16, other: i16| {
            let (low, high) = (one.min(other), one.max(other));
            let between = all.iter().filter(|&&score| low < score && score < high);
            let ends = all.iter().filter(|&&score| score == low || score == high);
            if low == high {
                return 0.0;
            }
            (between.count() as f64 + ends.count() as f64 / 2.0).powi(2)
        };
        let total = |scores: &[i16]| {
            let mut total = 0.0;
            for (i, &one) in scores.iter().enumerate() {
                for (j, &other) in scores.iter().enumerate() {
                    if i != j {
                        total += apart(one, other);
                    }
                }
            }
            total
        };
        let n = all.len() as f64;
        let within = items
            .iter()
            .map(|item| total(item) / (item.len() - 1) as f64);
        let observed = within.sum::<f64>() / n;
        let expected = total(&all) / (n * (n - 1.0));
        (items.len() > 1 && expected > 0.0).then(|| 1.0 - observed / expected)
    }

    /// The rows of a table of reviewers by tickets, as columns; a dot is a ticket not scored.
    fn table(rows: &[&str]) -> Vec<Vec<i16>> {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split(' ').collect()).collect();
        let scores = |place: usize| {
            let column = rows.iter().map(move |row| row[place]);
            column.filter_map(|score| score.parse().ok()).collect()
        };
        (0..rows[0].len()).map(scores).collect()
    }

    fn near(found: Option<f64>, wanted: f64) {
        assert!(
            found.is_some_and(|found| (found - wanted).abs() < 0.0005),
            "{found:?} is not {wanted}"
        );
    }

    /// Four observers and twelve units of Krippendorff (2011), sections C and D. The paper has 0.815
    /// for ordinal data.
    #[test]
    fn the_published_example() {
        let items = table(&[
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
        ]);
        let found = Agreement::of(&items);
        near(found.alpha, 0.815);
        near(by_definition(&items), 0.815);
        // The twelfth unit has one score only.
        assert_eq!(found.items, 11);
    }

    /// Two reviewers and four tickets, by hand. Scores: 1 and 2 once, 4 three times, 5 three times, so
    /// 1 and 2 lie (1 + 1) / 2 = 1 apart, and 4 and 5 (3 + 3) / 2 = 3.
    #[test]
    fn an_example_by_hand() {
        let items = table(&["1 4 4 5", "2 4 5 5"]);
        let found = Agreement::of(&items);
        assert_eq!((found.items, found.exact), (4, Some(0.5)));
        assert_eq!((found.within_one, found.difference), (Some(1.0), Some(0.5)));
        // Observed: 1 once 1 and 3 x 3 once. Expected: 1 x 1 x 1, 1 x 3 x 3 x 3 (1 and 4), 1 x 3 x 6 x 6
        // (1 and 5), 1 x 3 x 2 x 2 (2 and 4), 1 x 3 x 5 x 5 (2 and 5), 3 x 3 x 3 x 3 (4 and 5).
        near(found.alpha, 1.0 - 7.0 * 10.0 / 304.0);
    }

    #[test]
    fn where_it_is_not_defined() {
        let none: [Vec<i16>; 0] = [];
        assert_eq!(Agreement::of(&none), Agreement::default());
        assert_eq!(
            Agreement::of(&[vec![1], vec![2], vec![]]),
            Agreement::default()
        );
        // One ticket is not enough.
        let one = Agreement::of(&[vec![1, 3], vec![2]]);
        assert_eq!((one.items, one.exact, one.alpha), (1, Some(0.0), None));
        assert_eq!((one.within_one, one.difference), (Some(0.0), Some(2.0)));
        // Nor are scores that are all the same.
        let same = Agreement::of(&[vec![4, 4], vec![4, 4, 4]]);
        assert_eq!((same.exact, same.alpha), (Some(1.0), None));
    }

    /// Of three scores two of three pairs differ; a ticket with two scores counts as much.
    #[test]
    fn each_ticket_counts_the_same() {
        let found = Agreement::of(&[vec![3, 3, 5], vec![2, 2]]);
        near(found.exact, (1.0 / 3.0 + 1.0) / 2.0);
        near(found.within_one, (1.0 / 3.0 + 1.0) / 2.0);
        near(found.difference, (4.0 / 3.0) / 2.0);
    }

    fn items() -> impl Strategy<Value = Vec<Vec<i16>>> {
        prop::collection::vec(prop::collection::vec(1_i16..=5, 0..6), 0..14)
    }

    fn same(one: Option<f64>, other: Option<f64>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() < 1e-9,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    proptest! {
        #[test]
        fn alpha_is_what_its_definition_says(items in items()) {
            let (found, wanted) = (Agreement::of(&items).alpha, by_definition(&items));
            prop_assert!(same(found, wanted), "{:?} is not {:?}", found, wanted);
        }

        #[test]
        fn figures_are_within_their_bounds(items in items()) {
            let found = Agreement::of(&items);
            prop_assert!(found.items <= items.len());
            prop_assert_eq!(found.exact.is_some(), found.items > 0);
            let (Some(exact), Some(near), Some(apart)) =
                (found.exact, found.within_one, found.difference)
            else {
                return Ok(());
            };
            prop_assert!((0.0..=1.0).contains(&exact) && exact <= near && near <= 1.0 + 1e-9);
            prop_assert!((0.0..=4.0).contains(&apart) && 1.0 - exact <= apart + 1e-9);
            prop_assert!(found.alpha.is_none_or(|alpha| alpha <= 1.0));
        }

        /// Neither who is named first nor which ticket comes first matters, nor does it if the best
        /// score is 1 and the worst 5.
        #[test]
        fn order_does_not_matter(items in items()) {
            let found = Agreement::of(&items);
            let turned: Vec<Vec<i16>> = items
                .iter()
                .rev()
                .map(|item| item.iter().rev().map(|score| 6 - score).collect())
                .collect();
            let other = Agreement::of(&turned);
            prop_assert_eq!(found.items, other.items);
            prop_assert!(same(found.exact, other.exact) && same(found.alpha, other.alpha));
            prop_assert!(same(found.within_one, other.within_one));
            prop_assert!(same(found.difference, other.difference));
        }

        /// Who always says the same agree fully.
        #[test]
        fn full_agreement_is_one(scores in prop::collection::vec(1_i16..=5, 2..10), reviewers in 2_usize..5) {
            let items: Vec<_> = scores.iter().map(|&score| vec![score; reviewers]).collect();
            let found = Agreement::of(&items);
            prop_assert_eq!((found.exact, found.difference), (Some(1.0), Some(0.0)));
            let varied = scores.iter().any(|score| *score != scores[0]);
            prop_assert_eq!(found.alpha, varied.then_some(1.0));
        }
    }
}
