//! Text that people send, checked before it goes anywhere.

use crate::{Error, Result, UserError, UserErrorCode};

/// The longest subject, in characters.
pub const MAX_SUBJECT: usize = 200;
/// The longest description, message or note, in characters.
pub const MAX_BODY: usize = 20_000;
/// The longest name, address, tag and the like, in characters.
pub const MAX_WORD: usize = 200;
/// How many tags, co-assignees or links one ticket can have.
pub const MAX_LIST: usize = 20;

/// Collects what is wrong with an input, so that a person sees all of it at once.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<UserError>,
}

impl Check {
    /// Notes a problem with `field`.
    pub fn fail(&mut self, code: UserErrorCode, field: &[&str], message: impl Into<String>) {
        self.errors.push(UserError::new(code, field, message));
    }

    /// Whether a problem was noted.
    pub fn has_failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// One line that must not be empty; surrounding white space is dropped.
    pub fn line(&mut self, value: &str, field: &[&str], max: usize) -> String {
        let value = value.trim();
        if value.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
            let name = field.join(".");
            self.fail(
                UserErrorCode::Invalid,
                field,
                format!("`{name}` must be a single line. Put the rest into the description."),
            );
        }
        self.text(value, field, max)
    }

    /// One line that may be left out; an empty one counts as left out.
    pub fn optional_line(
        &mut self,
        value: Option<&str>,
        field: &[&str],
        max: usize,
    ) -> Option<String> {
        let value = value.filter(|value| !value.trim().is_empty())?;
        Some(self.line(value, field, max))
    }

    /// Text of several lines that must not be empty; surrounding white space is dropped.
    pub fn text(&mut self, value: &str, field: &[&str], max: usize) -> String {
        let value = value.trim();
        let name = field.join(".");
        let length = value.chars().count();
        if value.is_empty() {
            self.fail(
                UserErrorCode::Required,
                field,
                format!("`{name}` is empty. Please fill it in."),
            );
        } else if length > max {
            self.fail(
                UserErrorCode::TooLong,
                field,
                format!(
                    "`{name}` has {length} characters, at most {max} are possible. Shorten it."
                ),
            );
        }
        if value
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.fail(
                UserErrorCode::Invalid,
                field,
                format!("`{name}` holds control characters that cannot be shown. Remove them."),
            );
        }
        value.to_owned()
    }

    /// Text of several lines that may be left out.
    pub fn optional_text(
        &mut self,
        value: Option<&str>,
        field: &[&str],
        max: usize,
    ) -> Option<String> {
        let value = value.filter(|value| !value.trim().is_empty())?;
        Some(self.text(value, field, max))
    }

    /// Tags: lower case, sorted, each once.
    pub fn tags(&mut self, values: &[String], field: &[&str]) -> Vec<String> {
        let mut tags: Vec<String> = values
            .iter()
            .map(|value| self.line(value, field, 50).to_lowercase())
            .collect();
        tags.sort_unstable();
        tags.dedup();
        self.length(tags.len(), field);
        tags
    }

    /// A list that must not be longer than [`MAX_LIST`].
    pub fn length(&mut self, length: usize, field: &[&str]) {
        if length > MAX_LIST {
            let name = field.join(".");
            self.fail(
                UserErrorCode::TooLong,
                field,
                format!("`{name}` has {length} entries, at most {MAX_LIST} are possible."),
            );
        }
    }

    /// An e-mail address, as far as can be told without writing to it.
    pub fn email(&mut self, value: Option<&str>, field: &[&str]) -> Option<String> {
        let value = self.optional_line(value, field, 254)?;
        if !is_email(&value) {
            self.fail(
                UserErrorCode::Invalid,
                field,
                "This is not an e-mail address. Write it like name@example.com.",
            );
        }
        Some(value)
    }

    /// Passes if nothing was wrong.
    ///
    /// # Errors
    /// [`Error::User`] with everything that was.
    pub fn finish(self) -> Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::User(self.errors))
        }
    }
}

/// Passes for text that can be looked for: of sane length, and without NUL, which PostgreSQL takes
/// in no text.
///
/// # Errors
/// `BadInput` that names the argument.
pub fn check_wanted(value: &str, argument: &str) -> Result<()> {
    if value.chars().count() > MAX_WORD {
        return Err(Error::BadInput(format!(
            "`{argument}` can have at most {MAX_WORD} characters. Look for fewer words."
        )));
    }
    if value.contains('\0') {
        return Err(Error::BadInput(format!(
            "`{argument}` holds a character that no text here has (NUL). Remove it."
        )));
    }
    Ok(())
}

/// Whether a text has the form of an e-mail address: one @ with something around it and no blanks.
pub fn is_email(value: &str) -> bool {
    let plain = !value
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"".contains(c));
    let parts = value.rsplit_once('@');
    plain
        && parts.is_some_and(|(name, host)| {
            !name.is_empty()
                && !name.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(check: Check) -> Vec<UserErrorCode> {
        check.errors.into_iter().map(|error| error.code).collect()
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let mut check = Check::default();
        check.line(" ", &["subject"], 5);
        check.line("a\nb", &["subject"], 5);
        check.text("abcdef", &["body"], 5);
        check.text("a\0b", &["body"], 5);
        assert_eq!(
            codes(check),
            [
                UserErrorCode::Required,
                UserErrorCode::Invalid,
                UserErrorCode::TooLong,
                UserErrorCode::Invalid
            ]
        );
    }

    #[test]
    fn tags_are_folded_and_counted() {
        let mut check = Check::default();
        let tags = ["VIP ".to_owned(), "vip".to_owned(), "Äpfel".to_owned()];
        assert_eq!(check.tags(&tags, &["tags"]), ["vip", "äpfel"]);
        assert!(check.finish().is_ok());
    }

    #[test]
    fn addresses() {
        assert!(is_email("a.b+c@example.co"));
        for bad in [
            "",
            "a",
            "@b.c",
            "a@b",
            "a@b.",
            "a b@c.d",
            "a@b@c.d",
            "<a@b.c>",
            "a@b.c\r\nx",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
