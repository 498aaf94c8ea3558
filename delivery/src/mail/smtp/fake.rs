//! A mail server for tests, which fails where it is told to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the server does at one step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Answers this.
    Say(&'static str),
    /// Closes the connection.
    Close,
    /// Answers this so much later.
    Wait(Duration, &'static str),
    /// Never answers.
    Hang,
}

use Act::Say;

/// What the server does at each step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manners {
    pub(super) greeting: Act,
    pub(super) offers: &'static str,
    pub(super) auth: Act,
    pub(super) mail: Act,
    pub(super) rcpt: Act,
    pub(super) data: Act,
    pub(super) text: Act,
    /// Closes the connection after so many mails.
    pub(super) mails: usize,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            greeting: Say("220 fake"),
            offers: "250-fake\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            auth: Say("235 welcome"),
            mail: Say("250 ok"),
            rcpt: Say("250 ok"),
            data: Say("354 go on"),
            text: Say("250 taken"),
            mails: usize::MAX,
        }
    }
}

/// What the server has seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) connections: usize,
    pub(super) closed: usize,
    pub(super) commands: Vec<String>,
    pub(super) mails: Vec<Vec<u8>>,
}

/// A running server.
pub(super) struct Fake {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Fake {
    pub(super) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let all = seen.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                all.lock().unwrap().connections += 1;
                let seen = all.clone();
                tokio::spawn(async move {
                    // The client may be gone at any time.
                    let _ = serve(stream, manners, &seen).await;
                    seen.lock().unwrap().closed += 1;
                });
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the conversation goes on.
async fn act(stream: &mut BufReader<TcpStream>, act: Act) -> std::io::Result<bool> {
    match act {
        Say(text) => {
            stream.write_all(format!("{text}\r\n").as_bytes()).await?;
            Ok(true)
        }
        Act::Wait(so_long, text) => {
            tokio::time::sleep(so_long).await;
            stream.write_all(format!("{text}\r\n").as_bytes()).await?;
            Ok(true)
        }
        Act::Close => Ok(false),
        Act::Hang => std::future::pending().await,
    }
}

async fn serve(stream: TcpStream, manners: Manners, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mails = 0;
    if !act(&mut stream, manners.greeting).await? {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        seen.lock().unwrap().commands.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let reply = match verb {
            "EHLO" => Say(manners.offers),
            "AUTH" => manners.auth,
            "MAIL" => manners.mail,
            "RCPT" => manners.rcpt,
            "DATA" => manners.data,
            "QUIT" => Say("221 bye"),
            _ => Say("500 what?"),
        };
        if !act(&mut stream, reply).await? || verb == "QUIT" {
            return Ok(());
        }
        if verb == "DATA" && matches!(reply, Say(text) if text.starts_with("354")) {
            let mut text = Vec::new();
            while !text.ends_with(b"\r\n.\r\n") {
                if stream.read_until(b'\n', &mut text).await? == 0 {
                    return Ok(());
                }
            }
            text.truncate(text.len() - 3);
            seen.lock().unwrap().mails.push(text);
            mails += 1;
            if !act(&mut stream, manners.text).await? || mails == manners.mails {
                return Ok(());
            }
        }
    }
}
