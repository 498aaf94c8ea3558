//! Any text at all, and texts full of what the detectors look for.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// Beginnings, middles and ends of what is masked, and what stands around it.
const PARTS: &[&str] = &[
    "password",
    "Passwort",
    "token",
    "secret",
    "api_key",
    "pwd=",
    "pass",
    "_confirmation",
    "<password>",
    " - ",
    "%20",
    ";",
    "1234 5678",
    ": ",
    "=",
    " is ",
    "\"",
    "'",
    " ",
    " ",
    "\n",
    "hunter2",
    "abcdef123456",
    "x",
    "•",
    "••",
    "••••",
    "1111",
    "123",
    "4111 1111 1111 1111",
    "4111111111111111",
    "5500-0000-0000-0004",
    "09/27",
    " 09/27 123",
    "cvv",
    "CVC: ",
    "Prüfziffer ",
    "(",
    ")",
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "GB29",
    "NWBK",
    "60161331926819",
    "no93",
    "sk_live_",
    concat!("sk_", "live_4242424242424242"),
    concat!("ghp", "_0123456789abcdef0123456789abcdef0123"),
    concat!("AKIA", "IOSFODNN7EXAMPLE"),
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "https://",
    "user:",
    "@host",
    "https://hooks.slack.com/services/",
    "T00000000/B00000000",
    "Authorization: ",
    "Bearer ",
    "Basic ",
    "dXNlcjpwYXNzd29yZA==",
    "-",
    ".",
    "/",
    "_",
    ",",
    "&",
    "+",
    "00 ",
    "é",
    "رمز الأمان",
    "٣٢١",
    "\u{200B}",
    "１２３４",
    "30.01.2024",
    "12:30",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "xoxb-",
    "SG.",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let first = masked(text);
    prop_assert_eq!(first.text.chars().count(), text.chars().count());
    prop_assert_eq!(first.found.is_empty(), first.text == text);
    for (before, after) in text.chars().zip(first.text.chars()) {
        prop_assert!(before == after || after == '•');
    }
    let second = masked(&first.text);
    prop_assert_eq!(&second.text, &first.text, "from {:?}", text);
    prop_assert_eq!(second.found, []);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn texts_of_signs_and_digits(text in "[0-9 .:/•=-]{0,200}") {
        check(&text)?;
    }

    #[test]
    fn texts_full_of_secrets(parts in vec(select(PARTS), 0..30)) {
        check(&parts.concat())?;
    }

    #[test]
    fn words_alone_stay(words in vec("[a-zäöüéñ,.!?'-]{1,12}", 0..60)) {
        let text = words.join(" ");
        prop_assert_eq!(&masked(&text).text, &text);
    }
}

/// A value goes to its end, however long it is, and what stands in it is not looked at again.
#[test]
fn long_values_are_masked_to_their_end() {
    for text in ["pwd=", "pwd=ß1", "token: abc1token:", "密码：密1"] {
        let value = format!("x1{}", text.replace(' ', "").repeat(5_000));
        let value = value.trim_end_matches([':', '=']);
        let result = masked(&format!("password: {value} end")).text;
        let shown = result.chars().filter(|c| *c != '•').count();
        assert_eq!(shown, "password:  end".len() + 4, "{text}");
    }
}
