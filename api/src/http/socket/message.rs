//! What clients say: messages of graphql-transport-ws.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::close::Close;
use crate::guard::RawRequest;

/// The longest id of an operation, in bytes.
const MAX_ID: usize = 256;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Message {
    /// Who it is.
    Init(Value),
    Ping,
    Pong,
    /// Run this and send what comes under this id.
    Subscribe(String, Box<RawRequest>),
    /// No more of this id.
    Complete(String),
}

/// Members come in any order, so the payload is read when the type is known.
#[derive(Deserialize)]
struct Envelope<'a> {
    r#type: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// How to close the socket if it is none.
    pub(super) fn read(text: &str) -> Result<Self, Close> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Close::bad_message("A message is a JSON object."));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text)
            .map_err(|error| Close::bad_message(format!("Not a message: {error}")))?;
        let Envelope {
            r#type,
            id,
            payload,
        } = envelope;
        let id = || {
            let id = id.filter(|id| !id.is_empty() && id.len() <= MAX_ID);
            id.ok_or_else(|| {
                Close::bad_message(format!("{type} needs an id of 1 to {MAX_ID} bytes."))
            })
        };
        match r#type.as_str() {
            "connection_init" => Ok(Self::Init(object(payload)?)),
            "ping" => object(payload).map(|_| Self::Ping),
            "pong" => object(payload).map(|_| Self::Pong),
            "complete" => Ok(Self::Complete(id()?)),
            "subscribe" => {
                let payload = payload.map_or("", RawValue::get);
                let request = RawRequest::from_json(payload.as_bytes())
                    .map_err(|error| Close::bad_message(error.to_string()))?;
                Ok(Self::Subscribe(id()?, Box::new(request)))
            }
            _ => Err(Close::bad_message(
                "The type is none of connection_init, ping, pong, subscribe and complete.",
            )),
        }
    }
}

/// A payload that may be left out or null, and else is an object.
fn object(payload: Option<&RawValue>) -> Result<Value, Close> {
    let payload = payload.map_or("null", RawValue::get);
    match serde_json::from_str(payload) {
        Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        Ok(_) | Err(_) => Err(Close::bad_message(
            "The payload is a JSON object or left out.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn code(text: &str) -> Option<u16> {
        Message::read(text).err().map(|close| close.code)
    }

    #[test]
    fn messages_of_the_protocol_are_read() {
        let subscribe = r#"{"payload": {"query": "{ a }"}, "id": "1", "type": "subscribe"}"#;
        assert!(matches!(Message::read(subscribe), Ok(Message::Subscribe(id, _)) if id == "1"));
        assert!(matches!(
            Message::read(r#"{"type":"ping"}"#),
            Ok(Message::Ping)
        ));
        let pong = r#"{"type":"pong","payload":{"a":1}}"#;
        assert!(matches!(Message::read(pong), Ok(Message::Pong)));
        let complete = r#"{"type":"complete","id":"x"}"#;
        assert!(matches!(Message::read(complete), Ok(Message::Complete(id)) if id == "x"));
        let init = r#"{"type":"connection_init","payload":null}"#;
        assert!(matches!(
            Message::read(init),
            Ok(Message::Init(Value::Null))
        ));
    }

    #[test]
    fn anything_else_is_a_bad_message() {
        for text in [
            "",
            "null",
            "[]",
            r#"["ping", null, null]"#,
            "{}",
            r#"{"type": 1}"#,
            r#"{"type": "start", "id": "1", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "id": "1"}"#,
            r#"{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "id": "1", "payload": [{"query": "{ a }"}]}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"variables": {}}}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"query": 5}}"#,
            r#"{"type": "complete"}"#,
            r#"{"type": "ping", "payload": 1}"#,
            r#"{"type": "connection_init", "payload": "token"}"#,
            r#"{"type": "ping"} {"type": "ping"}"#,
        ] {
            assert_eq!(code(text), Some(4400), "{text}");
        }
        let deep = format!(r#"{{"type":"ping","payload":{}"#, "{\"a\":".repeat(10_000));
        assert_eq!(code(&deep), Some(4400));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _either_way = Message::read(&text);
        }

        /// Texts that are nearly messages, cut and changed at random places.
        #[test]
        fn nearly_messages_do_not_either(
            kind in "connection_init|ping|pong|subscribe|complete|next",
            id in any::<Option<String>>(),
            query in any::<Option<String>>(),
            at in 0_usize..200,
            with in "[\"\\\\{}\\[\\],:a0\u{0}é ]{0,3}",
        ) {
            let whole = json!({ "type": kind, "id": id, "payload": { "query": query } }).to_string();
            let mut at = at.min(whole.len());
            while !whole.is_char_boundary(at) {
                at -= 1;
            }
            let _either_way = Message::read(&whole);
            let changed = format!("{}{with}{}", &whole[..at], &whole[at..]);
            let _either_way = Message::read(&changed);
            let _either_way = Message::read(&whole[..at]);
        }
    }
}
