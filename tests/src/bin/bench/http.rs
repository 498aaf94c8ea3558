//! A lean HTTP client: it runs on the cores of what it measures, so it does as little as it can.
//! One request at a time, prepared bytes out, the length and the body in.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A connection that is kept.
pub(crate) struct Http {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Http {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        Self {
            stream,
            buffer: vec![0; 256 * 1024],
        }
    }

    /// Sends a request and gives back the body of the answer, whose status must be 200.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<&[u8], String> {
        self.stream
            .write_all(request)
            .map_err(|e| format!("cannot send: {e}"))?;
        let (mut read, mut body) = (0, None);
        loop {
            if let Some((start, end)) = body
                && read >= end
            {
                return Ok(&self.buffer[start..end]);
            }
            if read == self.buffer.len() {
                self.buffer.resize(2 * read, 0);
            }
            let more = self.stream.read(&mut self.buffer[read..]);
            match more.map_err(|e| format!("no answer: {e}"))? {
                0 => return Err("the server closed the connection".to_owned()),
                more => read += more,
            }
            if body.is_none() {
                body = place_of_body(&self.buffer[..read])?;
            }
        }
    }
}

/// Where the body lies, once the head is there.
fn place_of_body(answer: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&answer[..head]);
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200 ") {
        return Err(format!("{status}: {}", String::from_utf8_lossy(answer)));
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or("an answer without Content-Length")?;
    Ok(Some((head + 4, head + 4 + length)))
}

/// A GraphQL operation as the bytes of a request.
pub(crate) fn post(address: SocketAddr, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
