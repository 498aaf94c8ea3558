//! No card number is left, whatever separates its digits.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{reference::*, *};
use crate::mask::{card, digits::Digits, issuer};

/// What people, programs and typesetting put between digits.
const SEPARATORS: &[&str] = &[
    "",
    "",
    "",
    " ",
    " ",
    "-",
    ".",
    "/",
    "_",
    ",",
    "|",
    ":",
    ";",
    "~",
    "*",
    "+",
    "=",
    "\n",
    "\r\n",
    "\t",
    "  ",
    " - ",
    "\u{A0}",
    "\u{2009}",
    "\u{2007}",
    "\u{202F}",
    "\u{3000}",
    "\u{200B}",
    "\u{2060}",
    "\u{FEFF}",
    "\u{AD}",
    "‐",
    "‑",
    "–",
    "—",
    "−",
    "·",
    "•",
    "**",
    "` `",
    "** - **",
    ")(",
    "][",
    "\\",
    "😀",
    "\u{FE0F}\u{20E3}",
    "\u{30FC}",
    "\u{FF70}",
    "\u{640}",
    "\u{3161}",
    "\u{4E00}",
    "\u{2BC}",
    "  \n  \n  ",
];

/// What may stand between digits here and there, each a single sign that is not between numbers.
/// Dots can make the addresses of computers.
const LIGHT: &[&str] = &[
    "",
    "",
    "",
    "",
    " ",
    " ",
    "-",
    "_",
    "~",
    "\u{A0}",
    "\u{2009}",
    "\u{2007}",
    "\u{202F}",
    "\u{3000}",
    "\u{200B}",
    "\u{2060}",
    "\u{FEFF}",
    "\u{AD}",
    "‐",
    "‑",
    "–",
    "—",
    "−",
    "·",
    "•",
    "\u{FE0F}\u{20E3}",
    "\u{30FC}",
    "\u{FF70}",
    "\u{640}",
    "\u{3161}",
    "\u{4E00}",
    "\u{2BC}",
];

/// Letters and signs, no digits, nothing that can make the neighbour a telephone number.
const WORDS: &[&str] = &[
    "",
    "my card ",
    "Visa",
    " x",
    "é",
    "رقم",
    "(",
    ")",
    "! ",
    " \u{200B}",
    "**",
    "•",
    ": ",
    "\n",
    "…",
    "EUR ",
    "_",
    "😀 ",
    "card nr.",
];

/// Numbers beside it, also such as begin a card number.
const NUMBERS: &[&str] = &[
    "12 ",
    " 09/27 123",
    " 4111",
    "5500 ",
    " 4111 1111 1111",
    "411111111111111111111 ",
    " 1",
    "6011-",
    "\n4\n",
    " 30.01.2024 ",
    "SUP-00001 ",
    " 50.00 EUR",
];

const ZEROS: &[char] = &['0', '0', '0', '０', '٠', '۰', '०', '𝟎'];

fn number() -> impl Strategy<Value = String> {
    (
        select(issuers()),
        vec(0_u32..10, 19),
        any::<proptest::sample::Index>(),
    )
        .prop_map(|((from, to, length), digits, index)| {
            let (low, high): (u32, u32) = (from.parse().unwrap(), to.parse().unwrap());
            let first = low + u32::try_from(index.index((high - low + 1) as usize)).unwrap();
            let digits: String = digits.iter().map(u32::to_string).collect();
            let mut number = format!("{first}{digits}");
            number.truncate(length - 1);
            with_check_digit(&number)
        })
}

/// The digits of `number` in scripts, with separators between.
fn written(number: &str, separators: &[&str], zeros: &[char]) -> String {
    let mut written = String::new();
    for (place, c) in number.chars().enumerate() {
        if place > 0 {
            written.push_str(separators[place % separators.len()]);
        }
        let zero = zeros[place % zeros.len()];
        written.extend(char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()));
    }
    written
}

/// What stands before each digit of a number, in the ways that are one number's.
fn separators() -> impl Strategy<Value = Vec<&'static str>> {
    let some = || select(&SEPARATORS[3..]);
    prop_oneof![
        vec(select(LIGHT), 19),
        // by four, whatever is between
        vec(some(), 5).prop_map(|s| {
            (0..20)
                .map(|place| if place % 4 == 0 { s[place / 4] } else { "" })
                .collect()
        }),
        // one by one, whatever is between
        vec(some(), 19),
        // the same everywhere, in any groups
        (some(), vec(any::<bool>(), 19))
            .prop_map(|(s, at)| at.iter().map(|at| if *at { s } else { "" }).collect()),
    ]
}

fn around() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(select(WORDS), 0..5).prop_map(|words| words.concat()),
        "[^0-9+]{0,20}".prop_filter("digits of any script", |text| !text
            .chars()
            .any(char::is_numeric)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_card_number_is_left(
        number in number(),
        separators in separators(),
        zeros in prop_oneof![vec(select(ZEROS), 1), vec(select(ZEROS), 7)],
        before in around(),
        after in around(),
    ) {
        let card = written(&number, &separators, &zeros);
        let text = format!("{before}{card}{after}");
        let result = masked(&text);
        prop_assert!(card_in(&text).is_some(), "the reference finds it");
        prop_assert_eq!(card_in(&result.text), None, "{} in {:?}", number, result.text);
        prop_assert!(result.found.contains(&CARD), "{:?}", text);
        let shown: String = result.text.chars().filter_map(digit).map(|d| d.to_string()).collect();
        prop_assert_eq!(&shown, &number[number.len() - 4..], "{:?}", result.text);
        prop_assert_eq!(result.text.chars().count(), text.chars().count());
        prop_assert_eq!(masked(&result.text), Masked { text: result.text, found: Vec::new() });
    }

    #[test]
    fn nor_among_other_numbers(
        parts in vec(prop_oneof![
            3 => (number(), separators()).prop_map(|(number, s)| written(&number, &s, &['0'])),
            3 => select(NUMBERS).prop_map(str::to_owned),
            2 => select(WORDS).prop_map(str::to_owned),
            1 => "[0-9 .-]{0,30}",
        ], 1..8),
    ) {
        let text = parts.concat();
        let result = masked(&text);
        // Dates, addresses and telephone numbers are no card numbers; the reference does not know them.
        let address = regex::Regex::new(r"[0-9]{1,3}([.][0-9]{1,3}){3}").unwrap();
        let rest = result.text.replace("30.01.2024", "date");
        let left = card_in(&address.replace_all(&rest, "address"));
        let phone = left.as_ref().is_some_and(|left| left.len() <= 14)
            && (text.contains('+') || text.contains("00"));
        prop_assert!(left.is_none() || phone, "{:?} became {:?}", text, result.text);
        prop_assert_eq!(masked(&result.text), Masked { text: result.text, found: Vec::new() });
    }
}

/// What is not written like one number is none, although check digits fit.
#[test]
fn lists_are_no_numbers() {
    let number = "4111111111111111";
    for (ends, masked_too) in [
        (vec![1, 6, 7, 12], false),
        (vec![5, 6, 11], false),
        (vec![4, 8, 12], true),
        (vec![8], true),
    ] {
        let mut text = String::new();
        let signs = [". ", "\n", ", ", " / "];
        for (place, c) in number.chars().enumerate() {
            if let Some(gap) = ends.iter().position(|end| *end == place) {
                text.push_str(signs[gap]);
            }
            text.push(c);
        }
        assert_eq!(card_in(&text).is_some(), masked_too, "{text}");
        assert_eq!(masked(&text).text != text, masked_too, "{text}");
    }
}

#[test]
fn both_tables_of_issuers_agree() {
    let issuers = issuers();
    let padded = |digits: &str, with: char| -> u32 {
        let rest = with.to_string().repeat(6 - digits.len());
        format!("{digits}{rest}").parse().unwrap()
    };
    let edges = (issuers.iter())
        .flat_map(|(from, to, _)| [padded(from, '0'), padded(to, '9')])
        .flat_map(|edge| edge.saturating_sub(1)..=edge + 1);
    for first in (0..1_000_000).step_by(101).chain(edges) {
        let digits = format!("{first:06}");
        for length in 12..=20 {
            let expected = issuers.iter().any(|(from, to, long)| {
                let begins = digits.get(..from.len()).unwrap();
                *long == length && *from <= begins && begins <= *to
            });
            assert_eq!(issuer::has(first, length), expected, "{digits} {length}");
        }
    }
}

#[test]
fn every_digit_of_unicode_counts() {
    let digits = regex::Regex::new(r"^\p{Nd}$").unwrap();
    let mut zeros = 0;
    for c in (0..=0x10FFFF).filter_map(char::from_u32) {
        let value = crate::mask::digit::value(c);
        assert_eq!(
            value.is_some(),
            digits.is_match(c.encode_utf8(&mut [0; 4])),
            "{c:?}"
        );
        zeros += usize::from(value == Some(0));
    }
    assert_eq!(zeros, 76);
}

#[test]
fn numbers_that_share_digits_are_all_masked() {
    let text = "5555 5555 5555 4444 4111 1111 1111 1111 5555 5555 5555 4444";
    let result = masked(text).text;
    assert_eq!(card_in(&result), None);
    assert!(result.ends_with("4444"), "{result}");
}

/// The work grows with the text: each place where a number may begin is looked at with no more than
/// a card's longest number of groups, and there are no more such places than twice the groups.
#[test]
fn work_grows_with_the_text_alone() {
    for text in [
        "4",
        "4 ",
        "41 1",
        "4111 1111 1111 1111 ",
        "5 6 0 ",
        "4-1-1-1-1 1 1 1",
    ] {
        let text = text.repeat(2_000);
        let digits = Digits::read(&text, &[]);
        let steps = card::steps(&text);
        assert!(steps <= 2 * 19 * digits.groups().len().max(1), "{steps}");
    }
}
