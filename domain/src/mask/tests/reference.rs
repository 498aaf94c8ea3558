//! Card numbers and IBANs found slowly and by other means than the detectors' own.

use std::{collections::HashSet, sync::LazyLock};

use regex::{Regex, RegexSet};

/// Issuers by how their numbers begin, and how long these are: from, to, shortest and longest. Visa is
/// below.
const ISSUERS: &[(&str, &str, usize, usize)] = &[
    ("51", "55", 16, 16),
    ("2221", "2720", 16, 16),
    ("34", "34", 15, 15),
    ("37", "37", 15, 15),
    ("6011", "6011", 16, 19),
    ("644", "649", 16, 19),
    ("65", "65", 16, 19),
    ("622126", "622925", 16, 19),
    ("300", "305", 14, 19),
    ("3095", "3095", 14, 19),
    ("36", "36", 14, 19),
    ("38", "39", 14, 19),
    ("3528", "3589", 16, 19),
    ("62", "62", 16, 19),
    ("50", "50", 13, 19),
    ("56", "69", 13, 19),
    ("2200", "2205", 16, 19),
    ("60", "60", 16, 16),
    ("81", "82", 16, 16),
    ("8100", "8171", 16, 19),
    ("508", "508", 16, 16),
    ("9792", "9792", 16, 16),
    ("9682", "9682", 16, 16),
    ("9704", "9704", 16, 16),
    ("9704", "9704", 19, 19),
    ("8600", "8600", 16, 16),
    ("9860", "9860", 16, 16),
    ("4", "4", 13, 13),
    ("4", "4", 16, 16),
    ("4", "4", 19, 19),
];

/// Every issuer's range with one length that its numbers have: from, to, length.
pub(super) fn issuers() -> Vec<(&'static str, &'static str, usize)> {
    (ISSUERS.iter())
        .flat_map(|(from, to, shortest, longest)| {
            (*shortest..=*longest).map(move |length| (*from, *to, length))
        })
        .collect()
}

/// The digit that a character is, in the scripts that the tests write.
pub(super) fn digit(c: char) -> Option<u32> {
    let zeros = ['0', '０', '٠', '۰', '०', '𝟎'];
    zeros.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        (value < 10).then_some(value)
    })
}

/// Whether digits are a card number.
pub(super) fn is_card(digits: &str) -> bool {
    let issued = ISSUERS.iter().any(|(from, to, shortest, longest)| {
        let first = digits.get(..from.len()).unwrap_or_default();
        (*shortest..=*longest).contains(&digits.len()) && *from <= first && first <= *to
    });
    issued && luhn(digits)
}

/// Luhn's check, from right to left.
fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (place, c) in digits.chars().rev().enumerate() {
        let value = c.to_digit(10).unwrap();
        let value = if place % 2 == 1 { value * 2 } else { value };
        sum += value / 10 + value % 10;
    }
    sum % 10 == 0
}

/// The digit that makes digits a number that Luhn's check accepts, put at their end.
pub(super) fn with_check_digit(digits: &str) -> String {
    (0..10)
        .map(|check| format!("{digits}{check}"))
        .find(|number| luhn(number))
        .unwrap()
}

/// Ways in which the digits of one number are written; `d` is a digit.
const WAYS: &[&str] = &[
    r"^(dddd[^d]+)*d{1,4}$",
    r"^(d[^d]+)*d$",
    r"^dddd[^d]+d{6}[^d]+d{4,5}$",
    r"^dddd[^d]+(d{5}[^d]+d{6}|d{4}[^d]+d{5})$",
];

/// The same for what is left when signs that nobody sees are taken away.
const LIGHT: &str = r"^d+([\p{Zs}\p{Pd}._·•−~ーｰـㅡ一ʼ]d+)*$";

/// Whether a stretch from digit to digit is written like one number.
fn is_one(stretch: &[char]) -> bool {
    static SETS: LazyLock<(RegexSet, Regex)> =
        LazyLock::new(|| (RegexSet::new(WAYS).unwrap(), Regex::new(LIGHT).unwrap()));
    let drawn = |c: &char| if digit(*c).is_some() { 'd' } else { *c };
    let all: String = stretch.iter().map(drawn).collect();
    if SETS.0.is_match(&all) {
        return true;
    }
    let seen: String = all
        .chars()
        .filter(|c| !"\u{200B}\u{2060}\u{FEFF}\u{AD}\u{FE0F}\u{20E3}".contains(*c))
        .collect();
    let gaps: HashSet<&str> = seen.split('d').filter(|gap| !gap.is_empty()).collect();
    gaps.len() < 2 || SETS.1.is_match(&seen)
}

/// A card number that still stands in a text, written like one number: looks at every pair of
/// a first and a last digit that no other digit touches.
pub(super) fn card_in(text: &str) -> Option<String> {
    let text: Vec<char> = text.chars().collect();
    let is_digit = |place: Option<usize>| {
        place
            .and_then(|p| text.get(p))
            .is_some_and(|c| digit(*c).is_some())
    };
    for start in 0..text.len() {
        if !is_digit(Some(start)) || is_digit(start.checked_sub(1)) {
            continue;
        }
        let mut digits = String::new();
        let (mut gap, mut bullets) = (0, 0);
        for (place, c) in text.iter().enumerate().skip(start) {
            if let Some(value) = digit(*c) {
                (gap, bullets) = (0, 0);
                digits.push_str(&value.to_string());
                if !is_digit(Some(place + 1)) && is_card(&digits) && is_one(&text[start..=place]) {
                    return Some(digits);
                }
                continue;
            }
            gap += 1;
            bullets += usize::from(*c == '•');
            let letter = c.is_alphanumeric() && !"ーｰـㅡ一ʼ".contains(*c);
            if letter || gap > 8 || bullets > 1 || digits.len() > 19 {
                break;
            }
        }
    }
    None
}

/// Whether capitals and digits have the check digits of an IBAN, computed digit by digit.
pub(super) fn iban_checks(iban: &str) -> bool {
    let moved = format!("{}{}", &iban[4..], &iban[..4]);
    let digits: String = moved
        .chars()
        .map(|c| c.to_digit(36).unwrap().to_string())
        .collect();
    let rest = digits
        .chars()
        .fold(0, |rest, c| (rest * 10 + c.to_digit(10).unwrap()) % 97);
    rest == 1
}

/// An IBAN of a country's length and account number, with check digits that fit.
pub(super) fn iban(country: &str, account: &str) -> String {
    (2..99)
        .map(|check| format!("{country}{check:02}{account}"))
        .find(|iban| iban_checks(iban))
        .unwrap()
}

/// An IBAN that still stands in a text, whatever separates its characters.
pub(super) fn iban_in(text: &str, lengths: &[(&str, usize)]) -> Option<String> {
    let text: Vec<char> = text.chars().collect();
    for start in 0..text.len() {
        let mut iban = String::new();
        let mut gap = 0;
        for (place, c) in text.iter().enumerate().skip(start) {
            if c.is_ascii_alphanumeric() {
                gap = 0;
                iban.push(c.to_ascii_uppercase());
                let ends = !text.get(place + 1).is_some_and(|c| c.is_alphanumeric());
                let known = lengths
                    .iter()
                    .any(|(country, length)| iban.starts_with(country) && iban.len() == *length);
                if known && ends && iban[2..4].parse::<u8>().is_ok() && iban_checks(&iban) {
                    return Some(iban);
                }
            } else {
                gap += 1;
                if gap > 8 || c.is_alphanumeric() || *c == '•' || iban.len() < 2 {
                    break;
                }
            }
        }
    }
    None
}
