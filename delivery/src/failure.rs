//! Why something was not delivered.

/// An attempt to deliver that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// What it means for the next attempt.
    pub kind: FailureKind,
    /// Whether it may have arrived all the same: the answer was lost, not the message.
    pub ambiguous: bool,
    /// What happened, for staff. It names no secret.
    pub text: String,
}

/// What a failure means for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// This will never be taken: an address that does not exist, a message that is refused.
    Refused,
    /// This was not taken now and may be later; others may be taken meanwhile.
    Later,
    /// Nothing can be delivered at the moment: the service cannot be reached, or refuses everything.
    Away,
}

/// Why delivery cannot begin, in words for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);
