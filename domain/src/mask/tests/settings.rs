//! Which detectors run.

use super::*;

const TEXT: &str = "4111 1111 1111 1111 09/27 123, DE89370400440532013000, password: hunter2";

#[test]
fn only_what_was_chosen_is_masked() {
    for kind in SensitiveKind::ALL {
        assert_eq!(Masking::new(&[*kind]).mask(TEXT).found, [*kind]);
    }
    assert_eq!(
        Masking::new(&[SECRET, CARD, CARD]).mask(TEXT).found,
        [CARD, SECRET]
    );
    assert_eq!(Masking::none().mask(TEXT).text, TEXT);
    assert_eq!(Masking::default().mask(TEXT).found, SensitiveKind::ALL);
}

#[test]
fn the_setting() {
    let found = |setting: &str| Masking::parse(setting).unwrap().mask(TEXT).found;
    assert_eq!(found(""), SensitiveKind::ALL);
    assert_eq!(found("cards, codes,IBANS,secrets"), SensitiveKind::ALL);
    assert_eq!(found("codes"), [CODE]);
    assert_eq!(found(" Off "), []);
    for wrong in ["card", "cards,off", "cards,", "all"] {
        let message = Masking::parse(wrong).unwrap_err();
        assert!(
            message.contains("cards, codes, ibans, secrets, or `off`"),
            "{message}"
        );
    }
}
