//! Links and addresses in mails that only the desk can have made: who holds one may do the one thing
//! that it is for, without signing in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{NotificationKind, TicketId, UserId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Clock, Error, Result, db::Db, secret};

/// How many bytes of a seal are kept: 128 bits, too many to guess.
const LENGTH: usize = 16;

/// What a seal is for. One that was made for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Reply,
    Unsubscribe,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// Makes and checks seals with a secret that all processes on one database share.
#[derive(Clone)]
pub struct Seals {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seals").finish_non_exhaustive()
    }
}

impl Seals {
    /// The seals of the desk on `db`.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn open(db: &Db, clock: &Clock) -> Result<Self> {
        let key = secret::shared(db, clock, "seals of mails").await?;
        Self::with_key(key.as_bytes())
    }

    fn with_key(key: &[u8]) -> Result<Self> {
        let mac = Hmac::new_from_slice(key).map_err(Error::internal)?;
        Ok(Self { mac })
    }

    fn mac_of(&self, purpose: Purpose, what: &str) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(what.as_bytes());
        mac
    }

    fn seal(&self, purpose: Purpose, what: &str) -> [u8; LENGTH] {
        let whole = self.mac_of(purpose, what).finalize().into_bytes();
        let mut seal = [0; LENGTH];
        for (to, from) in seal.iter_mut().zip(whole) {
            *to = from;
        }
        seal
    }

    /// The part of an address that says: an answer by this person to this ticket. In hexadecimal
    /// digits, since mail servers do not all keep capital letters.
    pub fn reply_tag(&self, ticket: TicketId, person: UserId) -> String {
        use std::fmt::Write;
        let seal = self.seal(Purpose::Reply, &format!("{ticket}:{person}"));
        seal.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The token with which `person` says that they want no more mails of `kind`.
    pub fn unsubscribe_token(&self, person: UserId, kind: NotificationKind) -> String {
        let what = format!("{}:{}", person.0.simple(), kind.as_str());
        self.token(Purpose::Unsubscribe, &what)
    }

    /// What [`Self::unsubscribe_token`] was made for; `None` for anything else.
    pub fn unsubscribes(&self, token: &str) -> Option<(UserId, NotificationKind)> {
        let what = self.open_token(Purpose::Unsubscribe, token)?;
        let (person, kind) = what.split_once(':')?;
        let person = Uuid::try_parse(person).ok()?;
        let kind = NotificationKind::ALL
            .iter()
            .find(|known| known.as_str() == kind)?;
        Some((person.into(), *kind))
    }

    fn token(&self, purpose: Purpose, what: &str) -> String {
        let seal = URL_SAFE_NO_PAD.encode(self.seal(purpose, what));
        format!("{}.{seal}", URL_SAFE_NO_PAD.encode(what))
    }

    fn open_token(&self, purpose: Purpose, token: &str) -> Option<String> {
        let (what, seal) = token.split_once('.')?;
        let what = String::from_utf8(URL_SAFE_NO_PAD.decode(what).ok()?).ok()?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        if seal.len() != LENGTH {
            return None;
        }
        // How long this takes tells nothing about the right seal.
        let mac = self.mac_of(purpose, &what);
        mac.verify_truncated_left(&seal).ok()?;
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seals(key: &str) -> Seals {
        Seals::with_key(key.as_bytes()).unwrap()
    }

    #[test]
    fn a_token_is_for_one_purpose_and_one_desk() {
        let (ours, theirs) = (seals("ours"), seals("theirs"));
        let person = UserId(Uuid::from_u128(7));
        let ticket = TicketId(Uuid::from_u128(8));
        let token = ours.unsubscribe_token(person, NotificationKind::FollowUp);
        assert_eq!(
            ours.unsubscribes(&token),
            Some((person, NotificationKind::FollowUp))
        );
        assert_eq!(theirs.unsubscribes(&token), None);
        assert_eq!(ours.unsubscribes(&ours.reply_tag(ticket, person)), None);
        assert_ne!(
            ours.reply_tag(ticket, person),
            ours.reply_tag(ticket, UserId(Uuid::from_u128(9)))
        );
        assert_eq!(ours.reply_tag(ticket, person).len(), 32);
    }

    proptest! {
        #[test]
        fn a_token_that_was_changed_is_none(place in 0_usize..200, letter in "[A-Za-z0-9._-]") {
            let seals = seals("key");
            let token = seals.unsubscribe_token(UserId(Uuid::from_u128(7)), NotificationKind::Survey);
            let place = place % token.len();
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            // The last letter of a part holds bits that mean nothing; those are refused too.
            prop_assert!(changed == token || seals.unsubscribes(&changed).is_none());
            prop_assert!(seals.unsubscribes(&token[..place]).is_none());
        }

        #[test]
        fn anything_else_is_none(text in ".{0,80}") {
            prop_assert!(seals("key").unsubscribes(&text).is_none());
        }
    }
}
