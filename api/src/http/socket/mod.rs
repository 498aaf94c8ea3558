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
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(move |socket| streams.track_future(serve(app, socket)))
}

/// What came from a client.
enum Input {
    Text(ws::Utf8Bytes),
    /// A frame of WebSocket itself: it is answered there.
    Sign,
    /// The connection has ended.
    Gone,
}

async fn serve(app: App, mut socket: WebSocket) {
    let ended = match greet(&app, &mut socket).await {
        Ok(Some(place)) => talk(&app, &mut socket, place).await,
        Ok(None) => None,
        Err(close) => Some(close),
    };
    if let Some(close) = ended {
        let closing = async {
            socket.send(close.into()).await.ok()?;
            // Until the client has seen it: closing with bytes unread would reset the connection,
            // and the client might never get the code.
            while let Some(Ok(_)) = socket.recv().await {}
            Some(())
        };
        let _or_not = timeout(CLOSING, closing).await;
    }
}

/// Everything before `connection_ack`: who is it? `None` if the client has gone.
async fn greet(app: &App, socket: &mut WebSocket) -> Result<Option<Place>, Close> {
    let greeting = async {
        loop {
            let text = match input(socket.recv().await)? {
                Input::Text(text) => text,
                Input::Sign => continue,
                Input::Gone => return Ok(None),
            };
            match Message::read(&text)? {
                Message::Init(payload) => {
                    let session = sign_in(app, &payload).await?;
                    let limit = app.sessions.per_person();
                    let place = app.sessions.enter(session);
                    let place = place.ok_or_else(|| Close::too_many(limit))?;
                    say(app, socket, r#"{"type":"connection_ack"}"#).await?;
                    return Ok(Some(place));
                }
                Message::Ping => say(app, socket, r#"{"type":"pong"}"#).await?,
                Message::Pong => {}
                Message::Subscribe(..) => return Err(Close::unauthorized()),
                Message::Complete(_) => {}
            }
        }
    };
    tokio::select! {
        () = app.stop.cancelled() => Err(Close::going_away()),
        greeted = timeout(INIT, greeting) => greeted.unwrap_or_else(|_| Err(Close::init_timeout())),
    }
}

/// Everything after it. Ends with how to close the socket, or `None` if the client has gone.
async fn talk(app: &App, socket: &mut WebSocket, mut place: Place) -> Option<Close> {
    let mut operations = Operations::default();
    let mut pings = interval(app.bounds.ping());
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let mut silent = 0;
    let actor = place.session().actor;
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return Some(Close::going_away()),
            end = place.over() => return Some(Close::forbidden(end.reason())),
            _ = pings.tick() => {
                if silent >= 2 {
                    return Some(Close::silent());
                }
                silent += 1;
                if say(app, socket, r#"{"type":"ping"}"#).await.is_err() {
                    return None;
                }
            }
            received = socket.recv() => {
                silent = 0;
                let text = match input(received) {
                    Ok(Input::Text(text)) => text,
                    Ok(Input::Sign) => continue,
                    Ok(Input::Gone) => return None,
                    Err(close) => return Some(close),
                };
                match Message::read(&text) {
                    Ok(Message::Init(_)) => return Some(Close::twice()),
                    Ok(Message::Ping) => {
                        if say(app, socket, r#"{"type":"pong"}"#).await.is_err() {
                            return None;
                        }
                    }
                    Ok(Message::Pong) => {}
                    Ok(Message::Subscribe(id, _)) if operations.has(&id) => {
                        return Some(Close::taken(&id));
                    }
                    Ok(Message::Subscribe(id, request)) => {
                        operations.begin(app, actor, id, *request);
                    }
                    Ok(Message::Complete(id)) => operations.end(&id),
                    Err(close) => return Some(close),
                }
            }
            text = operations.next() => {
                if let Some(end) = place.is_over() {
                    return Some(Close::forbidden(end.reason()));
                }
                let sending = send(socket, &mut operations, text);
                if !matches!(timeout(app.bounds.send_timeout(), sending).await, Ok(Ok(()))) {
                    // It takes nothing, so it would not take a reason either.
                    return None;
                }
            }
        }
    }
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

async fn say(app: &App, socket: &mut WebSocket, text: &'static str) -> Result<(), Close> {
    let sending = socket.send(ws::Message::Text(text.into()));
    match timeout(app.bounds.send_timeout(), sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Close::silent()),
    }
}

fn input(received: Option<Result<ws::Message, axum::Error>>) -> Result<Input, Close> {
    match received {
        Some(Ok(ws::Message::Text(text))) => Ok(Input::Text(text)),
        Some(Ok(ws::Message::Binary(_))) => Err(Close::not_text()),
        Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => Ok(Input::Sign),
        Some(Ok(ws::Message::Close(_))) | None => Ok(Input::Gone),
        Some(Err(error)) if is_too_large(&error) => Err(Close::too_large(MAX_MESSAGE)),
        Some(Err(_)) => Ok(Input::Gone),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    use tokio_tungstenite::tungstenite::Error;
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
    matches!(cause, Some(Error::Capacity(_)))
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
