//! No IBAN is left.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{reference::*, *};
use crate::mask::country;

const SEPARATORS: &[&str] = &[
    "", " ", "-", ".", "\u{A0}", "\u{2009}", "\u{200B}", "\n", " - ", "/", "_", "*",
];

const AROUND: &[&str] = &[
    "",
    " ",
    "IBAN: ",
    "IBAN",
    ". ",
    ", bitte ",
    "\n",
    "(",
    ")",
    " und 12 ",
    "é",
    "•",
    "رقم ",
    " 4111 1111 1111 1111 ",
    "**",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_iban_is_left(
        (country, length) in select(country::all()),
        account in vec(select(b"00112233445566778899ABXZ".as_slice()), 40),
        separator in select(SEPARATORS),
        lower in any::<bool>(),
        before in select(AROUND),
        after in select(AROUND),
    ) {
        let account: String = account.iter().take(length - 4).map(|c| char::from(*c)).collect();
        let iban = iban(country, &account);
        let groups: Vec<String> =
            iban.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        let grouped = groups.join(separator);
        let grouped = if lower { grouped.to_lowercase() } else { grouped };
        // A letter right after a letter goes on with the word.
        let glued = iban.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic);
        let after = if glued { "" } else { after };
        let text = format!("{before}{grouped}{after}");
        let result = masked(&text);
        prop_assert!(result.found.contains(&IBAN), "{text:?} became {:?}", result.text);
        prop_assert_eq!(iban_in(&result.text, &country::all()), None, "{:?}", result.text);
        let last = &iban[iban.len() - 4..];
        let kept: String = result.text.chars().skip(before.chars().count()).filter(char::is_ascii_alphanumeric).collect();
        if !before.contains(char::is_numeric) && !after.contains(char::is_numeric) && !before.contains("IBAN") {
            prop_assert!(kept.to_uppercase().starts_with(&format!("{country}{last}")), "{:?}", result.text);
        }
        prop_assert_eq!(result.text.chars().count(), text.chars().count());
        prop_assert_eq!(masked(&result.text), Masked { text: result.text, found: Vec::new() });
    }
}

#[test]
fn examples_of_the_registry() {
    for iban in [
        "AD1200012030200359100100",
        "AE070331234567890123456",
        "AT611904300234573201",
        "BE68539007547034",
        "BR1800360305000010009795493C1",
        "CH9300762011623852957",
        "CY17002001280000001200527600",
        "DE89370400440532013000",
        "ES9121000418450200051332",
        "FR1420041010050500013M02606",
        "GB29NWBK60161331926819",
        "GR1601101250000000012300695",
        "IE29AIBK93115212345678",
        "IT60X0542811101000000123456",
        "KW81CBKU0000000000001234560101",
        "LC55HEMM000100010012001200023015",
        "MT84MALT011000012345MTLCAST001S",
        "NL91ABNA0417164300",
        "NO9386011117947",
        "PK36SCBL0000001123456702",
        "PL61109010140000071219812874",
        "QA58DOHB00001234567890ABCDEFG",
        "SA0380000000608010167519",
        "SC18SSCB11010000000000001497USD",
        "SE4550000000058398257466",
        "TR330006100519786457841326",
        "UA213223130000026007233566001",
        "VG96VPVG0000012345678901",
        "EG380019000500000000263180002",
    ] {
        let result = masked(iban);
        assert_eq!(result.found, [IBAN], "{iban}");
        assert!(
            result.text.starts_with(&iban[..2]) && result.text.ends_with(&iban[iban.len() - 4..])
        );
    }
}
