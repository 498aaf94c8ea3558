//! Links and addresses in mails that only the desk can have made: who holds one may do the one thing
//! that it is for, without signing in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{NotificationKind, TicketId, Timestamp, UserId};
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
    Survey,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Unsubscribe => "unsubscribe",
            Self::Survey => "survey",
        }
    }
}

/// Why a survey's token is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurveyTokenError {
    /// The desk has not made it, or not for this.
    Unknown,
    /// Its time is over.
    Expired,
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

    /// The token with which `person` says how satisfied they are with `ticket`, before `expires_at` (in
    /// whole seconds).
    pub fn survey_token(&self, ticket: TicketId, person: UserId, expires_at: Timestamp) -> String {
        let (ticket, person) = (ticket.0.simple(), person.0.simple());
        let what = format!("{ticket}:{person}:{}", expires_at.timestamp());
        self.token(Purpose::Survey, &what)
    }

    /// What [`Self::survey_token`] was made for, as long as it is good.
    ///
    /// # Errors
    /// When it is none, or is past its time at `now`.
    pub fn survey(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(TicketId, UserId), SurveyTokenError> {
        let what = self.open_token(Purpose::Survey, token);
        let parts = what.as_deref().and_then(survey_parts);
        let (ticket, person, expires_at) = parts.ok_or(SurveyTokenError::Unknown)?;
        if now.timestamp() >= expires_at {
            return Err(SurveyTokenError::Expired);
        }
        Ok((ticket, person))
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

/// The ticket, the person and the second at which it ends.
fn survey_parts(what: &str) -> Option<(TicketId, UserId, i64)> {
    let (ticket, rest) = what.split_once(':')?;
    let (person, expires_at) = rest.split_once(':')?;
    let (ticket, person) = (Uuid::try_parse(ticket).ok()?, Uuid::try_parse(person).ok()?);
    Some((ticket.into(), person.into(), expires_at.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seals(key: &str) -> Seals {
        Seals::with_key(key.as_bytes()).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
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
        let (now, later) = (at(0), at(60));
        let survey = ours.survey_token(ticket, person, later);
        assert_eq!(ours.survey(&survey, now), Ok((ticket, person)));
        for (seals, token) in [(&theirs, &survey), (&ours, &token)] {
            let opened = seals.survey(token, now);
            assert_eq!(opened, Err(SurveyTokenError::Unknown));
        }
        assert_eq!(ours.unsubscribes(&survey), None);
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
            let unknown = Err(SurveyTokenError::Unknown);
            prop_assert_eq!(seals("key").survey(&text, at(0)), unknown);
        }

        #[test]
        fn a_survey_is_for_one_ticket_and_person_until_it_expires(
            ticket in any::<u128>(),
            person in any::<u128>(),
            expires_at in 0_i64..4_000_000_000,
            left in -1_000_i64..1_000,
        ) {
            let seals = seals("key");
            let (ticket, person) = (Uuid::from_u128(ticket).into(), Uuid::from_u128(person).into());
            let token = seals.survey_token(ticket, person, at(expires_at));
            let opened = seals.survey(&token, at(expires_at - left));
            let good = left > 0;
            prop_assert_eq!(
                opened,
                if good { Ok((ticket, person)) } else { Err(SurveyTokenError::Expired) }
            );
        }

        #[test]
        fn a_survey_that_was_changed_is_none(
            place in 0_usize..200,
            letter in "[A-Za-z0-9._-]",
        ) {
            let seals = seals("key");
            let (ticket, person) = (TicketId(Uuid::from_u128(8)), UserId(Uuid::from_u128(7)));
            let token = seals.survey_token(ticket, person, at(60));
            let place = place % token.len();
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            // That it is over is not said of what the desk has not made.
            for second in [0, 100] {
                let unknown = Err(SurveyTokenError::Unknown);
                prop_assert!(changed == token || seals.survey(&changed, at(second)) == unknown);
                prop_assert_eq!(seals.survey(&token[..place], at(second)), unknown);
            }
        }
    }
}
