//! From a bearer token to an actor.

use std::{sync::Arc, time::Duration};

use domain::{Actor, Desk, Identity, active::ActiveUsers};
use entity::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use moka::future::Cache;

use super::{DevIdentities, claims::Claims, dev, keys::Keys};
use crate::config::{Config, StartError, given};

/// Clocks of different machines may differ by this many seconds.
const LEEWAY: f64 = 30.0;
/// For how long a person's row is not looked at again.
const FRESH: Duration = Duration::from_secs(10);
/// The shortest HS256 secret, in bytes (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;
/// No honest token is longer.
const MAX_TOKEN: usize = 16 * 1024;

/// Why a token is not good, in words for its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) &'static str);

/// Why nobody could be signed in.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The token is not good.
    Refused(Refusal),
    /// The database did not answer.
    Desk(Arc<domain::Error>),
}

/// Somebody who is signed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    /// Who it is.
    pub(crate) actor: Actor,
    /// When the token ends, leeway included.
    pub(crate) expires_at: Timestamp,
}

/// Verifies tokens.
pub(crate) struct SignIn {
    desk: Desk,
    secret: Option<Arc<DecodingKey>>,
    keys: Option<Keys>,
    dev: Option<(DevIdentities, Arc<DecodingKey>)>,
    issuer: Option<String>,
    audience: Option<String>,
    role_claim: String,
    seen: Cache<Identity, Actor>,
    active: ActiveUsers,
}

const BAD: Refusal = Refusal("The token is not good. Sign in again to get a new one.");

impl SignIn {
    /// Gets the keys that `config` names. `active` notices who signs in.
    ///
    /// # Errors
    /// When a key cannot be had or is too weak.
    pub(crate) async fn open(
        config: &Config,
        desk: Desk,
        active: ActiveUsers,
    ) -> Result<Self, StartError> {
        let dev = if config.dev_identities()? {
            let dev = DevIdentities::open(&desk).await?;
            let key = DecodingKey::from_secret(dev.secret());
            Some((dev, Arc::new(key)))
        } else {
            None
        };
        let secret = given(&config.jwt_secret);
        if let Some(length) = secret.map(str::len).filter(|&length| length < MIN_SECRET) {
            let text = format!(
                "DESKWIRE_JWT_SECRET has {length} bytes; RFC 7518 asks for at least {MIN_SECRET}. \
                 Make one with: openssl rand -base64 48"
            );
            if !config.bind.ip().is_loopback() {
                return Err(StartError(text));
            }
            tracing::warn!("{text}");
        }
        let keys = match given(&config.jwks) {
            Some(place) => Some(Keys::open(place, desk.clock().clone()).await?),
            None => None,
        };
        Ok(Self {
            desk,
            secret: secret.map(|secret| Arc::new(DecodingKey::from_secret(secret.as_bytes()))),
            keys,
            dev,
            issuer: given(&config.jwt_issuer).map(str::to_owned),
            audience: given(&config.jwt_audience).map(str::to_owned),
            role_claim: config.role_claim.clone(),
            seen: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(FRESH)
                .build(),
            active,
        })
    }

    /// The development identities, where they work.
    pub(crate) fn dev(&self) -> Option<&DevIdentities> {
        self.dev.as_ref().map(|(dev, _)| dev)
    }

    /// Signs in the bearer of `authorization`, the value of an Authorization header.
    pub(crate) async fn bearer(&self, authorization: &str) -> Result<Session, Failure> {
        let token = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Failure::Refused(Refusal(
                "Send the token as `Authorization: Bearer <token>`.",
            )))?;
        let (identity, expires_at) = self.verify(token).await.map_err(Failure::Refused)?;
        let signing_in = self
            .seen
            .try_get_with_by_ref(&identity, self.desk.sign_in(&identity));
        let actor = signing_in.await.map_err(Failure::Desk)?;
        self.active.notice(actor);
        Ok(Session { actor, expires_at })
    }

    async fn verify(&self, token: &str) -> Result<(Identity, Timestamp), Refusal> {
        if token.len() > MAX_TOKEN {
            return Err(BAD);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BAD)?;
        // Read before it is verified, only to choose the key that must verify it.
        let issuer = jsonwebtoken::dangerous::insecure_decode_claims::<Claims>(token)
            .map_err(|_| BAD)?
            .iss;
        if issuer.as_deref() == Some(dev::ISSUER) {
            let (_, key) = self.dev.as_ref().ok_or(Refusal(
                "This is a token of a development identity, and those do not work here.",
            ))?;
            let claims = self.decode(token, key, Algorithm::HS256, false)?;
            let expires_at = expires_at(&claims);
            return Ok((claims.identity("role", true)?, expires_at));
        }
        let (key, algorithm) = self.key(&header).await.ok_or(BAD)?;
        let claims = self.decode(token, &key, algorithm, true)?;
        // Who shares our secret vouches for what it signs. A provider of public keys may let people
        // write any address into their profile, so there the token itself must say "verified".
        let vouched = algorithm == Algorithm::HS256;
        let expires_at = expires_at(&claims);
        Ok((claims.identity(&self.role_claim, vouched)?, expires_at))
    }

    /// The key for a token, which is bound to an algorithm: the header chooses among keys, never
    /// how a key is used.
    async fn key(&self, header: &Header) -> Option<(Arc<DecodingKey>, Algorithm)> {
        if header.alg == Algorithm::HS256 {
            return self.secret.clone().map(|secret| (secret, Algorithm::HS256));
        }
        let key = self
            .keys
            .as_ref()?
            .find(header.kid.as_deref(), header.alg)
            .await?;
        Some((key.key, key.algorithm))
    }

    fn decode(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
        foreign: bool,
    ) -> Result<Claims, Refusal> {
        let mut validation = Validation::new(algorithm);
        // Times are checked below, by the desk's clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        if let Some(issuer) = self.issuer.as_ref().filter(|_| foreign) {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        if let Some(audience) = self.audience.as_ref().filter(|_| foreign) {
            validation.validate_aud = true;
            validation.set_audience(&[audience]);
            validation.required_spec_claims.insert("aud".to_owned());
        }
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| BAD)?
            .claims;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit an f64")]
        let now = self.desk.clock().now().timestamp() as f64;
        match claims.exp {
            None => {
                return Err(Refusal(
                    "The token never expires (`exp` is missing) and is not taken.",
                ));
            }
            Some(exp) if exp + LEEWAY <= now => {
                return Err(Refusal(
                    "The token has expired. Sign in again to get a new one.",
                ));
            }
            Some(_) => {}
        }
        if claims.nbf.is_some_and(|nbf| nbf - LEEWAY > now) {
            return Err(Refusal("The token is not good yet. Check the clocks."));
        }
        Ok(claims)
    }
}

/// When a token ends, leeway included.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float becomes the nearest whole number"
)]
fn expires_at(claims: &Claims) -> Timestamp {
    let seconds = claims.exp.map_or(0, |exp| (exp + LEEWAY) as i64);
    Timestamp::from_timestamp(seconds, 0).unwrap_or(Timestamp::MAX_UTC)
}
