//! Passwords, keys and tokens: those that show by their own form, and those that a text names.

use super::{assignment, cover::Span, credential, private_key};

/// How long a secret is at least whose end stays, in characters.
const LONG: usize = 20;

/// How many characters of a long one stay.
const SHOWN: usize = 4;

/// The parts to hide: all of a short secret, and all but the last four characters of a long one.
pub(super) fn find(text: &str) -> Vec<Span> {
    private_key::find(text)
        .into_iter()
        .chain(credential::find(text))
        .chain(assignment::find(text))
        .filter_map(|secret| {
            let value = text.get(secret.clone())?;
            let shown = if value.chars().count() < LONG {
                0
            } else {
                value.chars().rev().take(SHOWN).map(char::len_utf8).sum()
            };
            Some(secret.start..secret.end - shown)
        })
        .collect()
}
