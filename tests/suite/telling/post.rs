//! A mail server in the test, which does what it is told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Arrived {
    /// The value of a header on a line of its own.
    pub fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let start = format!("{name}: ");
        let found = text.lines().find_map(|line| line.strip_prefix(&start));
        found
            .unwrap_or_else(|| panic!("no {name}: {text}"))
            .to_owned()
    }

    /// What tells it from all other mails.
    pub fn id(&self) -> String {
        self.header("Message-ID")
    }

    /// The row of `delivery` that it came from.
    pub fn delivery(&self) -> i64 {
        let id = self.id();
        let number = id.strip_prefix("<delivery-").unwrap();
        number.split_once('.').unwrap().0.parse().unwrap()
    }
}

/// Mails that arrived, by whichever door, in their order; and who is turned away.
#[derive(Clone, Debug, Default)]
pub struct Post {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    refused: Arc<Mutex<HashMap<String, &'static str>>>,
}

impl Post {
    /// A mail server on a port of its own.
    pub async fn door(&self) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut door = Door {
            address: listener.local_addr().unwrap(),
            post: self.clone(),
            came: watch::Sender::new(0),
            held: watch::Sender::new(false),
            open: None,
        };
        door.listen(listener);
        door
    }

    /// All mails.
    pub fn mails(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// From now on the recipient `to` is answered so.
    pub fn refuse(&self, to: &str, answer: &'static str) {
        self.refused.lock().unwrap().insert(to.to_owned(), answer);
    }

    /// Everybody is welcome again.
    pub fn welcome(&self) {
        self.refused.lock().unwrap().clear();
    }
}

/// A port at which a mail server listens, or does not.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    post: Post,
    came: watch::Sender<usize>,
    held: watch::Sender<bool>,
    open: Option<JoinHandle<()>>,
}

impl Door {
    /// What `DESKWIRE_MAIL` is to be.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=off", self.address)
    }

    /// Nobody answers any more, nor in conversations that have begun.
    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            let _aborted = open.await;
        }
    }

    /// Somebody answers again.
    pub async fn reopen(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.listen(listener);
    }

    /// While it is held, nobody hears that their mail was taken.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// How many mails came in here.
    pub fn came(&self) -> watch::Receiver<usize> {
        self.came.subscribe()
    }

    fn listen(&mut self, listener: TcpListener) {
        let (post, came, held) = (self.post.clone(), self.came.clone(), self.held.clone());
        self.open = Some(tokio::spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                while talks.try_join_next().is_some() {}
                talks.spawn(serve(stream, post.clone(), came.clone(), held.subscribe()));
            }
        }));
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.abort();
        }
    }
}

/// A conversation. The client may be gone at any time.
async fn serve(
    stream: TcpStream,
    post: Post,
    came: watch::Sender<usize>,
    mut held: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 post\r\n").await?;
    let mut to = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let answer = match verb {
            "EHLO" => "250-post\r\n250-SMTPUTF8\r\n250 8BITMIME",
            "MAIL" => {
                to.clear();
                "250 ok"
            }
            "RCPT" => {
                let (_, address) = line.split_once('<').unwrap();
                let (address, _) = address.split_once('>').unwrap();
                let refusal = post.refused.lock().unwrap().get(address).copied();
                if refusal.is_none() {
                    to.push(address.to_owned());
                }
                refusal.unwrap_or("250 ok")
            }
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "500 what?",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if verb == "QUIT" {
            return Ok(());
        }
        if verb == "DATA" {
            let bytes = text(&mut stream).await?;
            let to = to.clone();
            post.arrived.lock().unwrap().push(Arrived { to, bytes });
            came.send_modify(|number| *number += 1);
            drop(held.wait_for(|held| !held).await);
            stream.write_all(b"250 taken\r\n").await?;
        }
    }
}

/// A mail up to the line with nothing but a dot.
async fn text(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(text);
        }
        text.extend(line.strip_prefix(b".").unwrap_or(&line));
    }
}
