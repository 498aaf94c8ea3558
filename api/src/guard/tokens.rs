//! How long a text is in tokens, worked out before the parser sees it.

/// Brackets that may be open at once. The parser goes down one level for each.
const MAX_NESTING: usize = 100;
/// Bytes of a name or number. The engine puts names into its errors, once for each place where
/// something is wrong: a long one in a fragment would fill the memory.
const MAX_WORD: usize = 255;

/// Why a text is not given to the parser.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TooLong {
    Tokens,
    Nesting,
    Word,
}

/// Counts names, numbers, strings and marks, up to `limit`. What is not GraphQL is the parser's to
/// report; here it only has to be bounded.
pub(super) fn check(text: &str, limit: u32) -> Result<(), TooLong> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut nesting) = (0, 0_u32, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => continue,
            b'#' => {
                at += until(&bytes[at..], |byte| byte == b'\n' || byte == b'\r');
                continue;
            }
            b'"' => at += string(&bytes[at..]),
            b'{' | b'(' | b'[' => nesting += 1,
            b'}' | b')' | b']' => nesting = nesting.saturating_sub(1),
            b'.' => at += until(&bytes[at..], |byte| byte != b'.'),
            // The sign of a number begins a word, it never goes on with one: `1-1` is two numbers.
            byte if is_word(byte) || byte == b'-' => {
                let rest = until(&bytes[at..], |byte| !is_word(byte));
                if rest >= MAX_WORD {
                    return Err(TooLong::Word);
                }
                at += rest;
            }
            _ => {}
        }
        tokens += 1;
        if tokens > limit {
            return Err(TooLong::Tokens);
        }
        if nesting > MAX_NESTING {
            return Err(TooLong::Nesting);
        }
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn until(bytes: &[u8], end: impl Fn(u8) -> bool) -> usize {
    let found = bytes.iter().position(|&byte| end(byte));
    found.unwrap_or(bytes.len())
}

/// The length of a string behind its first quotation mark.
fn string(bytes: &[u8]) -> usize {
    if let Some(block) = bytes.strip_prefix(b"\"\"") {
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(b"\\\"\"\"") {
                at += 4;
            } else if rest.starts_with(b"\"\"\"") {
                return 2 + at + 3;
            } else {
                at += 1;
            }
        }
        // The empty string, or a block that has no end.
        return 2;
    }
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'"' | b'\n' | b'\r' => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(text: &str) -> u32 {
        (0..)
            .find(|&limit| check(text, limit) != Err(TooLong::Tokens))
            .unwrap_or_default()
    }

    #[test]
    fn words_strings_and_marks_are_one_each() {
        assert_eq!(count("{ viewer { id } }"), 6);
        assert_eq!(
            count("query($a: Int = -12) { a(b: $a, c: \"x y { \\\" }\") }"),
            21
        );
        assert_eq!(count("{ ...on Ticket { id } # { not counted\n }"), 8);
        assert_eq!(
            count(r#"{ a(b: """one "word" of \""" text""", c: "") }"#),
            11
        );
        assert_eq!(count(""), 0);
    }

    #[test]
    fn numbers_that_touch_each_other_are_one_each() {
        assert_eq!(count("[1-1-1 -1]"), 6);
        assert_eq!(check(&"-1".repeat(5_001), 5_000), Err(TooLong::Tokens));
    }

    #[test]
    fn a_word_has_an_end() {
        assert_eq!(check(&"a".repeat(255), 5_000), Ok(()));
        assert_eq!(check(&"a".repeat(256), 5_000), Err(TooLong::Word));
        assert_eq!(check(&format!("\"{}\"", "a".repeat(256)), 5_000), Ok(()));
    }

    #[test]
    fn nesting_ends_before_the_parser_goes_down() {
        assert_eq!(check(&"[".repeat(101), 5_000), Err(TooLong::Nesting));
        assert_eq!(check(&"[]".repeat(101), 5_000), Ok(()));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_run_on(text in "[\"\\\\.{}()\\[\\] a-c\n#é-]{0,300}") {
            let count = count(&text);
            prop_assert!(usize::try_from(count).unwrap_or(usize::MAX) <= text.len());
        }
    }
}
