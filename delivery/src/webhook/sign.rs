//! How a request is signed: the Standard Webhooks specification 1.0
//! (<https://www.standardwebhooks.com>).

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use domain::telling::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature of a request that is sent at `at`: `v1,` and base64. While a secret is replaced
/// there are two, separated by a space.
pub fn sign(secret: &Secret, id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new(secret.key().into());
    mac.update(format!("{id}.{}.", at.timestamp()).as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
