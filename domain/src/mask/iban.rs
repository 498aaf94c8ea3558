//! International bank account numbers (ISO 13616): a country that has them, as many characters as
//! its numbers have, and check digits that fit (ISO/IEC 7064, MOD 97-10).
//!
//! Upper and lower case count, fullwidth letters and any decimal digits too. Between the characters
//! may stand what may stand between a card's digits. A text has many words of two letters and
//! numbers, so the groups must look like an account number: one group, or groups of four, or in each
//! group a digit, or exactly four letters, which is how banks are abbreviated.

use super::{BULLET, country, cover::Span, digit, gap::Gap};

/// How many characters stay at the end; the country code stays as well.
const SHOWN: usize = 4;

/// The characters of an IBAN that are being collected.
#[derive(Default)]
struct Draft {
    characters: Vec<(u8, Span)>,
    /// How many characters each group has, and how many of them are digits.
    groups: Vec<(usize, usize)>,
}

/// The characters to hide, one span each: all but the country codes and the last four.
pub(super) fn find(text: &str, known: &[Span]) -> Vec<Span> {
    let mut hidden: Vec<Span> = Vec::new();
    for (at, c) in text.char_indices() {
        if !folded(c).is_some_and(|letter| letter.is_ascii_uppercase()) {
            continue;
        }
        let Some(draft) = text.get(at..).and_then(|text| read(text, at)) else {
            continue;
        };
        let (start, end) = (at, draft.last().map_or(at, |(_, span)| span.end));
        let past = known.partition_point(|span| span.end <= start);
        if known.get(past).is_some_and(|span| span.start < end) {
            continue;
        }
        let inner = draft.len().saturating_sub(SHOWN);
        hidden.extend(draft.into_iter().take(inner).skip(2).map(|(_, span)| span));
    }
    hidden
}

/// The IBAN that `text` begins with; `at` is where that is in the whole text. Looks at no more than
/// an IBAN's characters and what may stand between.
fn read(text: &str, at: usize) -> Option<Vec<(u8, Span)>> {
    let mut draft = Draft::default();
    let mut rest = text.char_indices();
    let country = [folded(rest.next()?.1)?, folded(text.chars().nth(1)?)?];
    let length = country::length(country)?;
    let mut gap: Option<Gap> = None;
    for (offset, c) in text.char_indices() {
        let Some(character) = folded(c) else {
            let gap = gap.get_or_insert_default();
            gap.push(c);
            if !gap.joins() {
                return None;
            }
            continue;
        };
        if gap.take().is_some() || draft.groups.is_empty() {
            draft.groups.push((0, 0));
        }
        let digit = character.is_ascii_digit();
        if (2..4).contains(&draft.characters.len()) && !digit {
            return None;
        }
        if let Some((characters, digits)) = draft.groups.last_mut() {
            *characters += 1;
            *digits += usize::from(digit);
        }
        let start = at + offset;
        (draft.characters).push((character, start..start + c.len_utf8()));
        if draft.characters.len() == length {
            let after = text.get(offset + c.len_utf8()..).unwrap_or_default();
            let fits = ends(digit, after) && draft.looks_right() && draft.checks();
            return fits.then_some(draft.characters);
        }
    }
    None
}

/// Whether an IBAN can end where `after` begins. Two bullets are something masked, so that the group
/// of characters once went on.
fn ends(digit: bool, after: &str) -> bool {
    let mut after = after.chars();
    match after.next() {
        Some(BULLET) => after.next() != Some(BULLET),
        Some(c) if digit::value(c).is_some() => false,
        Some(c) => digit || !c.is_alphanumeric(),
        None => true,
    }
}

impl Draft {
    fn looks_right(&self) -> bool {
        let fours = (self.groups.iter().enumerate()).all(|(place, (length, _))| {
            *length == 4 || place + 1 == self.groups.len() && *length < 4
        });
        match self.groups.as_slice() {
            [_] => true,
            _ if fours => true,
            // "no 1234567890123" is an order's number.
            [(2, 0), checks, rest @ ..] => *checks == (2, 2) && rest.iter().all(is_like_a_bank),
            all => all.iter().all(is_like_a_bank),
        }
    }

    /// Whether the check digits fit: with the first four characters at the end and letters as 10 to
    /// 35, the number leaves 1 when it is divided by 97.
    fn checks(&self) -> bool {
        let (head, tail) = self.characters.split_at(4.min(self.characters.len()));
        let rest = tail.iter().chain(head).fold(0_u32, |rest, (character, _)| {
            let value = char::from(*character).to_digit(36).unwrap_or_default();
            (rest * if value > 9 { 100 } else { 10 } + value) % 97
        });
        rest == 1
    }
}

fn is_like_a_bank((characters, digits): &(usize, usize)) -> bool {
    *digits > 0 || *characters == 4
}

/// A letter as a capital of ASCII, a digit as one of ASCII.
fn folded(c: char) -> Option<u8> {
    let code = u32::from(c);
    let plain = match code {
        0xFF21..=0xFF3A => code - 0xFF21 + u32::from(b'A'),
        0xFF41..=0xFF5A => code - 0xFF41 + u32::from(b'A'),
        _ if c.is_ascii_alphabetic() => u32::from(c.to_ascii_uppercase()),
        _ => u32::from(digit::value(c)?) + u32::from(b'0'),
    };
    u8::try_from(plain).ok()
}
