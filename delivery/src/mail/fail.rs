//! The ways in which sending a mail fails.

use domain::causes;

use super::line::one_line;
use crate::{Failure, FailureKind};

/// The longest answer of a server that is passed on, in characters.
const MAX_ANSWER: usize = 300;

/// This mail will never be taken.
pub(super) fn refused(text: impl Into<String>) -> Failure {
    failure(FailureKind::Refused, false, text.into())
}

/// No mail is taken now.
pub(super) fn away(text: impl Into<String>) -> Failure {
    failure(FailureKind::Away, false, text.into())
}

/// This mail may have been taken, or not.
pub(super) fn unsure(text: impl Into<String>) -> Failure {
    failure(FailureKind::Later, true, text.into())
}

pub(super) const fn failure(kind: FailureKind, ambiguous: bool, text: String) -> Failure {
    Failure {
        kind,
        ambiguous,
        text,
    }
}

/// What a server said, fit for a line of text.
pub(super) fn answer(text: &str) -> String {
    one_line(text, MAX_ANSWER)
}

/// An error with its causes, each said once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    answer(&causes(error))
}
