//! Errors in words for the log.

use std::error::Error;

use domain::causes;

/// The longest text of an error, in characters.
const MAX: usize = 600;

/// An error with its causes, each said once, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    one_line(&causes(error))
}

/// What somebody else said, fit for a line of the log.
pub(crate) fn one_line(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MAX).map(line).collect()
}
