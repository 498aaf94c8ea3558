//! Reading WebSocket frames as cheaply as possible: what a frame is, is seen in its first bytes;
//! the rest is passed over.

/// As much of a payload as is looked at.
const START: usize = 64;

/// What a socket got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// A message of the subscription.
    Next,
    /// The connection was accepted.
    Ack,
    /// A ping of the protocol's JSON layer, or one of the frame layer.
    TextPing,
    Ping,
    /// Something that ends the measurement.
    Bad,
}

/// The state between two reads.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: Vec<u8>,
    remaining: u64,
    opcode: u8,
    start: Vec<u8>,
    /// Whole payloads, for sockets that are looked at closely.
    pub(crate) kept: Option<Vec<Vec<u8>>>,
    payload: Vec<u8>,
}

impl Frames {
    /// Takes what was read and tells `got` of each frame that is complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut got: impl FnMut(Got)) {
        while !bytes.is_empty() {
            if self.remaining == 0 {
                self.head.push(bytes[0]);
                bytes = &bytes[1..];
                let Some(length) = length(&self.head) else {
                    continue;
                };
                self.opcode = self.head[0] & 15;
                self.remaining = length;
                self.head.clear();
                if length > 0 {
                    continue;
                }
            }
            let part = usize::try_from(self.remaining).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at(part.min(bytes.len()));
            bytes = rest;
            self.remaining -= part.len() as u64;
            let wanted = START - self.start.len();
            self.start
                .extend_from_slice(&part[..part.len().min(wanted)]);
            if self.kept.is_some() {
                self.payload.extend_from_slice(part);
            }
            if self.remaining == 0 {
                got(self.kind());
                self.start.clear();
                let payload = std::mem::take(&mut self.payload);
                if let Some(kept) = &mut self.kept {
                    kept.push(payload);
                }
            }
        }
    }

    fn kind(&self) -> Got {
        let says = |word: &[u8]| self.start.windows(word.len()).any(|part| part == word);
        match self.opcode {
            1 if says(b"\"next\"") => Got::Next,
            1 if says(b"\"connection_ack\"") => Got::Ack,
            1 if says(b"\"ping\"") => Got::TextPing,
            9 => Got::Ping,
            _ => Got::Bad,
        }
    }
}

/// The payload's length, once the head is whole. Servers do not mask.
fn length(head: &[u8]) -> Option<u64> {
    let short = u64::from(*head.get(1)? & 127);
    let long = match short {
        126 => head.get(2..4)?,
        127 => head.get(2..10)?,
        _ => return Some(short),
    };
    Some(long.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)))
}

/// A text frame of a client. Its mask is zero, so the payload stays as it is.
pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(1, payload.as_bytes())
}

/// The answer to [`Got::Ping`]; an empty one is allowed too.
pub(crate) fn pong() -> Vec<u8> {
    frame(10, b"")
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lengths are looked at first"
)]
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![128 | opcode];
    match payload.len() {
        length @ 0..=125 => frame.push(128 | length as u8),
        length => {
            frame.push(128 | 126);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}
