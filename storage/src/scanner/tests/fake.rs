//! Daemons that are away, broken, or none.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadBuf, repeat},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::*;

/// Longer than any patience here, on a slow machine.
const LIMIT: Duration = Duration::from_secs(5);

fn at(address: Address) -> Scanner {
    Scanner::Clamd(Clamd::with(
        address,
        Patience {
            connect: Duration::from_millis(200),
            take: Duration::from_millis(300),
            answer: Duration::from_millis(300),
        },
    ))
}

/// A daemon that does `this` with every connection.
async fn daemon<F>(this: impl Fn(TcpStream) -> F + Send + 'static) -> Scanner
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(this(stream));
        }
    });
    at(Address::Tcp(address.to_string()))
}

/// One that reads all of a file and then says this.
async fn saying(answer: &'static [u8]) -> Scanner {
    daemon(move |mut stream| async move {
        whole(&mut stream).await?;
        stream.write_all(answer).await
    })
    .await
}

/// Reads what a client sends, and says how much of a file that was.
async fn whole(stream: &mut TcpStream) -> io::Result<u64> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut size = 0;
    loop {
        let length = stream.read_u32().await?;
        if length == 0 {
            return Ok(size);
        }
        assert!(length <= 64 << 10, "{length} bytes at once");
        size += u64::from(length);
        let mut chunk = vec![0; length as usize];
        stream.read_exact(&mut chunk).await?;
    }
}

/// Why a file is not scanned; always within the time limit.
async fn failure(scanner: &Scanner, content: &[u8]) -> String {
    let scanned = timeout(LIMIT, scan(scanner, content)).await;
    scanned.expect("it waits too long").unwrap_err().to_string()
}

#[tokio::test]
async fn answers_are_read_to_the_letter() {
    for (answer, expected) in [
        (&b"stream: OK\0"[..], None),
        (b"stream: Win.Test FOUND\0", Some("Win.Test")),
        (b"stream: OK FOUND\0", Some("OK")),
    ] {
        let found = scan(&saying(answer).await, b"x").await.unwrap();
        let expected = expected.map(|name| Refusal::Harmful(name.to_owned()));
        assert_eq!(found, expected);
    }
    for answer in [
        &b"stream: OK"[..],
        b"OK\0",
        b"stream: NOT OK\0",
        b"stream: OK\nstream: OK\0",
        b"stream:  FOUND\0",
        b"stream: \0",
        b"\0",
        b"\xff\xfe\0",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"UNKNOWN COMMAND\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
    ] {
        let text = failure(&saying(answer).await, b"x").await;
        assert!(text.contains("could not be scanned"), "{text}");
        assert!(text.contains("it says"), "{text}");
        assert!(!text.contains('\0'), "{text:?}");
    }
    let text = failure(&saying(b"").await, b"x").await;
    assert!(text.contains("it closed the connection"), "{text}");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = failure(&at(Address::Tcp(address.to_string())), b"x").await;
    assert!(text.contains("Connection refused"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let text = failure(&at(Address::Unix(socket.clone())), b"x").await;
    assert!(text.contains("No such file"), "{text}");
    assert!(text.contains(socket.to_str().unwrap()), "{text}");
}

#[tokio::test]
async fn it_closes_early() {
    let closing = daemon(async |_| Ok(())).await;
    for size in [1, 10 << 20] {
        let text = failure(&closing, &vec![b'x'; size]).await;
        assert!(text.contains("it closed the connection"), "{text}");
        assert!(text.contains("StreamMaxLength"), "{text}");
    }
}

#[tokio::test]
async fn it_never_answers() {
    let silent = daemon(async |mut stream| {
        whole(&mut stream).await?;
        std::future::pending().await
    })
    .await;
    let text = failure(&silent, b"x").await;
    assert!(text.contains("timed out"), "{text}");
}

#[tokio::test]
async fn it_takes_no_more() {
    let full = daemon(async |_stream| std::future::pending().await).await;
    let text = failure(&full, &vec![b'x'; 50 << 20]).await;
    assert!(text.contains("timed out"), "{text}");
}

#[tokio::test]
async fn it_never_stops_talking() {
    let chatty = daemon(async |mut stream| {
        whole(&mut stream).await?;
        loop {
            stream.write_all(&[b'x'; 1_000]).await?;
        }
    })
    .await;
    let text = failure(&chatty, b"x").await;
    assert!(text.contains("it says"), "{text}");
    assert!(text.len() < 1_000, "{}", text.len());
}

/// A file that breaks off.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Err(io::Error::other("the file broke off")))
    }
}

#[tokio::test]
async fn half_a_file_is_not_scanned() {
    let good = saying(b"stream: OK\0").await;
    let content = (&b"the beginning"[..]).chain(Broken);
    let text = good.scan(content).await.unwrap_err().to_string();
    assert!(text.contains("the file broke off"), "{text}");
}

#[tokio::test]
async fn a_large_file_passes_in_small_pieces() {
    const SIZE: u64 = 300 << 20;
    let (counted, count) = tokio::sync::oneshot::channel();
    let counted = std::sync::Mutex::new(Some(counted));
    let counted = std::sync::Arc::new(counted);
    let counting = daemon(move |mut stream| {
        let counted = counted.clone();
        async move {
            let size = whole(&mut stream).await?;
            let sender = counted.lock().unwrap().take().unwrap();
            sender.send(size).unwrap();
            stream.write_all(b"stream: OK\0").await
        }
    })
    .await;
    let content = repeat(b'x').take(SIZE);
    assert_eq!(counting.scan(content).await.unwrap(), None);
    assert_eq!(count.await.unwrap(), SIZE);
}
