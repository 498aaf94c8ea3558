//! What tokens say.

use domain::Identity;
use entity::Role;
use serde_json::{Map, Value};

use super::Refusal;

/// The claims of a token whose signature is good.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Claims {
    pub(super) sub: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) exp: Option<f64>,
    pub(super) nbf: Option<f64>,
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The longest `iss`, `sub`, name or address that is taken from a token.
const MAX: usize = 254;

impl Claims {
    /// The person that the claims describe; the role is in the claim called `role_claim`.
    /// An address of which the token does not say whether it is verified is, if the issuer is
    /// `vouched` for; one that the token says is not verified is not taken at all.
    pub(super) fn identity(self, role_claim: &str, vouched: bool) -> Result<Identity, Refusal> {
        let role = self.role(role_claim)?;
        // Some providers write it as text.
        let verified = self
            .email_verified
            .as_ref()
            .and_then(|value| value.as_bool().or_else(|| value.as_str()?.parse().ok()));
        let clean = |text: String| {
            let text: String = text.chars().filter(|c| !c.is_control()).take(MAX).collect();
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let storable = |text: &String| text.len() <= MAX && !text.contains('\0');
        let subject = self.sub.filter(|sub| !sub.is_empty() && storable(sub));
        let subject = subject.ok_or(Refusal(
            "The token names nobody: its `sub` is missing or too long.",
        ))?;
        let issuer = Some(self.iss.unwrap_or_default()).filter(storable);
        let issuer = issuer.ok_or(Refusal("The token's issuer (`iss`) is too long."))?;
        Ok(Identity {
            issuer,
            subject,
            role,
            name: self.name.and_then(clean),
            email: self
                .email
                .and_then(clean)
                .filter(|email| verified != Some(false) && domain::text::is_email(email)),
            email_verified: verified.unwrap_or(vouched),
        })
    }

    /// No role is the least: a customer. A list counts by its highest known entry.
    fn role(&self, claim: &str) -> Result<Role, Refusal> {
        // A name with dots may be meant literally (https://example.com/role) or as a path.
        let path = || {
            let mut parts = claim.split('.');
            let first = self.rest.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        };
        match self.rest.get(claim).or_else(path) {
            None | Some(Value::Null) => Ok(Role::Customer),
            Some(Value::String(name)) => role(name).ok_or(UNKNOWN_ROLE),
            Some(Value::Array(names)) => {
                let roles = names.iter().filter_map(Value::as_str).filter_map(role);
                Ok(roles
                    .max_by_key(|role| rank(*role))
                    .unwrap_or(Role::Customer))
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(UNKNOWN_ROLE),
        }
    }
}

const UNKNOWN_ROLE: Refusal =
    Refusal("The token's role is none of customer, agent, supervisor. Check DESKWIRE_ROLE_CLAIM.");

fn role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "customer" => Some(Role::Customer),
        "agent" => Some(Role::Agent),
        "supervisor" => Some(Role::Supervisor),
        _ => None,
    }
}

const fn rank(role: Role) -> u8 {
    match role {
        Role::System => 0,
        Role::Customer => 1,
        Role::Agent => 2,
        Role::Supervisor => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(claims: &str, claim: &str) -> Result<Role, Refusal> {
        let claims: Claims = serde_json::from_str(claims).map_err(|_| Refusal("bad test"))?;
        claims.identity(claim, true).map(|identity| identity.role)
    }

    #[test]
    fn roles_are_found_where_the_operator_says() {
        assert_eq!(
            role_of(r#"{"sub":"a","role":"Agent"}"#, "role"),
            Ok(Role::Agent)
        );
        assert_eq!(role_of(r#"{"sub":"a"}"#, "role"), Ok(Role::Customer));
        let nested = r#"{"sub":"a","realm_access":{"roles":["offline","agent","supervisor"]}}"#;
        assert_eq!(role_of(nested, "realm_access.roles"), Ok(Role::Supervisor));
        let url = r#"{"sub":"a","https://x.example/role":"agent"}"#;
        assert_eq!(role_of(url, "https://x.example/role"), Ok(Role::Agent));
        assert_eq!(
            role_of(r#"{"sub":"a","role":"system"}"#, "role"),
            Err(UNKNOWN_ROLE)
        );
        assert_eq!(
            role_of(r#"{"sub":"a","role":7}"#, "role"),
            Err(UNKNOWN_ROLE)
        );
        assert!(role_of(r#"{"role":"agent"}"#, "role").is_err());
    }
}
