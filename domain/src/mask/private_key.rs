//! Private keys as programs write them, between two lines that say so (RFC 7468).

use std::sync::LazyLock;

use regex::Regex;

use super::{cover::Span, pattern::compiled};

/// How long a block can be, in bytes. One of RSA with 16,384 bits has about 13,000.
const LONGEST: usize = 20_000;

/// How long a word is at least that belongs to a key without an end, in bytes.
const SHORTEST_LINE: usize = 24;

static BEGIN: LazyLock<Regex> =
    LazyLock::new(|| compiled("-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"));

static END: LazyLock<Regex> =
    LazyLock::new(|| compiled("-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"));

/// The whole of each key, with its first and last line.
pub(super) fn find(text: &str) -> Vec<Span> {
    let ends: Vec<usize> = END.find_iter(text).map(|end| end.end()).collect();
    let mut keys: Vec<Span> = Vec::new();
    for begin in BEGIN.find_iter(text) {
        if keys.last().is_some_and(|key| begin.start() < key.end) {
            continue;
        }
        let next = ends.partition_point(|end| *end <= begin.end());
        let end = (ends.get(next).copied())
            .filter(|end| end - begin.start() <= LONGEST)
            .unwrap_or_else(|| begin.end() + cut_off(text.get(begin.end()..).unwrap_or_default()));
        keys.push(begin.start()..end);
    }
    keys
}

/// How much of a text belongs to a key whose last line is missing: the words in base64.
fn cut_off(text: &str) -> usize {
    let mut end = 0;
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let word = trimmed
            .split(char::is_whitespace)
            .next()
            .unwrap_or_default();
        let in_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=\\".contains(c);
        if word.len() < SHORTEST_LINE || !word.chars().all(in_base64) {
            return end;
        }
        let length = rest.len() - trimmed.len() + word.len();
        end += length;
        rest = rest.get(length..).unwrap_or_default();
    }
}
