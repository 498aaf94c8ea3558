//! Places in somebody's notifications.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Error, Result};

/// A place in somebody's notifications: those up to it, and what was marked as read until then, have
/// been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct InboxPosition {
    /// The last notification; 0 before the first.
    pub id: i64,
    /// How often something was marked as read.
    pub revision: i64,
}

impl InboxPosition {
    /// The form that clients get and give back; opaque to them.
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("inbox:{}:{}", self.id, self.revision))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// `BadInput` for anything else.
    pub fn decode(text: &str) -> Result<Self> {
        let parse = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (id, revision) = std::str::from_utf8(&bytes)
                .ok()?
                .strip_prefix("inbox:")?
                .split_once(':')?;
            let (id, revision) = (id.parse().ok()?, revision.parse().ok()?);
            (id >= 0 && revision >= 0).then_some(Self { id, revision })
        };
        parse().ok_or_else(|| {
            Error::BadInput(
                "The position given as `after` is not one of notifications. Take `position` from a \
                 notifications query or from an event of that subscription, unchanged."
                    .to_owned(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Position;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(id in 0..i64::MAX, revision in 0..i64::MAX) {
            let position = InboxPosition { id, revision };
            prop_assert_eq!(InboxPosition::decode(&position.encode()).ok(), Some(position));
            // Those of the event log are others.
            let other = Position { xid: id, seq: revision };
            prop_assert!(InboxPosition::decode(&other.encode()).is_err());
            prop_assert!(Position::decode(&position.encode()).is_err());
        }

        #[test]
        fn anything_else_is_refused_without_a_panic(text in ".{0,40}") {
            prop_assert!(InboxPosition::decode(&text).is_err());
        }
    }
}
