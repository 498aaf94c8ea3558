//! Masks sensitive data in text that people write, before it is stored (requirement A2): card
//! numbers, security codes, IBANs, passwords and keys. docs/masking.md tells people about it.
//!
//! Each masked character becomes one `•`, so that a text never gets longer. What is masked is in no
//! other place: nobody can bring it back.
//!
//! The detectors run one after the other, the widest first: a secret may hold a card number or an
//! IBAN, and an IBAN may hold a card number. Card numbers and security codes are looked for
//! together, for either tells about the other.

mod assignment;
mod card;
mod code;
mod country;
mod cover;
mod credential;
mod digit;
mod digits;
mod gap;
mod iban;
mod issuer;
mod known;
mod pattern;
mod plausible;
mod private_key;
mod secret;
mod setting;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use entity::SensitiveKind;

/// What stands for each masked character, U+2022.
pub const BULLET: char = '•';

/// How often the detectors look at a text at most. What one masks can end what another waits for
/// the end of; no text is known that needs a third round.
const ROUNDS: usize = 3;

/// Masks texts with the detectors that were chosen.
#[derive(Clone, Debug)]
pub struct Masking {
    kinds: Arc<[SensitiveKind]>,
}

/// A text after masking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The text, with `•` for each character that was masked.
    pub text: String,
    /// What was masked now, in the order of [`SensitiveKind::ALL`], each once. A text that was
    /// masked before has nothing more to find.
    pub found: Vec<SensitiveKind>,
}

impl Masking {
    /// With exactly the detectors for `kinds`. Prepares them, which takes some milliseconds the
    /// first time in a process.
    pub fn new(kinds: &[SensitiveKind]) -> Self {
        let kinds: Arc<[_]> = SensitiveKind::ALL
            .iter()
            .copied()
            .filter(|kind| kinds.contains(kind))
            .collect();
        let masking = Self { kinds };
        masking.mask("cvv 1");
        masking
    }

    /// With every detector.
    pub fn all() -> Self {
        Self::new(SensitiveKind::ALL)
    }

    /// With none: texts stay as they are.
    pub fn none() -> Self {
        Self::new(&[])
    }

    /// Masks `text`. Takes time that grows with the text's length, whatever stands in it.
    pub fn mask(&self, text: &str) -> Masked {
        let mut masked = Masked {
            text: text.to_owned(),
            found: Vec::new(),
        };
        for _ in 0..ROUNDS {
            if !self.round(&mut masked) {
                break;
            }
        }
        masked.found = (self.kinds.iter().copied())
            .filter(|kind| masked.found.contains(kind))
            .collect();
        masked
    }

    /// Lets each detector look once. True if anything was masked.
    fn round(&self, masked: &mut Masked) -> bool {
        let wants = |kind| self.kinds.contains(&kind);
        let mut changed = false;
        if wants(SensitiveKind::Secret) {
            let hidden = secret::find(&masked.text);
            changed |= masked.hide(&[(SensitiveKind::Secret, hidden)]);
        }
        if !digit::any(&masked.text) {
            return changed;
        }
        if wants(SensitiveKind::Iban) {
            let hidden = iban::find(&masked.text, &known::find(&masked.text));
            changed |= masked.hide(&[(SensitiveKind::Iban, hidden)]);
        }
        let mut hidden = Vec::new();
        if wants(SensitiveKind::CardNumber) || wants(SensitiveKind::SecurityCode) {
            let cards = card::find(&masked.text, &known::find(&masked.text));
            if wants(SensitiveKind::SecurityCode) {
                let codes = code::find(&masked.text, &cards);
                hidden.push((SensitiveKind::SecurityCode, codes));
            }
            if wants(SensitiveKind::CardNumber) {
                hidden.push((SensitiveKind::CardNumber, cards.hidden));
            }
        }
        changed | masked.hide(&hidden)
    }
}

impl Default for Masking {
    fn default() -> Self {
        Self::all()
    }
}

impl Masked {
    /// Masks what detectors found at the same time. True if that changed the text.
    fn hide(&mut self, hidden: &[(SensitiveKind, Vec<cover::Span>)]) -> bool {
        let mut spans = Vec::new();
        for (kind, found) in hidden {
            if found.iter().any(|span| cover::changes(&self.text, span)) {
                self.found.push(*kind);
                spans.extend(found.iter().cloned());
            }
        }
        if spans.is_empty() {
            return false;
        }
        self.text = cover::cover(&self.text, spans);
        true
    }
}
