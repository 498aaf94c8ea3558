//! Text that people write, with what is sensitive in it masked. Commands take no other: so it cannot
//! get into the database, an event, a mail or a log, not even as a hash.

use entity::SensitiveKind;
use serde::{Serialize, Serializer};

use crate::{Desk, mask::Masking, text::MAX_BODY};

/// What somebody wrote, masked, and what was found in it. Serialised it is just the masked value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screened<T = String> {
    value: T,
    found: Vec<SensitiveKind>,
}

impl Screened {
    /// Masks `text`.
    pub fn text(masking: &Masking, text: &str) -> Self {
        // No field takes as much, so it is refused as it is; to look through it would take long.
        if text.trim().chars().nth(MAX_BODY).is_some() {
            return Self {
                value: text.to_owned(),
                found: Vec::new(),
            };
        }
        let masked = masking.mask(text);
        Self {
            value: masked.text,
            found: masked.found,
        }
    }
}

impl Screened<Vec<String>> {
    /// Masks each of `texts`.
    pub fn list(masking: &Masking, texts: &[String]) -> Self {
        let masked = texts.iter().map(|text| Screened::text(masking, text));
        let (value, found): (_, Vec<_>) = masked.map(|text| (text.value, text.found)).unzip();
        Self {
            value,
            found: found.concat(),
        }
    }
}

impl Screened<serde_json::Map<String, serde_json::Value>> {
    /// Masks the texts of an object; its names stay.
    pub fn object(masking: &Masking, fields: serde_json::Map<String, serde_json::Value>) -> Self {
        let mut found = Vec::new();
        let mask = |(name, value): (String, serde_json::Value)| match value.as_str() {
            Some(text) => {
                let masked = Screened::text(masking, text);
                found.extend(masked.found);
                (name, masked.value.into())
            }
            None => (name, value),
        };
        let value = fields.into_iter().map(mask).collect();
        Self { value, found }
    }
}

impl<T> Screened<T> {
    /// The masked value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// What was masked.
    pub fn found(&self) -> &[SensitiveKind] {
        &self.found
    }
}

impl<T: Serialize> Serialize for Screened<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl Desk {
    /// What masks text that people write.
    pub fn masking(&self) -> &Masking {
        &self.settings.masking
    }
}
