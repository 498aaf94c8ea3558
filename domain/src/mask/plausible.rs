//! Whether a word looks like a secret rather than like one of a sentence.

use std::sync::LazyLock;

use regex::Regex;

use super::{BULLET, pattern::compiled};

/// What stands after "password:" without being one: what happened to it, and what forms show.
const NO_SECRETS: &[&str] = &[
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "text",
    "required",
    "optional",
    "invalid",
    "incorrect",
    "wrong",
    "forgotten",
    "forgot",
    "reset",
    "change",
    "changed",
    "unknown",
    "empty",
    "missing",
    "expired",
    "hidden",
    "redacted",
    "masked",
    "removed",
    "here",
    "below",
    "above",
    "same",
    "yours",
    "mine",
    "this",
    "that",
    "help",
    "please",
    "thanks",
    "problem",
    "problems",
    "issue",
    "error",
    "failed",
    "failure",
    "password",
    "token",
    "secret",
    "urgent",
    "value",
    "example",
    "correct",
    "accepted",
    "rejected",
    "denied",
    "locked",
    "blocked",
    "lost",
    "unbekannt",
    "falsch",
    "vergessen",
    "ungültig",
    "abgelaufen",
    "geändert",
    "leer",
    "fehlt",
    "hier",
    "unten",
    "oublié",
    "incorrecto",
    "incorrecta",
    "olvidada",
    "olvidé",
    "perdida",
    "inválida",
    "invalide",
    "perdu",
    "esquecida",
    "errata",
    "dimenticata",
    "sbagliata",
];

/// The fewest letters of a password that is a plain word.
const PLAIN_WORD: usize = 4;

/// The fewest characters of a key or token.
const MADE: usize = 8;

/// The fewest characters of a key or token without any digit.
const MADE_OF_LETTERS: usize = 16;

/// Whether a value given as a password looks like one; `after` is what follows it. A plain word does
/// where its line ends with it or a program's list goes on, digits do from four on, and anything mixed.
pub(super) fn is_chosen(value: &str, after: &str) -> bool {
    if is_other(value) {
        return false;
    }
    let plain = value
        .chars()
        .all(|c| c.is_alphabetic() || c == BULLET || "-'’".contains(c));
    if plain {
        let rest = after.trim_start_matches(|c: char| ".,;:!)]}\"'`*»”".contains(c));
        let ends = rest.is_empty() || rest.starts_with(['\n', '\r', '&', '<']);
        return (ends || is_in_a_list(after)) && value.chars().count() >= PLAIN_WORD;
    }
    is_number(value) || is_mixed(value, PLAIN_WORD)
}

/// Whether what follows a value is what programs write: a closing quote, a sign between values, or
/// after a comma the next name. Sentences have commas as well.
fn is_in_a_list(after: &str) -> bool {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r#"\A,\s{0,3}(?:[\w.-]{1,40}\s?=|"[\w .-]{1,40}"\s?:|'[\w .-]{1,40}'\s?[:=])"#)
    });
    after.starts_with(['"', '\'', ';'])
        || after.trim_start_matches(' ').starts_with('|')
        || NEXT.is_match(after)
}

/// Whether a value given as a key or token looks like one.
pub(super) fn is_made(value: &str) -> bool {
    let length = value.chars().count();
    let one_word = !value.contains(char::is_whitespace);
    !is_other(value)
        && one_word
        && length >= MADE
        && (is_mixed(value, MADE) || is_number(value) || length >= MADE_OF_LETTERS)
}

/// Whether a value, or a word of it, has at least `shortest` characters, and digits among letters or
/// signs that are rare in sentences.
pub(super) fn is_mixed(value: &str, shortest: usize) -> bool {
    !is_other(value)
        && value.split_whitespace().any(|word| {
            let letters = word.chars().any(char::is_alphabetic);
            let digits = word.chars().any(|c| c.is_numeric() || c == BULLET);
            let signs = (word.chars().rev().skip_while(|c| "!?".contains(*c)))
                .any(|c| "!#$%&*+=?@\\^_|~".contains(c));
            word.chars().count() >= shortest && (letters && (digits || signs) || digits && signs)
        })
}

/// Four digits and more, nothing else.
fn is_number(value: &str) -> bool {
    value.chars().count() >= 4 && value.chars().all(|c| c.is_numeric() || c == BULLET)
}

/// Whether a value is known to be no secret: a word that stands for none, a blank to fill in, an
/// address, or a reference such as SUP-00001.
fn is_other(value: &str) -> bool {
    let plain = value
        .trim_matches(|c: char| !c.is_alphanumeric() && c != BULLET)
        .to_lowercase();
    let blank = plain.chars().all(|c| c == 'x' || c == BULLET);
    let placeholder = value.starts_with(['<', '{', '[', '(', '%'])
        || value.starts_with("${")
        || value.starts_with("$(");
    let address = value.contains("://") || plain.starts_with("www.") || is_mail_address(value);
    blank || placeholder || address || is_reference(value) || NO_SECRETS.contains(&plain.as_str())
}

/// A few capitals, a dash and a number.
fn is_reference(value: &str) -> bool {
    value.split_once('-').is_some_and(|(letters, number)| {
        (1..=4).contains(&letters.len())
            && letters.chars().all(|c| c.is_ascii_uppercase())
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// A mail address of a host with a usual name: passwords have an `@` too.
fn is_mail_address(value: &str) -> bool {
    let top = value.rsplit('.').next().unwrap_or_default();
    crate::text::is_email(value) && top.len() >= 2 && top.chars().all(|c| c.is_ascii_lowercase())
}
