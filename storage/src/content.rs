//! What a file is by its first bytes, whatever it is called.

use domain::attachment::Refusal;

/// How many of the first bytes are looked at.
pub(crate) const HEAD: usize = 8 << 10;

/// Why a file that begins with `head` (all of it, or [`HEAD`] bytes) is not of the announced type.
pub(crate) fn refusal(announced: &str, head: &[u8]) -> Option<Refusal> {
    let found = infer::get(head).map(|kind| kind.mime_type());
    (found != Some(announced)).then(|| Refusal::WrongType {
        announced: announced.to_owned(),
        found: found.map(str::to_owned),
    })
}
