//! Secrets that a text names: `password: hunter2`, `api_key = "…"`.
//!
//! People also write about passwords ("my password: how do I change it?"), so the value has to look
//! like one. What is given after "is" and the like must look so still more.

use std::sync::LazyLock;

use regex::Regex;

use super::{cover::Span, gap::Gap, issuer::SHORTEST, pattern::compiled, plausible};

/// What people choose and remember.
const CHOSEN: &str = concat!(
    r"pass[-_ ]?(?:word|wort|phrase|code)|passwd|passwort|kennwort|passw|pswd|",
    r"mot de passe|contrase(?:ñ|n)a|clave de acceso|palavra-passe|parola d'ordine|",
    r"wachtwoord|hasło|haslo|heslo|пароль|(?:ş|s)ifre|lösenord|passord|adgangskode|kodeord|salasana|",
    r"jelszó|mật khẩu|كلمة المرور|كلمة السر|סיסמה|סיסמא|密码|密碼|パスワード|비밀번호|รหัสผ่าน",
);

/// The same, where other words end like them ("desenha").
const CHOSEN_WORD: &str = "pwd|mdp|senha|parola";

/// The same, where other words begin and end like them. A pass may also be one for a journey, and
/// "palabra clave" is any word.
const SHORT: &str = "pass|pw|clave";

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
            r#"(?i)(?:(?:{chosen}|(?P<word>{word})|(?P<short>{short}))(?:[12]|[-_ ]?(?:confirmation|confirm|repeat))?|(?P<made>{made}))"#,
            r#"["'`*”»\]]{{0,3}}(?: ?\([^()\n]{{1,30}}\))?"#,
            r#"(?:\s{{0,3}}(?P<equals>:=|=>|=|:|：|>)|(?P<dash> (?:-|–|—|→|->))\s|(?P<is> (?:is now|is|was|ist|lautet|est|es|é|è|jest|هو|هي):?)(?:\s))"#,
            r#"[ \t\xA0*]{{0,5}}(?P<line>\n)?[ \t]{{0,5}}"#,
        ),
        chosen = CHOSEN,
        word = CHOSEN_WORD,
        short = SHORT,
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
        // "mytoken" is a name, "Betoken" is a word; capitals begin a new one: "apiToken".
        let first = text.get(name.start()..).and_then(|t| t.chars().next());
        let begins =
            before.is_some_and(char::is_lowercase) && first.is_some_and(char::is_uppercase);
        let goes_on = if found.name("short").is_some() {
            before.is_some_and(char::is_alphabetic)
        } else {
            let word = found.name("made").or(found.name("word"));
            word.is_some() && before.is_some_and(char::is_lowercase)
        };
        if goes_on && !begins {
            continue;
        }
        let rest = text.get(name.end()..).unwrap_or_default();
        let sign = found.name("equals").map(|sign| sign.as_str());
        if sign == Some(">") && !matches!(before, Some('<' | ':')) {
            continue;
        }
        let quoted = quoted(rest);
        let (offset, whole) = quoted.unwrap_or_else(|| (0, word(beginning(rest), sign)));
        let (value, after) = (
            beginning(whole),
            rest.get(offset + whole.len()..).unwrap_or_default(),
        );
        let fits = if found.name("is").is_some() || found.name("dash").is_some() {
            plausible::is_mixed(value, 6)
        } else if found.name("made").is_some() {
            plausible::is_made(value)
        } else {
            plausible::is_chosen(value, after)
        };
        // What stands on the next line, or after a name that has another sense, may be any word.
        let pass =
            (found.name("short")).is_some_and(|name| !name.as_str().eq_ignore_ascii_case("pw"));
        let any = pass && before != Some('_') && !matches!(sign, Some("=" | ">"));
        let letters = value.chars().all(char::is_alphabetic);
        let odd = found.name("line").is_some() && !plausible::is_mixed(value, 1);
        let (count, more) = digits_after(value, after);
        if fits && !(any && letters) && !odd && count < SHORTEST {
            let start = name.end() + offset;
            let length = match quoted {
                Some(_) => whole.len(),
                None if more > 0 => whole.len() + more,
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

/// How many digits a value of digits has with those that go on after it, and how far they go on with
/// blanks alone, in bytes. From as many as a card number has, the detectors for numbers see to them.
fn digits_after(value: &str, after: &str) -> (usize, usize) {
    if !value.chars().all(char::is_numeric) {
        return (0, 0);
    }
    let mut count = value.chars().count();
    let (mut gap, mut blanks, mut end) = (Gap::default(), true, 0);
    if after.starts_with(|c: char| c != '\n' && !c.is_alphanumeric()) {
        for (at, c) in after.char_indices() {
            if c.is_numeric() {
                count += 1;
                gap = Gap::default();
                if blanks {
                    end = at + c.len_utf8();
                }
                if count >= SHORTEST {
                    break;
                }
                continue;
            }
            gap.push(c);
            blanks &= c == ' ';
            if c == '\n' || !gap.joins() {
                break;
            }
        }
    }
    // A long value by itself is none that goes on.
    if end == 0 && count == value.chars().count() {
        count = 0;
    }
    (count, end)
}
