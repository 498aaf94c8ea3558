//! What is text, and what is a page.

use super::HEAD;

/// The tags that pages begin with: those of the MIME Sniffing standard, and some more.
const TAGS: [&str; 30] = [
    "a", "b", "base", "body", "br", "center", "div", "embed", "font", "form", "frameset", "h1",
    "head", "html", "iframe", "img", "input", "link", "math", "meta", "object", "p", "script",
    "style", "svg", "table", "template", "title", "video", "xml",
];

/// Whether `head` is text: UTF-8, UTF-16 that says so, or one of the old encodings of one byte each,
/// without what the MIME Sniffing standard calls binary data bytes. The last character may be cut off
/// where [`HEAD`] ends.
pub(super) fn is_text(head: &[u8]) -> bool {
    decoded(head).is_some_and(|text| !text.chars().any(is_binary))
}

/// What kind of page or drawing `head` begins, if it does. Browsers look past white space, and so does
/// this.
pub(super) fn markup(head: &[u8]) -> Option<&'static str> {
    let text = decoded(head).unwrap_or_else(|| String::from_utf8_lossy(head).into_owned());
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let rest = text.strip_prefix('<')?;
    if rest.starts_with('?') {
        return Some("text/xml");
    }
    if rest.starts_with('!') {
        return Some("text/html");
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
    let tag = rest.get(..end?)?.to_ascii_lowercase();
    let is_page = TAGS.contains(&tag.as_str());
    let drawing = tag == "svg";
    is_page.then_some(if drawing {
        "image/svg+xml"
    } else {
        "text/html"
    })
}

fn decoded(head: &[u8]) -> Option<String> {
    let cut = head.len() >= HEAD;
    match head {
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes, cut),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes, cut),
        _ => match str::from_utf8(head) {
            Ok(text) => Some(text.to_owned()),
            Err(error) if cut && error.error_len().is_none() => {
                let (text, _) = head.split_at_checked(error.valid_up_to())?;
                String::from_utf8(text.to_vec()).ok()
            }
            // One of the old encodings of one byte each: tables are still saved so.
            Err(_) if infer::get(head).is_none() => {
                Some(head.iter().copied().map(char::from).collect())
            }
            Err(_) => None,
        },
    }
}

/// UTF-16.
fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16, cut: bool) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    if cut {
        // The first half of a pair whose second half is not in sight.
        units.pop_if(|last| (0xd800..0xdc00).contains(last));
    } else if !odd.is_empty() {
        return None;
    }
    String::from_utf16(&units).ok()
}

fn is_binary(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b' | '\x0e'..='\x1a' | '\x1c'..='\x1f')
}
