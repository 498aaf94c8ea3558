//! What an endpoint and the desk share, by the Standard Webhooks specification 1.0
//! (<https://www.standardwebhooks.com>).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::CryptoRng;

const PREFIX: &str = "whsec_";
/// How many bytes a secret may have, by the specification.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// How many bytes ours have.
const OURS: usize = 32;
/// The block of SHA-256. HMAC fills shorter keys up with zeros, so they can be kept filled up.
const BLOCK: usize = 64;

/// What an endpoint verifies requests by. It does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: [u8; BLOCK],
    length: usize,
}

impl Secret {
    /// A new one.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        let mut key = [0; BLOCK];
        random.fill_bytes(&mut key[..OURS]);
        Self { key, length: OURS }
    }

    /// Reads `whsec_…`; the prefix may be missing.
    ///
    /// # Errors
    /// In words for people, when it is not 24 to 64 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix(PREFIX).unwrap_or(text);
        let Ok(bytes) = STANDARD.decode(text) else {
            return Err("A webhook's secret is whsec_ and base64.".to_owned());
        };
        if !LENGTHS.contains(&bytes.len()) {
            return Err(format!(
                "A webhook's secret has 24 to 64 bytes, and this one has {}.",
                bytes.len()
            ));
        }
        let mut key = [0; BLOCK];
        key[..bytes.len()].copy_from_slice(&bytes);
        let length = bytes.len();
        Ok(Self { key, length })
    }

    /// The secret as its endpoint is told it: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.key[..self.length]))
    }

    /// The key, filled up with zeros to the block of SHA-256.
    pub fn key(&self) -> &[u8; BLOCK] {
        &self.key
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_as_they_are_shown_and_shown_to_nobody_else() {
        let secret = Secret::generate(&mut rand::rng());
        assert_ne!(secret, Secret::generate(&mut rand::rng()));
        let text = secret.reveal();
        assert_eq!(text.len(), PREFIX.len() + 44);
        assert_eq!(Secret::parse(&text).unwrap(), secret);
        assert_eq!(Secret::parse(&text[PREFIX.len()..]).unwrap(), secret);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for length in [24, 64] {
            let text = STANDARD.encode(vec![7; length]);
            assert_eq!(
                Secret::parse(&text).unwrap().reveal(),
                format!("{PREFIX}{text}")
            );
        }
        for length in [0, 23, 65] {
            assert!(Secret::parse(&STANDARD.encode(vec![7; length])).is_err());
        }
        assert!(Secret::parse("whsec_?").is_err());
    }
}
