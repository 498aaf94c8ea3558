//! Patterns that are part of the program.

use regex::Regex;

/// A pattern of this module, ready for use.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test of this module compiles them all"
)]
pub(super) fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that compiles")
}
