//! A client of graphql-transport-ws.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use crate::clean;

/// An open WebSocket. Waiting has a generous limit, so that a hang is a failure; no test depends
/// on how long it takes.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u32,
}

/// How a connection ends without a word of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The client's machine says that it has closed the connection.
    Closed,
    /// The connection is reset; what was on its way is lost.
    Reset,
    /// Reset in the middle of a frame in each direction.
    MidFrame,
}

/// Host and port of a server.
fn address(base: &str) -> &str {
    base.trim_start_matches("http://")
}

const LIMIT: Duration = Duration::from_secs(60);

impl Socket {
    /// Connects without initialising.
    pub async fn connect(base: &str) -> Self {
        Self::connect_with(base, &[]).await.unwrap()
    }

    /// Connects with more headers.
    ///
    /// # Errors
    /// When the server refuses the handshake.
    pub async fn connect_with(base: &str, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let tcp = TcpStream::connect(address(base)).await?;
        Self::connect_over(tcp, base, headers).await
    }

    async fn connect_over(
        tcp: TcpStream,
        base: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let url = format!("{}/graphql", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        let protocol = "graphql-transport-ws".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        // Some tests have thousands of these.
        let config = WebSocketConfig::default().read_buffer_size(4_096);
        let tcp = MaybeTlsStream::Plain(tcp);
        let (stream, _) = client_async_with_config(request, tcp, Some(config)).await?;
        Ok(Self { stream, next_id: 0 })
    }

    /// Connects and signs in.
    pub async fn open(base: &str, token: Option<&str>) -> Self {
        let mut socket = Self::connect(base).await;
        socket.sign_in(token).await;
        socket
    }

    /// Connects with a receive buffer as small as there is, and signs in.
    pub async fn narrow(base: &str, token: Option<&str>) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(1).unwrap();
        let tcp = tcp.connect(address(base).parse().unwrap()).await.unwrap();
        let mut socket = Self::connect_over(tcp, base, &[]).await.unwrap();
        socket.sign_in(token).await;
        socket
    }

    async fn sign_in(&mut self, token: Option<&str>) {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        let init = json!({ "type": "connection_init", "payload": payload });
        self.send(init).await;
        let ack = self.receive().await.expect("connection_ack");
        assert_eq!(ack["type"], "connection_ack");
    }

    /// Sends a message of the protocol.
    pub async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    /// Sends text as it is.
    pub async fn send_text(&mut self, text: String) {
        self.stream.send(Message::Text(text.into())).await.unwrap();
    }

    /// Sends text as it is; false if the connection ended meanwhile.
    pub async fn try_send_text(&mut self, text: String) -> bool {
        self.stream.send(Message::Text(text.into())).await.is_ok()
    }

    /// Sends a frame that is not text.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.stream
            .send(Message::Binary(bytes.into()))
            .await
            .unwrap();
    }

    /// The next message of the protocol, or the close code. Pings are answered on the way.
    ///
    /// # Errors
    /// The close code, 1006 for a connection that just ended.
    pub async fn receive(&mut self) -> Result<Value, u16> {
        loop {
            let message = self.receive_as_it_is().await?;
            if message["type"] != "ping" {
                return Ok(message);
            }
            let pong = Message::Text(r#"{"type":"pong"}"#.into());
            let _closed_perhaps = self.stream.send(pong).await;
        }
    }

    /// The next message of the protocol, pings too, or the close code.
    ///
    /// # Errors
    /// The close code, 1006 for a connection that just ended.
    pub async fn receive_as_it_is(&mut self) -> Result<Value, u16> {
        loop {
            let message = tokio::time::timeout(LIMIT, self.stream.next()).await;
            match message.expect("nothing came in a minute") {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    clean::check(&message["payload"]);
                    return Ok(message);
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Subscribes and gives back the operation's id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.next_id += 1;
        let id = self.next_id.to_string();
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
        id
    }

    /// The payload of the next `next` message.
    pub async fn data(&mut self) -> Value {
        let message = self.receive().await.expect("the socket was closed");
        assert_eq!(message["type"], "next", "{message:#}");
        let payload = &message["payload"];
        assert!(payload.get("errors").is_none(), "{payload:#}");
        payload["data"].clone()
    }

    /// The next event of the only subscription, whose root field is `field`.
    pub async fn event(&mut self, field: &str) -> Value {
        self.data().await[field].clone()
    }

    /// Skips events until `wanted` says yes, and gives back that one.
    pub async fn event_where(&mut self, field: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.event(field).await;
            if wanted(&event) {
                return event;
            }
        }
    }

    /// Ends the connection without a word.
    pub fn cut(self) {}

    fn tcp(&mut self) -> &mut TcpStream {
        let MaybeTlsStream::Plain(tcp) = self.stream.get_mut() else {
            panic!("tests speak plain HTTP");
        };
        tcp
    }

    /// Whether the other end still takes something, found out without reading.
    pub fn can_write(&mut self) -> bool {
        const PING: [u8; 6] = [0x89, 0x80, 0, 0, 0, 0];
        match self.tcp().try_write(&PING) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }

    /// Reads whatever still comes and gives back the close code.
    pub async fn rest(mut self) -> u16 {
        loop {
            if let Err(code) = self.receive().await {
                return code;
            }
        }
    }

    /// Ends the connection in a way that networks do.
    pub async fn cut_by(mut self, cut: Cut) {
        let tcp = self.tcp();
        if cut == Cut::MidFrame {
            // The head of a masked text of 256 bytes, and six bytes of those. Neither direction
            // has to work any more: that is what is tried.
            let begun = [
                0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4, b'{', b'"', b'i', b'd', b'"', b':',
            ];
            let _gone_already = tcp.write_all(&begun).await;
            let _nothing_there = tcp.try_read(&mut [0; 5]);
        }
        if cut != Cut::Closed {
            tcp.set_zero_linger().unwrap();
        }
    }
}
