//! Text of people made fit for one line of a mail.

/// The longest subject, in characters.
pub(super) const MAX_SUBJECT: usize = 200;

/// The longest name, in characters.
pub(super) const MAX_NAME: usize = 200;

/// `text` as one line of at most `max` characters. Line breaks and control characters become blanks,
/// blanks in a row become one, and characters that turn around how the rest of the line reads are left
/// out. No more of a long text is looked at than is needed.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let (mut length, mut blank) = (0, false);
    for c in text.chars().filter(|c| !turns_around(*c)) {
        if c.is_whitespace() || c.is_control() {
            blank = length > 0;
            continue;
        }
        if blank {
            if length + 1 >= max {
                break;
            }
            line.push(' ');
            length += 1;
            blank = false;
        }
        if length == max {
            break;
        }
        line.push(c);
        length += 1;
    }
    line
}

/// Text of several lines: line breaks are `\n`, and what cannot be shown is left out.
pub(super) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// The embeddings, overrides and isolates of Unicode's bidirectional algorithm. One that is not closed
/// would go on in what follows the text.
fn turns_around(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn breaks_and_blanks_become_one_blank() {
        assert_eq!(
            one_line(" a\r\nBcc: x\u{2028}b\u{2029}\0\t c ", 99),
            "a Bcc: x b c"
        );
        assert_eq!(
            one_line("\u{202E}olleh\u{202C} \u{2067}x\u{2069}", 99),
            "olleh x"
        );
        assert_eq!(one_line("שלום 👋🏽 世界", 99), "שלום 👋🏽 世界");
        assert_eq!(one_line("ab cd", 3), "ab");
        assert_eq!(one_line("ab cd", 4), "ab c");
        assert_eq!(one_line("", 4), "");
    }

    #[test]
    fn lines_keep_their_breaks() {
        assert_eq!(lines("a\r\nb\rc\n\td\0\u{7}"), "a\nb\nc\n\td");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_not_longer(text in any::<String>(), max in 1_usize..50) {
            let line = one_line(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.chars().any(|c| c.is_control() || turns_around(c)));
            let separators = line.matches(['\u{2028}', '\u{2029}']).count();
            prop_assert_eq!(separators, 0);
            prop_assert_eq!(one_line(&line, max), line);
        }
    }
}
