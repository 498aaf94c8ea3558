//! How a socket is closed: codes of graphql-transport-ws and of WebSocket itself.

use axum::extract::ws;

/// Why a socket is closed, for the client's program and for its programmer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: String,
}

/// A close frame has room for so many bytes of a reason (RFC 6455, section 5.5).
const ROOM: usize = 123;

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        let mut end = reason.len().min(ROOM);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason.truncate(end);
        Self { code, reason }
    }

    /// The server stops.
    pub(super) fn going_away() -> Self {
        Self::new(1001, "The server is going away. Connect again.")
    }

    /// Frames that are none.
    pub(super) fn not_websocket(reason: String) -> Self {
        Self::new(1002, reason)
    }

    /// Binary messages mean nothing here.
    pub(super) fn not_text() -> Self {
        Self::new(1003, "Send messages as text.")
    }

    /// A text that is none.
    pub(super) fn not_utf8() -> Self {
        Self::new(1007, "Text is UTF-8.")
    }

    /// A message beyond the limit.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(1009, format!("A message may have {limit} bytes."))
    }

    /// Nobody can be signed in right now.
    pub(super) fn unavailable(reason: String) -> Self {
        Self::new(1011, reason)
    }

    /// The client does not answer pings. 3008 is registered for time-outs.
    pub(super) fn silent() -> Self {
        Self::new(
            3008,
            "Nothing was heard of you. Answer pings, or connect again.",
        )
    }

    /// Not a message of the protocol, or not now.
    pub(super) fn bad_message(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    /// An operation of nobody.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            4401,
            "Send connection_init and wait for connection_ack first.",
        )
    }

    /// The token is not good, or not good any more.
    pub(super) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(4403, reason)
    }

    /// A client that speaks something else.
    pub(super) fn other_protocol() -> Self {
        Self::new(
            4406,
            "Subprotocol not acceptable: speak graphql-transport-ws.",
        )
    }

    /// No `connection_init`.
    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// The id of an operation that is still running.
    pub(super) fn taken(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// A second `connection_init`.
    pub(super) fn twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// One person has too many sockets.
    pub(super) fn too_many(limit: u32) -> Self {
        let reason =
            format!("You have {limit} streams open, and more are not possible. Close some.");
        Self::new(4429, reason)
    }
}

impl From<Close> for ws::Message {
    fn from(close: Close) -> Self {
        Self::Close(Some(ws::CloseFrame {
            code: close.code,
            reason: close.reason.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame() {
        let close = Close::taken(&"ü".repeat(200));
        assert!(close.reason.len() <= ROOM && close.code == 4409);
    }
}
