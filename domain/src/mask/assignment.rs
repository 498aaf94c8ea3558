//! Secrets that a text names: `password: hunter2`, `api_key = "…"`.
//!
//! People also write about passwords ("my password: how do I change it?"), so the value has to look
//! like one. What is given after "is" and the like must look so still more.

use std::sync::LazyLock;

use regex::Regex;

use super::{cover::Span, gap::Gap, pattern::compiled, plausible};

/// What people choose and remember.
const CHOSEN: &str = concat!(
    r"pass[-_ ]?(?:word|wort|phrase|code)|passwd|passwort|kennwort|passw|pwd|pswd|",
    r"mot de passe|mdp|contrase(?:ñ|n)a|clave de acceso|senha|palavra-passe|parola d'ordine|",
    r"wachtwoord|hasło|haslo|heslo|пароль|parola|(?:ş|s)ifre|lösenord|passord|adgangskode|salasana|",
    r"jelszó|mật khẩu|كلمة المرور|كلمة السر|סיסמה|סיסמא|密码|密碼|パスワード|비밀번호|รหัสผ่าน",
);

/// What programs make.
const MADE: &str = concat!(
    r"api[-_ ]?key|apikey|(?:client|app|shared|consumer)[-_ ]?secret|secret[-_ ]?(?:access[-_ ]?)?key|",
    r"secret|access[-_ ]?key|private[-_ ]?key|account[-_ ]?key|auth[-_ ]?key|",
    r"(?:access|refresh|auth|id|session|bearer|bot)[-_ ]?token|token",
);

/// The name, then what stands between it and the value.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        concat!(
            r#"(?i)(?:(?P<chosen>{chosen})|(?P<made>{made}))(?P<quote>["'`*”»]{{0,3}})(?: ?\([^()\n]{{1,30}}\))?"#,
            r#"(?:\s{{0,3}}(?P<equals>:=|=>|=|:|：)|(?P<is> (?:is now|is|was|ist|lautet|est|es|é|è|jest|هو|هي):?)(?:\s))"#,
            r#"[ \t\xA0*]{{0,5}}\n?[ \t]{{0,5}}"#,
        ),
        chosen = CHOSEN,
        made = MADE,
    ))
});

/// How far the end of a value in quotes is looked for, in bytes.
const LONGEST: usize = 4_096;

/// How much of a value tells whether it is a secret, in characters.
const TELLING: usize = 128;

/// The values, whole.
pub(super) fn find(text: &str) -> Vec<Span> {
    let mut values: Vec<Span> = Vec::new();
    for found in NAME.captures_iter(text) {
        let Some(name) = found.get(0) else { continue };
        // What is hidden already needs no second look.
        if values.last().is_some_and(|value| name.start() < value.end) {
            continue;
        }
        let before = text.get(..name.start()).and_then(|t| t.chars().next_back());
        if found.name("made").is_some() && before.is_some_and(|c| c.is_lowercase()) {
            // "mytoken" is a name, "Betoken" is a word; capitals begin a new one: "apiToken".
            let first = text.get(name.start()..).and_then(|t| t.chars().next());
            if !first.is_some_and(char::is_uppercase) {
                continue;
            }
        }
        let rest = text.get(name.end()..).unwrap_or_default();
        let sign = found.name("equals").map(|sign| sign.as_str());
        let quoted = quoted(rest);
        let (offset, whole) = quoted.unwrap_or_else(|| (0, word(beginning(rest), sign)));
        let (value, after) = (
            beginning(whole),
            rest.get(offset + whole.len()..).unwrap_or_default(),
        );
        let fits = if found.name("is").is_some() {
            plausible::is_mixed(value, 6)
        } else if found.name("made").is_some() {
            plausible::is_made(value)
        } else {
            plausible::is_chosen(value, after)
        };
        if fits && !begins_a_number(value, after) {
            let start = name.end() + offset;
            let length = match quoted {
                Some(_) => whole.len(),
                None => word(rest, sign).len(),
            };
            values.push(start..start + length);
        }
    }
    values
}

/// As much of a text as tells whether it is a secret.
fn beginning(text: &str) -> &str {
    (text.char_indices().nth(TELLING))
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

/// The value in quotes that `rest` begins with, and how many bytes stand before it.
fn quoted(rest: &str) -> Option<(usize, &str)> {
    let first = rest.chars().next()?;
    let closing = closing(first)?;
    let inner = rest.get(first.len_utf8()..rest.floor_char_boundary(LONGEST))?;
    let end = inner.find(['\n', closing])?;
    let value = inner.get(..end)?;
    (inner.get(end..)?.starts_with(closing)).then_some((first.len_utf8(), value))
}

/// The first word of `rest`, without the signs of a sentence after it. After `=` it ends where a
/// value of an URL or of a program does.
fn word<'a>(rest: &'a str, sign: Option<&str>) -> &'a str {
    let ends = |c: char| {
        let signs: &[char] = match sign {
            Some("=") => &['&', ';', ',', '"', '\'', '<', '>'],
            _ => &['"', '<', '>'],
        };
        c.is_whitespace() || signs.contains(&c)
    };
    let word = rest.split(ends).next().unwrap_or_default();
    word.trim_end_matches(|c| ".,;:)]}'`*".contains(c))
}

/// What closes what a quote opens.
fn closing(quote: char) -> Option<char> {
    match quote {
        '"' | '\'' | '`' => Some(quote),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        '「' => Some('」'),
        _ => None,
    }
}

/// Whether a value of digits goes on after a blank, as a card number does: the detectors for numbers
/// see to that.
fn begins_a_number(value: &str, after: &str) -> bool {
    let mut gap = Gap::default();
    let mut digits_only = value.chars().all(char::is_numeric);
    for c in after.chars().take(super::gap::MAX_GAP + 1) {
        if c.is_numeric() {
            return digits_only && gap.joins();
        }
        gap.push(c);
        digits_only &= c != '\n';
    }
    false
}
