//! ClamAV's daemon (`man clamd`, INSTREAM).

use std::{
    fmt,
    io::{self, ErrorKind},
    path::PathBuf,
    pin::Pin,
    time::Duration,
};

use clamav_client::tokio::{TransportProtocol, scan_stream};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, Join, Take, join, split},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_io_timeout::{TimeoutReader, TimeoutWriter};
use tokio_util::io::ReaderStream;

use crate::chain::{chain, one_line};

/// How much of a file is in memory at once.
const CHUNK: usize = 64 << 10;

/// The longest answer: one line with the name of a signature.
const MAX_ANSWER: u64 = 4 << 10;

/// A daemon. It skips what exceeds its MaxFileSize or MaxScanSize and says OK, unless its
/// configuration has `AlertExceedsMax yes`; what exceeds its StreamMaxLength it refuses to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clamd {
    address: Address,
    patience: Patience,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// How long it may do nothing. A file of any size has as long as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    /// For a connection.
    pub(super) connect: Duration,
    /// Until it takes more of the file.
    pub(super) take: Duration,
    /// Until it answers, once it has the whole file; its own MaxScanTime is two minutes.
    pub(super) answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            take: Duration::from_secs(30),
            answer: Duration::from_secs(150),
        }
    }
}

/// A file that was not scanned.
#[derive(Debug, thiserror::Error)]
#[error("a file could not be scanned by clamd at {address}, so it is not kept: {why}")]
pub(crate) struct Unscanned {
    address: String,
    why: String,
}

impl Clamd {
    pub(super) fn new(address: Address) -> Self {
        Self::with(address, Patience::default())
    }

    pub(super) const fn with(address: Address, patience: Patience) -> Self {
        Self { address, patience }
    }

    /// The name of what is harmful in it, if anything is.
    pub(super) async fn scan(
        &self,
        content: impl AsyncRead + Send + Unpin,
    ) -> Result<Option<String>, Unscanned> {
        let content = ReaderStream::with_capacity(content, CHUNK);
        let answer = scan_stream(content, self, Some(CHUNK)).await;
        let verdict = match answer {
            Ok(answer) => read(&answer),
            Err(error) => Err(why(&error)),
        };
        verdict.map_err(|why| Unscanned {
            address: self.address.to_string(),
            why,
        })
    }
}

/// What an answer means: `stream: OK`, `stream: Name FOUND`, or the words of a complaint.
fn read(answer: &[u8]) -> Result<Option<String>, String> {
    let line = answer
        .strip_suffix(b"\0")
        .and_then(|line| str::from_utf8(line).ok());
    let said = line.and_then(|line| line.strip_prefix("stream: "));
    match (said, said.and_then(|said| said.strip_suffix(" FOUND"))) {
        (Some("OK"), _) => Ok(None),
        (_, Some(name)) if !name.is_empty() => Ok(Some(one_line(name))),
        _ if answer.is_empty() => Err(format!("it closed the connection. {HINT}")),
        _ => Err(format!(
            "it says {:?}. {HINT}",
            String::from_utf8_lossy(&answer[..answer.len().min(200)])
        )),
    }
}

/// Why the conversation ended.
fn why(error: &io::Error) -> String {
    let chain = chain(error);
    if matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    ) {
        return format!("it closed the connection before it had the whole file ({chain}). {HINT}");
    }
    chain
}

const HINT: &str = "Look into its log; its StreamMaxLength must not be smaller than the largest file that \
                    may be attached.";

type Reading = Pin<Box<TimeoutReader<Take<Box<dyn AsyncRead + Send + Unpin>>>>>;
type Writing = Pin<Box<TimeoutWriter<Box<dyn AsyncWrite + Send + Unpin>>>>;

/// A connection whose silence and whose talk are bounded.
impl TransportProtocol for Clamd {
    type Stream = Join<Reading, Writing>;

    async fn connect(&self) -> io::Result<Self::Stream> {
        let connected = timeout(self.patience.connect, self.address.connect()).await;
        let (reading, writing) = connected.map_err(|_| {
            let after = self.patience.connect;
            io::Error::new(
                ErrorKind::TimedOut,
                format!("no connection after {after:?}"),
            )
        })??;
        let mut reading = TimeoutReader::new(reading.take(MAX_ANSWER));
        reading.set_timeout(Some(self.patience.answer));
        let mut writing = TimeoutWriter::new(writing);
        writing.set_timeout(Some(self.patience.take));
        Ok(join(Box::pin(reading), Box::pin(writing)))
    }
}

type Halves = (
    Box<dyn AsyncRead + Send + Unpin>,
    Box<dyn AsyncWrite + Send + Unpin>,
);

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return path.starts_with('/').then(|| Self::Unix(path.into()));
        }
        let (host, port) = text.rsplit_once(':')?;
        let named =
            !host.is_empty() && !host.contains(['/', '@']) && !host.contains(char::is_whitespace);
        let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
        named.then(|| Self::Tcp(format!("{host}:{port}")))
    }

    async fn connect(&self) -> io::Result<Halves> {
        Ok(match self {
            Self::Tcp(address) => halves(TcpStream::connect(address).await?),
            Self::Unix(path) => halves(UnixStream::connect(path).await?),
        })
    }
}

fn halves(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Halves {
    let (reading, writing) = split(stream);
    (Box::new(reading), Box::new(writing))
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => out.write_str(address),
            Self::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}
