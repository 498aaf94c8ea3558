//! Office Open XML documents: ZIP archives that `infer` takes for plain ones if their first parts are
//! long or in an order of their own.

use super::{DOCX, PPTX, XLSX};

const ENTRY: &[u8] = b"PK\x03\x04";

/// Where each kind of document keeps its parts.
const FOLDERS: [(&[u8], &str); 3] = [(b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX)];

/// What all kinds may begin with.
const BEGINNINGS: [&[u8]; 4] = [
    b"[Content_Types].xml",
    b"_rels/.rels",
    b"customXml/",
    b"docProps/",
];

/// Which kind of document begins with `head`, if a part of it is in sight that tells.
pub(super) fn kind(head: &[u8]) -> Option<&'static str> {
    let mut names = names(head).peekable();
    let begins = |name: &&[u8]| {
        let folders = FOLDERS.iter().map(|(folder, _)| *folder);
        let mut known = folders.chain(BEGINNINGS);
        known.any(|known| name.starts_with(known))
    };
    names.peek().filter(|name| begins(name))?;
    names.find_map(|name| {
        let found = FOLDERS
            .iter()
            .find(|(folder, _)| name.starts_with(folder))?;
        Some(found.1)
    })
}

/// Whether `head` may be of the announced kind: it begins as all kinds do, and no part is in sight that
/// tells which it is.
pub(super) fn may_be(announced: &str, head: &[u8]) -> bool {
    [DOCX, PPTX, XLSX].contains(&announced)
        && kind(head).is_none()
        && names(head)
            .next()
            .is_some_and(|name| BEGINNINGS.iter().any(|known| name.starts_with(known)))
}

/// The names of the entries that begin within `head`; none, if it is no archive.
fn names(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let head = if head.starts_with(ENTRY) { head } else { &[] };
    let entries = head.windows(ENTRY.len()).enumerate();
    entries
        .filter(|(_, bytes)| *bytes == ENTRY)
        .filter_map(|(at, _)| {
            let length = head.get(at + 26..at + 28)?;
            let length = u16::from_le_bytes(length.try_into().ok()?);
            let name = at + 30;
            head.get(name..name + usize::from(length))
        })
}
