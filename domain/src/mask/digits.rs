//! The digits of a text, in the groups in which they stand.

use super::{
    cover::Span,
    digit,
    gap::{Gap, MAX_GAP, is_invisible},
};

/// How many digits tell the issuer (ISO/IEC 7812-1).
const PREFIX: usize = 6;

/// A blank in the address of a page.
const ENCODED_BLANK: &str = "%20";

/// All digits of a text.
pub(super) struct Digits {
    digits: Vec<Digit>,
    groups: Vec<Group>,
    /// Luhn sums of the digits up to each place: with those at even places doubled, and at odd ones.
    sums: Vec<[usize; 2]>,
}

struct Digit {
    value: u8,
    at: Span,
}

/// Digits that stand together, without anything between.
pub(super) struct Group {
    /// The first one, as a place among all digits.
    pub(super) first: usize,
    /// One past the last.
    pub(super) end: usize,
    /// Whether it can be one number with the group before.
    pub(super) joined: bool,
    /// Whether a telephone number begins here: a `+` or `00` stands before.
    pub(super) called: bool,
    /// Whether it lies in something known to be no card number.
    pub(super) known: bool,
    /// What stands between it and the group before if they are joined, without what nobody sees.
    pub(super) gap: String,
    /// Whether it goes on with the number before it, as the cents of an amount and the minutes of a
    /// time do.
    part: bool,
}

impl Digits {
    /// Reads `text`; `known` holds, in order, what is known to be no card number.
    pub(super) fn read(text: &str, known: &[Span]) -> Self {
        let mut read = Self {
            digits: Vec::new(),
            groups: Vec::new(),
            sums: vec![[0, 0]],
        };
        let mut gap: Option<Gap> = Some(Gap::default());
        let mut between = String::new();
        let mut plus = false;
        let mut blank_ends = 0;
        for (at, c) in text.char_indices() {
            if at < blank_ends {
                continue;
            }
            let is_blank = c == '%' && gap.is_none() && is_encoded_blank(text, at);
            if is_blank {
                blank_ends = at + ENCODED_BLANK.len();
            }
            let c = if is_blank { ' ' } else { c };
            let Some(value) = digit::value(c) else {
                gap.get_or_insert_default().push(c);
                if between.chars().count() < MAX_GAP && !is_invisible(c) {
                    between.push(c);
                }
                plus = c == '+' || (plus && (c.is_whitespace() || c == '('));
                continue;
            };
            if let Some(gap) = gap.take() {
                let joined = !read.groups.is_empty() && gap.joins();
                let called = plus || (joined && read.ends_with_double_zero());
                read.begin(joined, called, std::mem::take(&mut between));
                plus = false;
            }
            let at = at..at + c.len_utf8();
            let past = known.partition_point(|span| span.end <= at.start);
            let inside = known.get(past).is_some_and(|span| span.start < at.end);
            read.push(Digit { value, at }, inside);
        }
        read
    }

    fn begin(&mut self, joined: bool, called: bool, gap: String) {
        self.groups.push(Group {
            first: self.digits.len(),
            end: self.digits.len(),
            joined,
            called,
            known: false,
            part: joined && matches!(gap.as_str(), "." | "," | ":"),
            gap,
        });
    }

    fn push(&mut self, digit: Digit, known: bool) {
        let value = usize::from(digit.value);
        let doubled = if value > 4 { value * 2 - 9 } else { value * 2 };
        let [even, odd] = self.sums.last().copied().unwrap_or_default();
        self.sums.push(if self.digits.len().is_multiple_of(2) {
            [even + doubled, odd + value]
        } else {
            [even + value, odd + doubled]
        });
        self.digits.push(digit);
        if let Some(group) = self.groups.last_mut() {
            group.end += 1;
            group.known |= known;
        }
    }

    /// Whether the last group is the `00` before a country's code.
    fn ends_with_double_zero(&self) -> bool {
        (self.groups.last()).is_some_and(|group| {
            let digits = self.digits.get(group.first..group.end);
            !group.part
                && digits
                    .is_some_and(|digits| matches!(digits, [a, b] if a.value == 0 && b.value == 0))
        })
    }

    /// How many digits there are.
    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }

    /// The groups, in order.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The part of the text from the digit `first` up to the one before `end`.
    pub(super) fn span(&self, first: usize, end: usize) -> Span {
        let start = self.digits.get(first).map_or(0, |digit| digit.at.start);
        let last = end.checked_sub(1).and_then(|last| self.digits.get(last));
        start..last.map_or(start, |digit| digit.at.end)
    }

    /// The six digits from `first` on, as one number.
    pub(super) fn prefix(&self, first: usize) -> u32 {
        (self.digits.iter().skip(first).take(PREFIX))
            .fold(0, |number, digit| number * 10 + u32::from(digit.value))
    }

    /// Whether the digits from `first` up to the one before `end` have a check digit that fits: with
    /// every second one from the right doubled, the sum of all is a multiple of ten.
    pub(super) fn luhn(&self, first: usize, end: usize) -> bool {
        let doubles_odd = usize::from(!end.is_multiple_of(2));
        let sum = |place: usize| {
            self.sums.get(place).map_or(0, |sums| {
                let [even, odd] = *sums;
                if doubles_odd == 1 { odd } else { even }
            })
        };
        (sum(end) - sum(first)).is_multiple_of(10)
    }
}

/// Whether a blank of an address begins at `at`, with a digit after it.
fn is_encoded_blank(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    (rest.strip_prefix(ENCODED_BLANK))
        .and_then(|after| after.chars().next())
        .is_some_and(|c| digit::value(c).is_some())
}
