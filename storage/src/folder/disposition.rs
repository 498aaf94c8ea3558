//! The header that says under which name a browser saves a file (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the `attr-char` of RFC 8187.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `Content-Disposition` for a file called `name`, which may be any text. Those who cannot read
/// `filename*` get a name of plain letters.
pub(super) fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let name = if name.is_empty() { "file" } else { name };
    let plain: String = name.chars().map(plain).collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    let encoded = utf8_percent_encode(name, ENCODED);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// A character that means nothing in a header or a path, nor is `%`, which some decode.
fn plain(c: char) -> char {
    let harmless = c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/' | '%');
    if harmless || c == ' ' { c } else { '_' }
}
