//! The keys of an identity provider: a JWKS document from a file or a URL, read again when it has
//! aged or when a token names a key that is not in it (key rotation).

use std::{sync::Arc, time::Duration};

use domain::Clock;
use entity::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use tokio::sync::{Mutex, RwLock};

use crate::config::StartError;

/// Keys older than this are read again at the next token.
const MAX_AGE: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// A key that is not known makes us look at most this often.
const MIN_AGE: chrono::TimeDelta = chrono::TimeDelta::seconds(10);
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1 << 20;

/// A key, bound to the one algorithm it is for.
#[derive(Clone)]
pub(super) struct Key {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: Arc<DecodingKey>,
}

/// The keys of an identity provider.
pub(super) struct Keys {
    source: Source,
    clock: Clock,
    known: RwLock<(Arc<Vec<Key>>, Timestamp)>,
    reading: Mutex<()>,
}

enum Source {
    File(std::path::PathBuf),
    Url(String, reqwest::Client),
}

impl Keys {
    /// Reads the document for the first time.
    ///
    /// # Errors
    /// When it cannot be read or holds no usable key.
    pub(super) async fn open(place: &str, clock: Clock) -> Result<Self, StartError> {
        let source = if place.starts_with("https://") || place.starts_with("http://") {
            // Only one process-wide default is possible; whoever set one first is fine.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder().timeout(TIMEOUT).build();
            let client =
                client.map_err(|e| StartError::because("No HTTP client for the JWKS", &e))?;
            Source::Url(place.to_owned(), client)
        } else {
            Source::File(place.trim_start_matches("file://").into())
        };
        let keys = source.read().await.map_err(|cause| {
            StartError(format!(
                "Cannot read the keys in DESKWIRE_JWKS ({place}): {cause}"
            ))
        })?;
        let now = clock.now();
        Ok(Self {
            source,
            clock,
            known: RwLock::new((Arc::new(keys), now)),
            reading: Mutex::new(()),
        })
    }

    /// The key that a token's header names, or the only one for its algorithm if it names none.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Key> {
        let (keys, read_at) = self.known.read().await.clone();
        let age = self.clock.now() - read_at;
        let found = pick(&keys, id, algorithm);
        if age < MIN_AGE || (found.is_some() && age < MAX_AGE) {
            return found;
        }
        let keys = self.read_again(read_at).await;
        pick(&keys, id, algorithm)
    }

    async fn read_again(&self, seen: Timestamp) -> Arc<Vec<Key>> {
        let _one_at_a_time = self.reading.lock().await;
        let (keys, read_at) = self.known.read().await.clone();
        if read_at != seen {
            return keys;
        }
        let keys = match self.source.read().await {
            Ok(keys) => Arc::new(keys),
            Err(cause) => {
                tracing::warn!(%cause, "cannot read the JWKS again; going on with the keys known");
                keys
            }
        };
        *self.known.write().await = (Arc::clone(&keys), self.clock.now());
        keys
    }
}

fn pick(keys: &[Key], id: Option<&str>, algorithm: Algorithm) -> Option<Key> {
    let mut fitting = keys.iter().filter(|key| {
        key.algorithm == algorithm && id.is_none_or(|id| key.id.as_deref() == Some(id))
    });
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Some(key.clone()),
        // Two keys for one id, or a token without an id and several keys: no guessing.
        (None, _) | (Some(_), Some(_)) => None,
    }
}

impl Source {
    async fn read(&self) -> Result<Vec<Key>, String> {
        let text = match self {
            Self::File(path) => tokio::fs::read(path)
                .await
                .map_err(|error| error.to_string())?,
            Self::Url(url, client) => {
                let answer = client
                    .get(url)
                    .send()
                    .await
                    .and_then(|answer| answer.error_for_status());
                let mut answer = answer.map_err(|error| error.to_string())?;
                let mut text = Vec::new();
                while let Some(part) = answer.chunk().await.map_err(|error| error.to_string())? {
                    text.extend_from_slice(&part);
                    if text.len() > MAX_BYTES {
                        return Err("the document is larger than 1 MiB".to_owned());
                    }
                }
                text
            }
        };
        parse(&text)
    }
}

fn parse(text: &[u8]) -> Result<Vec<Key>, String> {
    let set: JwkSet =
        serde_json::from_slice(text).map_err(|error| format!("not a JWKS: {error}"))?;
    let keys: Vec<Key> = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() {
        return Err("it holds no key for RS256, ES256, ES384 or EdDSA signatures".to_owned());
    }
    Ok(keys)
}

/// A public key for signatures, with the algorithm that it says or that its type implies. Symmetric
/// keys have no business in a public document.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign enums of key types, most of which are not for signatures"
)]
fn usable(jwk: &Jwk) -> Option<Key> {
    if !matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    ) {
        return None;
    }
    let implied = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P384 => {
            Algorithm::ES384
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let algorithm = match jwk.common.key_algorithm {
        None => implied,
        Some(KeyAlgorithm::RS256) => Algorithm::RS256,
        Some(KeyAlgorithm::RS384) => Algorithm::RS384,
        Some(KeyAlgorithm::RS512) => Algorithm::RS512,
        Some(KeyAlgorithm::PS256) => Algorithm::PS256,
        Some(KeyAlgorithm::PS384) => Algorithm::PS384,
        Some(KeyAlgorithm::PS512) => Algorithm::PS512,
        Some(KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(KeyAlgorithm::ES384) => Algorithm::ES384,
        Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        Some(_) => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        key: Arc::new(key),
    })
}
