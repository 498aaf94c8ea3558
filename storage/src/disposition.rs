//! What a browser does with a file, and the name that it saves it under.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 8187 calls `attr-char`.
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

/// A Content-Disposition (RFC 6266): shown in the page if `inline`, else saved, as `file_name`. Any
/// name survives, and none ends the header: those who know only `filename` get one in plain ASCII.
pub(crate) fn disposition(file_name: &str, inline: bool) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    if file_name.is_empty() {
        return kind.to_owned();
    }
    let plain: String = file_name.chars().map(plain).collect();
    let exact = utf8_percent_encode(file_name, ENCODED);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// A character as it may stand between quotes, however it is read: some readers take a `%` for an
/// escape, and a `\` is one.
fn plain(character: char) -> char {
    match character {
        '"' | '%' | '/' | '\\' => '_',
        ' '..='~' => character,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_for_old_and_new_readers() {
        assert_eq!(
            disposition("Grüße.pdf", false),
            "attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf"
        );
        assert_eq!(
            disposition("a b.png", true),
            "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png"
        );
        assert_eq!(
            disposition("x\"\r\nSet-Cookie: a=b; \\..%41", false),
            "attachment; filename=\"x___Set-Cookie: a=b; _.._41\"; \
             filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20a%3Db%3B%20%5C..%2541"
        );
        assert_eq!(disposition("", false), "attachment");
    }

    proptest! {
        #[test]
        fn any_name_survives(name in "(?s).{1,80}", inline: bool) {
            let header = disposition(&name, inline);
            prop_assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{header}");
            prop_assert!(HeaderValue::from_str(&header).is_ok());
            let mut parts = header.splitn(2, "; filename=\"");
            prop_assert_eq!(parts.next(), Some(if inline { "inline" } else { "attachment" }));
            // The first quote ends the plain name, and then comes the exact one, to the end.
            let (plain, exact) = parts.next().unwrap().split_once('"').unwrap();
            prop_assert_eq!(plain.chars().count(), name.chars().count());
            prop_assert!(!plain.contains('\\'));
            let exact = exact.strip_prefix("; filename*=UTF-8''").unwrap();
            prop_assert!(exact.bytes().all(|byte| byte.is_ascii_alphanumeric()
                || b"!#$&+-.^_`|~%".contains(&byte)));
            prop_assert_eq!(percent_decode_str(exact).decode_utf8().unwrap(), name);
        }
    }
}
