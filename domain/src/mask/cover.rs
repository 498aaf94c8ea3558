//! Bullets over the parts of a text that are not to be seen.

use std::ops::Range;

use super::BULLET;

/// A part of a text, in bytes.
pub(super) type Span = Range<usize>;

/// Whether covering `span` changes the text: it holds a letter, a digit or a sign that still shows.
pub(super) fn changes(text: &str, span: &Span) -> bool {
    (text.get(span.clone())).is_some_and(|part| part.chars().any(|c| shown(c) != c))
}

/// The text with bullets over `spans`, which may overlap. Blanks and line breaks stay.
pub(super) fn cover(text: &str, mut spans: Vec<Span>) -> String {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut covered = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for span in spans {
        let start = span.start.max(done);
        let (Some(before), Some(part)) = (text.get(done..start), text.get(start..span.end)) else {
            continue;
        };
        covered.push_str(before);
        covered.extend(part.chars().map(shown));
        done = span.end;
    }
    covered.push_str(text.get(done..).unwrap_or_default());
    covered
}

/// What `spans` take up, in order, none over another.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// What is shown for a covered character.
fn shown(c: char) -> char {
    if c.is_whitespace() { c } else { BULLET }
}
