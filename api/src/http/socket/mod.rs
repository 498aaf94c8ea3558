//! Operations over a WebSocket: graphql-transport-ws.
//!
//! Nothing is queued for a client but what the connection itself holds: the loop takes the next
//! message only when the one before was accepted, and a subscription that is not asked reads on in
//! the event log later. Why the loop is our own: docs/decisions/0013-a-socket-loop-of-our-own.md.

mod close;
mod message;
mod operations;

use std::time::Duration;

use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{self, WebSocket},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::{FutureExt, SinkExt};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{App, origin};
use crate::{
    sessions::Place,
    sign_in::{Failure, Session},
};
use close::Close;
use message::Message;
use operations::Operations;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);
/// How long a client may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(3);
/// The largest message from a client, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// Bytes that are read at once. Each socket has a buffer of this size.
const READ_BUFFER: usize = 4 << 10;
/// Bytes that are collected before they are written.
const WRITE_BUFFER: usize = 16 << 10;
/// Messages that are written together, if so many are ready.
const TOGETHER: usize = 32;

/// Begins a WebSocket, for pages of our own origin or an allowed one and for other programs.
pub(super) fn open(app: App, headers: &HeaderMap, upgrade: WebSocketUpgrade) -> HttpResponse {
    if !origin::is_allowed(headers, &app.allowed_origins) {
        return (StatusCode::FORBIDDEN, origin::REFUSED).into_response();
    }
    let streams = app.streams.clone();
    let upgrade = upgrade.protocols([PROTOCOL]);
    let speaks = upgrade.selected_protocol().is_some();
    upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(move |socket| streams.track_future(serve(app, socket, speaks)))
}

/// What came from a client.
enum Input {
    Text(ws::Utf8Bytes),
    /// A frame of WebSocket itself: it is answered there.
    Sign,
    /// The connection has ended.
    Gone,
}

/// How a conversation ends.
enum End {
    /// By us.
    Close(Close),
    /// By the client.
    Gone,
    /// The client takes nothing, so it would not take a reason either.
    Stuck,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

async fn serve(app: App, mut socket: WebSocket, speaks: bool) {
    let end = if speaks {
        match greet(&app, &mut socket).await {
            Ok(place) => talk(&app, &mut socket, place).await,
            Err(end) => end,
        }
    } else {
        Close::other_protocol().into()
    };
    let closing = async {
        match end {
            End::Close(close) => socket.send(close.into()).await.ok()?,
            End::Gone => {}
            End::Stuck => return None,
        }
        // Until both sides have said goodbye: closing with bytes unread would reset the connection,
        // and the client might never get the code.
        while let Some(Ok(_)) = socket.recv().await {}
        Some(())
    };
    let _or_not = timeout(CLOSING, closing).await;
}

/// Everything before `connection_ack`: who is it?
async fn greet(app: &App, socket: &mut WebSocket) -> Result<Place, End> {
    let greeting = async {
        loop {
            let text = match input(socket.recv().await)? {
                Input::Text(text) => text,
                Input::Sign => continue,
                Input::Gone => return Err(End::Gone),
            };
            match Message::read(&text)? {
                Message::Init(payload) => {
                    let session = sign_in(app, &payload).await?;
                    let limit = app.sessions.per_person();
                    let place = app.sessions.enter(session);
                    let place = place.ok_or_else(|| Close::too_many(limit))?;
                    say(app, socket, r#"{"type":"connection_ack"}"#).await?;
                    return Ok(place);
                }
                Message::Ping => say(app, socket, r#"{"type":"pong"}"#).await?,
                Message::Pong => {}
                Message::Subscribe(..) => return Err(Close::unauthorized().into()),
                Message::Complete(_) => {}
            }
        }
    };
    tokio::select! {
        () = app.stop.cancelled() => Err(Close::going_away().into()),
        greeted = timeout(INIT, greeting) => {
            greeted.unwrap_or_else(|_| Err(Close::init_timeout().into()))
        }
    }
}

/// Everything after it.
async fn talk(app: &App, socket: &mut WebSocket, mut place: Place) -> End {
    let mut operations = Operations::default();
    let mut pings = interval(app.bounds.ping());
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    // Pings that nothing has come after.
    let mut silent = 0;
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return Close::going_away().into(),
            end = place.over() => return Close::forbidden(end.reason()).into(),
            _ = pings.tick() => {
                if silent >= 2 {
                    return Close::silent().into();
                }
                silent += 1;
                if let Err(end) = say(app, socket, r#"{"type":"ping"}"#).await {
                    return end;
                }
            }
            received = socket.recv() => {
                silent = 0;
                let heard = hear(app, socket, &mut operations, &place, received).await;
                if let Err(end) = heard {
                    return end;
                }
            }
            text = operations.next() => {
                if let Some(end) = place.is_over() {
                    return Close::forbidden(end.reason()).into();
                }
                let sending = send(socket, &mut operations, text);
                if !matches!(timeout(app.bounds.send_timeout(), sending).await, Ok(Ok(()))) {
                    return End::Stuck;
                }
            }
        }
    }
}

/// One thing that the client said.
async fn hear(
    app: &App,
    socket: &mut WebSocket,
    operations: &mut Operations,
    place: &Place,
    received: Option<Result<ws::Message, axum::Error>>,
) -> Result<(), End> {
    let text = match input(received)? {
        Input::Text(text) => text,
        Input::Sign => return Ok(()),
        Input::Gone => return Err(End::Gone),
    };
    match Message::read(&text)? {
        Message::Init(_) => return Err(Close::twice().into()),
        Message::Ping => say(app, socket, r#"{"type":"pong"}"#).await?,
        Message::Pong => {}
        Message::Subscribe(id, _) if operations.has(&id) => return Err(Close::taken(&id).into()),
        Message::Subscribe(id, request) => {
            operations.begin(app, place.session().actor, id, *request);
        }
        Message::Complete(id) => operations.end(&id),
    }
    Ok(())
}

/// Sends a message, and those that are ready behind it, in one go.
async fn send(
    socket: &mut WebSocket,
    operations: &mut Operations,
    first: String,
) -> Result<(), axum::Error> {
    socket.feed(ws::Message::Text(first.into())).await?;
    for _ in 1..TOGETHER {
        let Some(text) = operations.next().now_or_never() else {
            break;
        };
        socket.feed(ws::Message::Text(text.into())).await?;
    }
    socket.flush().await
}

async fn say(app: &App, socket: &mut WebSocket, text: &'static str) -> Result<(), End> {
    let sending = socket.send(ws::Message::Text(text.into()));
    match timeout(app.bounds.send_timeout(), sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Stuck),
    }
}

fn input(received: Option<Result<ws::Message, axum::Error>>) -> Result<Input, Close> {
    match received {
        Some(Ok(ws::Message::Text(text))) => Ok(Input::Text(text)),
        Some(Ok(ws::Message::Binary(_))) => Err(Close::not_text()),
        Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => Ok(Input::Sign),
        Some(Ok(ws::Message::Close(_))) | None => Ok(Input::Gone),
        Some(Err(error)) => why_unreadable(&error).map_or(Ok(Input::Gone), Err),
    }
}

/// How to close a socket on which something came that is not WebSocket; `None` if it has just ended.
fn why_unreadable(error: &axum::Error) -> Option<Close> {
    use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};
    let cause = std::error::Error::source(error)?.downcast_ref::<Error>()?;
    match cause {
        Error::Capacity(_) => Some(Close::too_large(MAX_MESSAGE)),
        Error::Utf8(_) => Some(Close::not_utf8()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(error) => Some(Close::not_websocket(error.to_string())),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => None,
    }
}

async fn sign_in(app: &App, payload: &serde_json::Value) -> Result<Session, Close> {
    let text = |name| payload.get(name).and_then(serde_json::Value::as_str);
    let Some(authorization) = text("authorization").or_else(|| text("Authorization")) else {
        let message = "Send {\"authorization\": \"Bearer <token>\"} with connection_init.";
        return Err(Close::forbidden(message));
    };
    match app.sign_in.bearer(authorization).await {
        Ok(session) => Ok(session),
        Err(Failure::Refused(refusal)) => Err(Close::forbidden(refusal.0)),
        Err(Failure::Desk(error)) => Err(Close::unavailable(error.to_string())),
    }
}
