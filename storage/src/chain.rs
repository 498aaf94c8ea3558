//! Errors in words for the log.

use std::error::Error;

/// The longest text of an error, in characters.
const MAX: usize = 600;

/// An error with its causes, each said once, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    one_line(&text)
}

/// What somebody else said, fit for a line of the log.
pub(crate) fn one_line(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MAX).map(line).collect()
}
