//! The built-in development identities: anybody on this machine can be anybody.

use domain::{Clock, Desk};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use crate::config::StartError;

/// The issuer of development tokens. No other verifier ever sees one.
pub(super) const ISSUER: &str = "deskwire-dev";
const HOURS: i64 = 12;

/// Who one can be in development.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DevIdentity {
    Customer,
    Agent,
    Agent2,
    Supervisor,
}

impl DevIdentity {
    const fn person(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Customer => ("customer", "customer", "Cleo Customer", "cleo@example.com"),
            Self::Agent => ("agent", "agent", "Arno Agent", "arno@example.com"),
            Self::Agent2 => ("agent2", "agent", "Bea Agent", "bea@example.com"),
            Self::Supervisor => (
                "supervisor",
                "supervisor",
                "Sena Supervisor",
                "sena@example.com",
            ),
        }
    }
}

/// Signs tokens for development identities.
pub(crate) struct DevIdentities {
    secret: Vec<u8>,
}

#[derive(Serialize)]
struct DevClaims {
    iss: &'static str,
    sub: &'static str,
    role: &'static str,
    name: &'static str,
    email: &'static str,
    email_verified: bool,
    exp: i64,
}

impl DevIdentities {
    /// Takes the secret that the server processes on this database share, or makes it.
    pub(crate) async fn open(desk: &Desk) -> Result<Self, StartError> {
        let secret = desk.shared_secret("development tokens").await;
        let secret = secret.map_err(|e| StartError::because("Cannot read the database", &e))?;
        Ok(Self {
            secret: secret.into_bytes(),
        })
    }

    /// A token, good for twelve hours.
    pub(crate) fn token(&self, identity: DevIdentity, clock: &Clock) -> Option<String> {
        let (sub, role, name, email) = identity.person();
        let exp = clock.now().timestamp() + HOURS * 3_600;
        let claims = DevClaims {
            iss: ISSUER,
            sub,
            role,
            name,
            email,
            email_verified: true,
            exp,
        };
        let key = EncodingKey::from_secret(&self.secret);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).ok()
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }
}
