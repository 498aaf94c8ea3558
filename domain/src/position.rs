//! Places in the event log.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{event, follower};

use crate::{Error, Result};

/// A place in the event log: everything up to and with it has been seen. Ordered as readers read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The writing transaction, 0 on SQLite.
    pub xid: i64,
    /// The running number.
    pub seq: i64,
}

impl From<&event::Model> for Position {
    fn from(row: &event::Model) -> Self {
        let (xid, seq) = (row.xid, row.seq);
        Self { xid, seq }
    }
}

/// Up to where a follower has done everything.
impl From<&follower::Model> for Position {
    fn from(row: &follower::Model) -> Self {
        let (xid, seq) = (row.xid, row.seq);
        Self { xid, seq }
    }
}

impl Position {
    /// The form that clients get and give back; opaque to them.
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("at:{}:{}", self.xid, self.seq))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// `BadInput` for anything else.
    pub fn decode(text: &str) -> Result<Self> {
        let parse = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (xid, seq) = std::str::from_utf8(&bytes)
                .ok()?
                .strip_prefix("at:")?
                .split_once(':')?;
            let (xid, seq) = (xid.parse().ok()?, seq.parse().ok()?);
            (xid >= 0 && seq >= 0).then_some(Self { xid, seq })
        };
        parse().ok_or_else(|| {
            Error::BadInput(
                "The position given as `after` is not one that this server gave out. Take `position` \
                 from a queue query or from an event, unchanged."
                    .to_owned(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(xid in 0..i64::MAX, seq in 0..i64::MAX) {
            let position = Position { xid, seq };
            prop_assert_eq!(Position::decode(&position.encode()).ok(), Some(position));
        }

        #[test]
        fn anything_else_is_refused_without_a_panic(text in ".{0,40}") {
            prop_assert!(Position::decode(&text).is_err());
        }
    }
}
