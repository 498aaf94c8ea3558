//! Stretches of a text that are known to be something else, although digits stand in them: dates,
//! times, addresses of computers, UUIDs and digests. No card number and no IBAN has a part in them.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    cover::{self, Span},
    pattern::compiled,
};

/// How many characters the usual digests have in hexadecimal, from MD5 to SHA-512.
const DIGESTS: &[usize] = &[32, 40, 48, 56, 64, 96, 128];

/// How many letters a digest has at least. A random one of 32 characters has fewer in one of 300.
const DIGEST_LETTERS: usize = 6;

/// A time of day, down to parts of a second.
const TIME: &str = "(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?)";

/// Four-digit years of our time, and a time of day after the date.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let day = "(?:3[01]|[12][0-9]|0?[1-9])";
    let month = "(?:1[0-2]|0?[1-9])";
    let year = "(?:19|20)[0-9]{2}";
    let dates = ["[.]", "-", "/"].map(|s| {
        format!("{day}{s}{month}{s}{year}|{month}{s}{day}{s}{year}|{year}{s}{month}{s}{day}")
    });
    compiled(&format!("(?:{})(?:[ ,T]{{1,3}}{TIME})?", dates.join("|")))
});

/// Times of day, two at least: when a shop is open.
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| compiled(&format!("{TIME}(?:[ ,;/–-]{{1,3}}{TIME})+")));

/// IPv4 addresses, and a port after them.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let part = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    compiled(&format!("{part}(?:[.]{part}){{3}}(?::[0-9]{{1,5}})?"))
});

static DIGEST: LazyLock<Regex> = LazyLock::new(|| compiled("[0-9A-Fa-f]{32,}"));

static UUID: LazyLock<Regex> =
    LazyLock::new(|| compiled("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"));

/// French establishments' numbers, which have Luhn's check digit too, after their name.
static SIRET: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bsiret\b(?:[\s:=#.]|n°|nº|no\b|nr\b|num[ée]ro|number|est\b|is\b){0,6}(?P<number>[0-9]{3} ?[0-9]{3} ?[0-9]{3} ?[0-9]{5})",
    )
});

/// A fraction as programs compute it.
static FRACTION: LazyLock<Regex> = LazyLock::new(|| compiled("[0-9]{1,3}[.][0-9]{13,}"));

/// The stretches, in order.
pub(super) fn find(text: &str) -> Vec<Span> {
    let dates = (DATE.find_iter(text)).filter(|found| {
        let sign = found.as_str().chars().find(|c| !c.is_ascii_digit());
        stands_alone(text, &found.range(), |c| Some(c) == sign || c == ':')
    });
    let times =
        (TIMES.find_iter(text)).filter(|found| stands_alone(text, &found.range(), |c| c == ':'));
    // Four single digits may be part of a number whose digits stand one by one.
    let addresses = (ADDRESS.find_iter(text))
        .filter(|found| found.as_str().split(['.', ':']).any(|part| part.len() > 1))
        .filter(|found| stands_alone(text, &found.range(), |c| c == '.' || c == ':'));
    let digests = (DIGEST.find_iter(text))
        .filter(|found| is_digest(found.as_str()))
        .chain(UUID.find_iter(text))
        .filter(|found| stands_alone(text, &found.range(), |_| false));
    let fractions =
        (FRACTION.find_iter(text)).filter(|found| stands_alone(text, &found.range(), |c| c == '.'));
    let establishments = (SIRET.captures_iter(text))
        .filter_map(|found| found.name("number"))
        .filter(|found| stands_alone(text, &found.range(), |_| false));
    let spans = dates
        .chain(times)
        .chain(addresses)
        .chain(digests)
        .chain(fractions)
        .chain(establishments)
        .map(|found| found.range());
    cover::merged(spans.collect())
}

/// Whether neither neighbour of a stretch goes on with it: no letter, no digit and, but for the end
/// of a sentence, none of its own signs.
fn stands_alone(text: &str, span: &Span, sign: impl Fn(char) -> bool) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || sign(c);
    let before = text.get(..span.start).and_then(|t| t.chars().next_back());
    let mut after = text.get(span.end..).unwrap_or_default().chars();
    let ends = match after.next() {
        Some(c) if sign(c) => !after.next().is_some_and(char::is_alphanumeric),
        Some(c) => !c.is_alphanumeric(),
        None => true,
    };
    ends && !before.is_some_and(goes_on)
}

/// Whether a word in hexadecimal has the length of a digest, and its letters.
fn is_digest(word: &str) -> bool {
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    DIGESTS.contains(&word.len()) && letters >= DIGEST_LETTERS
}
