//! Names as they stand in addresses and logins, and made-up numbers.

use std::collections::HashMap;

use super::dice::Dice;

/// A made-up number: `+49 1500 123456`.
pub(super) fn mobile(dial: &str, dice: &mut Dice) -> String {
    format!("{dial}0{} {:06}", dice.below(10), dice.below(1_000_000))
}

/// Subjects and addresses that are in use, so that each is given once.
#[derive(Debug, Default)]
pub(super) struct Taken(HashMap<String, u32>);

impl Taken {
    /// `anna-schmidt`, the next one `anna-schmidt-2`.
    pub(super) fn subject(&mut self, name: &str) -> String {
        let slug = ascii(name);
        let slug = slug.split_whitespace().collect::<Vec<_>>().join("-");
        match self.next(&slug) {
            1 => slug,
            place => format!("{slug}-{place}"),
        }
    }

    /// An address at a host that is set apart for examples.
    pub(super) fn email(&mut self, first: &str, last: &str, dice: &mut Dice) -> String {
        let first = ascii(first).replace(' ', "");
        let last = ascii(last).replace(' ', "");
        let local = match dice.below(5) {
            0 => format!("{first}{last}"),
            1 => format!("{}.{last}", first.chars().take(1).collect::<String>()),
            2 => format!("{first}.{last}{}", dice.within(60, 99)),
            _ => format!("{first}.{last}"),
        };
        let host = if dice.chance(70.0) {
            "example.com"
        } else {
            "example.org"
        };
        match self.next(&format!("{local}@{host}")) {
            1 => format!("{local}@{host}"),
            place => format!("{local}.{place}@{host}"),
        }
    }

    fn next(&mut self, word: &str) -> u32 {
        let place = self.0.entry(word.to_owned()).or_default();
        *place += 1;
        *place
    }
}

/// Letters with marks, and the plain ones that stand for them in addresses.
const PLAIN: [(&str, &str); 16] = [
    ("áàâãäåăạảấầẩậắằặ", "a"),
    ("çćč", "c"),
    ("đ", "d"),
    ("éèêëęẹẻếềểệ", "e"),
    ("ğ", "g"),
    ("íìîïıịỉ", "i"),
    ("ł", "l"),
    ("ñńň", "n"),
    ("óòôõöøọỏốồổộớờởợơ", "o"),
    ("śşš", "s"),
    ("ß", "ss"),
    ("úùûüůụủứừửựưũ", "u"),
    ("ýỳỵỷ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    (" ", " "),
];

/// `text` in lower-case ASCII letters and blanks.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_lowercase() {
            plain.push(letter);
        } else if let Some((_, stand_in)) = PLAIN.iter().find(|(from, _)| from.contains(letter)) {
            plain.push_str(stand_in);
        }
    }
    plain
}
