//! Which detectors run, as an operator sets it.

use entity::SensitiveKind;

use super::Masking;

/// The words of the setting.
const WORDS: &[(&str, SensitiveKind)] = &[
    ("cards", SensitiveKind::CardNumber),
    ("codes", SensitiveKind::SecurityCode),
    ("ibans", SensitiveKind::Iban),
    ("secrets", SensitiveKind::Secret),
];

/// The word that switches all off.
const OFF: &str = "off";

impl Masking {
    /// Reads `DESKWIRE_MASK`: a comma list of `cards`, `codes`, `ibans` and `secrets`, or `off`. An
    /// empty setting is none at all, so that everything is masked.
    ///
    /// # Errors
    /// A sentence for the operator, if a word is none of these.
    pub fn parse(setting: &str) -> Result<Self, String> {
        let setting = setting.trim().to_ascii_lowercase();
        if setting.is_empty() {
            return Ok(Self::all());
        }
        if setting == OFF {
            return Ok(Self::none());
        }
        let kinds: Result<Vec<_>, _> = setting.split(',').map(str::trim).map(kind).collect();
        kinds.map(|kinds| Self::new(&kinds))
    }
}

fn kind(word: &str) -> Result<SensitiveKind, String> {
    (WORDS.iter())
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| {
            let words: Vec<_> = WORDS.iter().map(|(known, _)| *known).collect();
            let words = words.join(", ");
            format!(
                "DESKWIRE_MASK: `{word}` is not known. Give a comma list of {words}, or `{OFF}` alone."
            )
        })
}
