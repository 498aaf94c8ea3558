//! Card numbers: 13 to 19 digits in an issuer's range, as long as that range's numbers are, and with
//! a check digit that fits (Luhn, ISO/IEC 7812-1 annex B).
//!
//! Any decimal digits count, and up to [`MAX_GAP`](super::gap::MAX_GAP) characters that are neither
//! letters nor digits may stand between two of them. Lists, columns and logs are full of digits with
//! signs between, so the groups must look like those of one number ([`is_one_number`]). A number begins and ends where a group of
//! digits does: a part of 20 digits without anything between is no card number, that is how tracking
//! numbers look. Digits right after a `+` or after `00` are a telephone number if they are no more
//! than 14. (ITU-T E.164 allows 15, but hardly any are that long, and American Express's numbers are.)

use std::collections::HashSet;

use super::{
    cover::Span,
    digits::{Digits, Group},
    gap::is_light,
    issuer::{self, LONGEST, SHORTEST},
};

/// How many digits stay.
const SHOWN: usize = 4;

/// How many digits a group of a card number usually has.
const USUAL: usize = 4;

/// How some issuers group their numbers' digits, other than by four: American Express, Diners Club,
/// UATP and Maestro.
const GROUPED: &[&[usize]] = &[&[4, 6, 5], &[4, 6, 4], &[4, 5, 6], &[4, 4, 5]];

/// The longest telephone number with its country code that is left alone, in digits.
const LONGEST_PHONE: usize = 14;

/// The card numbers of a text.
#[derive(Debug, Default)]
pub(super) struct Cards {
    /// Where each stands, from its first digit to its last. They may share digits.
    pub(super) numbers: Vec<Span>,
    /// The digits to hide, one span each: all but the last four of each number.
    pub(super) hidden: Vec<Span>,
}

/// Every card number in `text`. `known` holds, in order, what is known to be something else.
pub(super) fn find(text: &str, known: &[Span]) -> Cards {
    search(text, known).0
}

/// The card numbers, and how many groups were looked at.
fn search(text: &str, known: &[Span]) -> (Cards, usize) {
    let mut steps = 0;
    let digits = Digits::read(text, known);
    let mut cards = Cards::default();
    let mut hidden = vec![false; digits.len()];
    // Where numbers may begin: the first digit, and its group.
    let mut starts: Vec<(usize, usize)> = (digits.groups().iter().enumerate())
        .map(|(place, group)| (group.first, place))
        .collect();
    let mut rests = HashSet::new();
    while let Some((first, place)) = starts.pop() {
        let ends = ends(&digits, first, place, &mut steps);
        let Some(&(last, last_place)) = ends.last() else {
            continue;
        };
        (cards.numbers).extend(ends.iter().map(|(end, _)| digits.span(first, *end)));
        let rest = last - SHOWN;
        if let Some(part) = hidden.get_mut(first..rest) {
            part.fill(true);
        }
        // The four that stay may be the end of a longer group. Now they look like one of their own,
        // with which a number could begin.
        let within = (digits.groups().iter().enumerate().take(last_place + 1))
            .rfind(|(_, group)| group.first <= rest);
        if let Some((place, group)) = within
            && group.first < rest
            && rests.insert(rest)
        {
            starts.push((rest, place));
        }
    }
    cards.hidden = (0..hidden.len())
        .filter(|place| hidden.get(*place) == Some(&true))
        .map(|place| digits.span(place, place + 1))
        .collect();
    (cards, steps)
}

/// How many groups are looked at in `text`.
#[cfg(test)]
pub(super) fn steps(text: &str) -> usize {
    search(text, &[]).1
}

/// Where the card numbers end that begin with the digit `first` in the group at `place`: one past
/// their last digit, and its group; the longest comes last. Looks at no more than [`LONGEST`] groups.
fn ends(digits: &Digits, first: usize, place: usize, steps: &mut usize) -> Vec<(usize, usize)> {
    let mut ends = Vec::new();
    let called = (digits.groups().get(place))
        .is_some_and(|group: &Group| group.called && group.first == first);
    for (next, group) in digits.groups().iter().enumerate().skip(place) {
        *steps += 1;
        let length = group.end - first;
        if length > LONGEST || group.known || (next > place && !group.joined) {
            break;
        }
        let phone = called && length <= LONGEST_PHONE;
        if length >= SHORTEST
            && !phone
            && issuer::has(digits.prefix(first), length)
            && digits.luhn(first, group.end)
            && is_one_number(digits, first, place, next)
        {
            ends.push((group.end, next));
        }
    }
    ends
}

/// Whether the digits from `first` on, in the groups from `place` to `last`, are written as one
/// number: in groups that cards have, with the same between any two, or with light signs alone.
fn is_one_number(digits: &Digits, first: usize, place: usize, last: usize) -> bool {
    let groups = digits.groups().get(place..=last).unwrap_or_default();
    let lengths: Vec<usize> = (groups.iter())
        .map(|group| group.end - group.first.max(first))
        .collect();
    let (end, others) = lengths.split_last().unwrap_or((&0, &[]));
    let by_four = others.iter().all(|length| *length == USUAL) && *end <= USUAL;
    let one_by_one = lengths.iter().all(|length| *length == 1);
    if by_four || one_by_one || GROUPED.contains(&lengths.as_slice()) {
        return true;
    }
    let mut gaps = (groups.iter().skip(1))
        .map(|group| group.gap.as_str())
        .filter(|gap| !gap.is_empty());
    let Some(one) = gaps.clone().next() else {
        return true;
    };
    let light = |gap: &str| {
        let mut signs = gap.chars();
        signs.next().is_some_and(is_light) && signs.next().is_none()
    };
    gaps.clone().all(|gap| gap == one) || gaps.all(light)
}
