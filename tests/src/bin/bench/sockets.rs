//! Thousands of subscribed sockets, and what each of them got.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    frames::{Frames, Got, pong, text},
    operation::FIELDS,
    server::token,
};

/// So many people share the sockets.
const PEOPLE: usize = 50;
/// Every so manieth socket keeps what it got.
const SAMPLE: usize = 100;
/// Sockets that are being opened at once.
const OPENING: usize = 64;

/// Open sockets.
pub(crate) struct Sockets {
    address: SocketAddr,
    query: String,
    total: Arc<AtomicU64>,
    bad: mpsc::UnboundedReceiver<String>,
    tell: mpsc::UnboundedSender<String>,
    open: Vec<Open>,
}

struct Open {
    got: Arc<AtomicU64>,
    end: oneshot::Sender<()>,
    task: JoinHandle<Frames>,
}

impl Sockets {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let (tell, bad) = mpsc::unbounded_channel();
        Self {
            address,
            query: format!("subscription {{ queue {{ position kind ticket {{ {FIELDS} }} }} }}"),
            total: Arc::default(),
            bad,
            tell,
            open: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Opens more until there are `count`, all of them subscribed and ready.
    pub(crate) async fn grow(&mut self, count: usize) {
        let opening = Arc::new(Semaphore::new(OPENING));
        let (ready, mut is_ready) = mpsc::unbounded_channel();
        let more = count.saturating_sub(self.len());
        for _ in 0..more {
            let place = self.len();
            let token = token(&format!("bench-agent-{}", place % PEOPLE), "agent");
            let got = Arc::new(AtomicU64::new(0));
            let (end, ended) = oneshot::channel();
            let socket = Socket {
                address: self.address,
                token,
                query: self.query.clone(),
                got: Arc::clone(&got),
                total: Arc::clone(&self.total),
                sample: place.is_multiple_of(SAMPLE),
            };
            let (opening, ready) = (Arc::clone(&opening), ready.clone());
            let tell = self.tell.clone();
            let task = tokio::spawn(async move {
                let turn = opening.acquire_owned().await;
                socket.run(turn, ready, ended, tell).await
            });
            self.open.push(Open { got, end, task });
        }
        for _ in 0..more {
            tokio::select! {
                _ = is_ready.recv() => {}
                bad = self.bad.recv() => panic!("a socket failed: {bad:?}"),
                () = tokio::time::sleep(Duration::from_secs(60)) => panic!("sockets do not open"),
            }
        }
    }

    /// Messages that all sockets got so far.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    /// Waits until `total` is reached and says when.
    pub(crate) async fn wait_for(&mut self, total: u64) -> Instant {
        let limit = Instant::now() + Duration::from_secs(300);
        while self.total() < total {
            if let Ok(bad) = self.bad.try_recv() {
                panic!("a socket failed: {bad}");
            }
            assert!(
                Instant::now() < limit,
                "{} of {total} messages came",
                self.total()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Instant::now()
    }

    /// What each socket got so far.
    pub(crate) fn counts(&self) -> Vec<u64> {
        self.open
            .iter()
            .map(|open| open.got.load(Relaxed))
            .collect()
    }

    /// Closes them and gives back what the samples kept, the first message being READY.
    pub(crate) async fn close(self) -> Vec<Vec<Vec<u8>>> {
        let mut samples = Vec::new();
        for Open { end, task, .. } in self.open {
            let _gone = end.send(());
            samples.extend(task.await.unwrap().kept);
        }
        samples
    }
}

struct Socket {
    address: SocketAddr,
    token: String,
    query: String,
    got: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
    sample: bool,
}

impl Socket {
    async fn run<Turn>(
        self,
        turn: Turn,
        ready: mpsc::UnboundedSender<()>,
        mut ended: oneshot::Receiver<()>,
        tell: mpsc::UnboundedSender<String>,
    ) -> Frames {
        let mut frames = Frames::default();
        let mut stream = match self.open(&mut frames).await {
            Ok(stream) => stream,
            Err(error) => {
                let _told = tell.send(error);
                return frames;
            }
        };
        drop(turn);
        let _told = ready.send(());
        if self.sample {
            frames.kept = Some(Vec::new());
        }
        loop {
            let reading = read(&mut stream, &mut frames);
            let read = tokio::select! {
                read = reading => read,
                _ = &mut ended => return frames,
            };
            match read {
                Ok(next) => {
                    self.got.fetch_add(next, Relaxed);
                    self.total.fetch_add(next, Relaxed);
                }
                Err(error) => {
                    let _told = tell.send(error);
                    return frames;
                }
            }
        }
    }

    /// Opens the socket, signs in, subscribes and waits for READY.
    async fn open(&self, frames: &mut Frames) -> Result<TcpStream, String> {
        let address = self.address;
        let failed = |error: std::io::Error| format!("cannot connect: {error}");
        let mut stream = TcpStream::connect(address).await.map_err(failed)?;
        let upgrade = format!(
            "GET /graphql HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await.map_err(failed)?;
        let mut head = Vec::new();
        // The server says nothing of itself before it is spoken to, so no frame follows the head.
        while !head.ends_with(b"\r\n\r\n") {
            stream.readable().await.map_err(failed)?;
            match stream.try_read_buf(&mut head) {
                Ok(0) => return Err("closed while connecting".to_owned()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(failed(error)),
            }
        }
        if !head.starts_with(b"HTTP/1.1 101 ") {
            return Err(String::from_utf8_lossy(&head).into_owned());
        }
        let bearer = json!({ "authorization": format!("Bearer {}", self.token) });
        let init = json!({ "type": "connection_init", "payload": bearer }).to_string();
        stream.write_all(&text(&init)).await.map_err(failed)?;
        // Its acknowledgement is not a message of the subscription.
        while read(&mut stream, frames).await? > 0 {}
        let payload = json!({ "query": self.query });
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
        let subscribe = text(&subscribe.to_string());
        stream.write_all(&subscribe).await.map_err(failed)?;
        while read(&mut stream, frames).await? == 0 {}
        Ok(stream)
    }
}

thread_local! {
    /// One for all sockets of a thread: ten thousand buffers would be another measurement.
    static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 64 * 1024]);
}

/// Reads what there is and says how many messages of the subscription it completed.
async fn read(stream: &mut TcpStream, frames: &mut Frames) -> Result<u64, String> {
    stream
        .readable()
        .await
        .map_err(|error| format!("a socket broke: {error}"))?;
    let (mut next, mut answers, mut bad) = (0, Vec::new(), None);
    let read = BUFFER.with_borrow_mut(|buffer| {
        let read = stream.try_read(buffer);
        if let Ok(read) = read {
            frames.feed(&buffer[..read], |got| match got {
                Got::Next => next += 1,
                Got::Ack => {}
                Got::Ping => answers.extend(pong()),
                Got::TextPing => answers.extend(text(r#"{"type":"pong"}"#)),
                Got::Bad => bad = Some(String::from_utf8_lossy(&buffer[..read]).into_owned()),
            });
        }
        read
    });
    match read {
        Ok(0) => return Err("the server closed a socket".to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(format!("a socket broke: {error}")),
    }
    if let Some(bad) = bad {
        return Err(format!("not a message: {bad}"));
    }
    if !answers.is_empty() {
        let sent = stream.write_all(&answers).await;
        sent.map_err(|error| format!("a socket broke: {error}"))?;
    }
    Ok(next)
}
