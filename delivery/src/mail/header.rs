//! Header lines that hold what people wrote. Nothing that is put in here can end its line.

use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::{
    Address,
    message::header::{HeaderName, HeaderValue},
};

use super::line::{MAX_NAME, one_line};

/// The most bytes of text in one encoded word: with its frame it has 75 characters then (RFC 2047,
/// section 2).
const MAX_WORD: usize = 45;

/// The longest line that is written as it is.
const MAX_PLAIN: usize = 60;

/// A header whose value is written by this module and needs no more encoding.
pub(super) fn header(name: &'static str, value: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)
}

/// One line of text: as it is if every mail program reads it as it is, else as encoded words.
pub(super) fn text(line: &str) -> String {
    let plain = line.len() <= MAX_PLAIN && is_printable(line) && !line.contains("=?");
    if plain {
        line.to_owned()
    } else {
        encoded_words(line)
    }
}

/// An address with the name of whom it belongs to.
pub(super) fn mailbox(name: Option<&str>, address: &Address) -> String {
    let name = one_line(name.unwrap_or_default(), MAX_NAME);
    if name.is_empty() {
        return address.to_string();
    }
    let quotable = name.len() <= MAX_PLAIN
        && is_printable(&name)
        && !name.contains("=?")
        && !name.contains(['"', '\\']);
    if quotable {
        format!("\"{name}\"\r\n <{address}>")
    } else {
        format!("{}\r\n <{address}>", encoded_words(&name))
    }
}

/// Message ids, one a line. What is no message id is left out.
pub(super) fn message_ids<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let ids = ids.filter_map(bare_id).map(|id| format!("<{id}>"));
    ids.collect::<Vec<_>>().join("\r\n ")
}

/// A message id without its angle brackets, if it is one: printable, with something on both sides of
/// its one @.
pub(super) fn bare_id(id: &str) -> Option<&str> {
    let id = id.trim();
    let id = id
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id);
    let (left, right) = id.split_once('@')?;
    let sound = !left.is_empty()
        && !right.is_empty()
        && !right.contains('@')
        && id.len() <= 250
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>\"(),;\\".contains(&b));
    sound.then_some(id)
}

/// Whether a URL can stand in angle brackets in a header.
pub(super) fn is_plain_url(url: &str) -> bool {
    url.len() <= 900
        && (url.starts_with("https://") || url.starts_with("http://"))
        && url
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>,".contains(&b))
}

fn is_printable(line: &str) -> bool {
    line.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

/// The encoded words of a text, one a line. No character is torn apart (RFC 2047, section 5).
fn encoded_words(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in line.chars() {
        if word.len() + c.len_utf8() > MAX_WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_readable() {
        assert_eq!(text("[SUP-00001] Hello"), "[SUP-00001] Hello");
        assert_eq!(text("=?utf-8?Q?x?="), "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?=");
        assert_eq!(text("é"), "=?utf-8?B?w6k=?=");
    }

    #[test]
    fn lines_of_encoded_words_are_short() {
        let words = text(&"👋🏽".repeat(100));
        assert!(words.lines().all(|line| line.trim().len() <= 75), "{words}");
    }

    #[test]
    fn message_ids_that_are_none_are_left_out() {
        let ids = [
            "<a@b>",
            "c@d ",
            "e",
            "f@g\r\nX: y",
            "<h@i> <j@k>",
            "@",
            "é@b",
        ];
        assert_eq!(message_ids(ids.into_iter()), "<a@b>\r\n <c@d>");
    }
}
