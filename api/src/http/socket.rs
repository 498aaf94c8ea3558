//! Operations over a WebSocket: graphql-transport-ws.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_graphql::{
    Data, Executor, Request, Response,
    http::{WebSocket as Protocol, WebSocketProtocols, WsMessage},
};
use axum::{
    extract::{WebSocketUpgrade, ws},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response as HttpResponse},
};
use domain::Actor;
use futures_util::{
    SinkExt, StreamExt, future,
    stream::{self, BoxStream},
};
use schema::Gateway;

use super::App;
use crate::{
    guard,
    sign_in::{Failure, Session},
};

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);
/// How long a client may take to accept a message before it is dropped.
const SEND: Duration = Duration::from_secs(10);
/// The largest message from a client, in bytes.
const MAX_MESSAGE: usize = 1 << 20;

/// Close codes of the protocol.
mod code {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const INTERNAL: u16 = 1011;
    pub(super) const BAD_MESSAGE: u16 = 4400;
    pub(super) const UNAUTHORIZED: u16 = 4401;
    pub(super) const FORBIDDEN: u16 = 4403;
    pub(super) const INIT_TIMEOUT: u16 = 4408;
}

/// Begins a WebSocket, for pages of our own origin or an allowed one and for other programs.
pub(super) fn open(app: App, headers: &HeaderMap, upgrade: WebSocketUpgrade) -> HttpResponse {
    if !is_allowed(headers, &app.allowed_origins) {
        let message = "Pages of this origin may not connect. Add it to DESKWIRE_ALLOWED_ORIGINS.";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    let sockets = app.sockets.clone();
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| sockets.track_future(serve(app, socket)))
}

fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let own = origin.parse::<Uri>().ok();
    let own = own
        .as_ref()
        .and_then(Uri::authority)
        .map(|authority| authority.as_str());
    (own.is_some() && own == host) || allowed.iter().any(|allowed| allowed == origin)
}

/// Runs the operations of one socket for whoever signed in on it.
#[derive(Clone)]
struct SocketExecutor {
    gateway: Gateway,
    session: Arc<OnceLock<Session>>,
}

impl SocketExecutor {
    fn actor(&self) -> Option<Actor> {
        self.session.get().map(|session| session.actor)
    }
}

impl Executor for SocketExecutor {
    async fn execute(&self, request: Request) -> Response {
        match guard::admit(request) {
            Ok(request) => self.gateway.execute(request, self.actor()).await,
            Err(refusal) => *refusal,
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        _: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        match guard::admit(request) {
            Ok(request) => self.gateway.execute_stream(request, self.actor()).boxed(),
            Err(refusal) => stream::once(async { *refusal }).boxed(),
        }
    }
}

async fn serve(app: App, socket: ws::WebSocket) {
    let stop = app.stop.clone();
    let (mut sink, stream) = socket.split();
    let input = stream
        .take_while(|message| future::ready(message.is_ok()))
        .filter_map(|message| {
            let text = match message {
                Ok(message @ (ws::Message::Text(_) | ws::Message::Binary(_))) => {
                    Some(message.into_data())
                }
                Ok(ws::Message::Ping(_) | ws::Message::Pong(_) | ws::Message::Close(_))
                | Err(_) => None,
            };
            future::ready(text)
        });
    let session = Arc::new(OnceLock::<Session>::new());
    let clock = app.gateway.desk().clock().clone();
    // Why signing in failed, so that the socket can be closed with the right code.
    let refused = Arc::new(OnceLock::new());
    let executor = SocketExecutor {
        gateway: app.gateway.clone(),
        session: Arc::clone(&session),
    };
    let init = {
        let (session, refused) = (Arc::clone(&session), Arc::clone(&refused));
        move |payload: serde_json::Value| async move {
            match sign_in(&app, &payload).await {
                Ok(who) => {
                    let _first = session.set(who);
                    Ok(Data::default())
                }
                Err((code, message)) => {
                    let _first = refused.set(code);
                    Err(async_graphql::Error::new(message))
                }
            }
        }
    };
    let protocol =
        Protocol::new(executor, input, WebSocketProtocols::GraphQLWS).on_connection_init(init);
    futures_util::pin_mut!(protocol);
    let deadline = tokio::time::sleep(INIT);
    futures_util::pin_mut!(deadline);
    // The desk's clock says whether a token has expired; this says how often it is asked.
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => close(code::GOING_AWAY, "The server is going away. Connect again."),
            () = &mut deadline, if session.get().is_none() => {
                close(code::INIT_TIMEOUT, "Connection initialisation timeout")
            }
            _ = every_second.tick() => {
                if session.get().is_none_or(|session| clock.now() < session.expires_at) {
                    continue;
                }
                close(code::FORBIDDEN, "The token has expired. Connect again with a new one.")
            }
            message = protocol.next() => match message {
                Some(WsMessage::Text(text)) => ws::Message::Text(text.into()),
                Some(WsMessage::Close(code, reason)) => {
                    close(protocol_code(code, refused.get().copied()), &reason)
                }
                None => break,
            },
        };
        let last = matches!(message, ws::Message::Close(_));
        // A client that takes nothing must not hold the server, least of all one that stops.
        let sent = tokio::time::timeout(SEND, sink.send(message)).await;
        if !matches!(sent, Ok(Ok(()))) || last {
            break;
        }
    }
    let _gone_already = tokio::time::timeout(SEND, sink.close()).await;
}

/// The engine's close codes in the terms of the protocol.
fn protocol_code(code: u16, refused: Option<u16>) -> u16 {
    match code {
        1002 => refused.unwrap_or(code::BAD_MESSAGE),
        1011 => code::UNAUTHORIZED,
        other => other,
    }
}

fn close(code: u16, reason: &str) -> ws::Message {
    // A close frame has room for 123 bytes.
    let mut end = reason.len().min(120);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    ws::Message::Close(Some(ws::CloseFrame {
        code,
        reason: reason[..end].into(),
    }))
}

async fn sign_in(app: &App, payload: &serde_json::Value) -> Result<Session, (u16, String)> {
    let text = |name| payload.get(name).and_then(serde_json::Value::as_str);
    let Some(authorization) = text("authorization").or_else(|| text("Authorization")) else {
        let message = "Send {\"authorization\": \"Bearer <token>\"} with connection_init.";
        return Err((code::FORBIDDEN, message.to_owned()));
    };
    match app.sign_in.bearer(authorization).await {
        Ok(session) => Ok(session),
        Err(Failure::Refused(refusal)) => Err((code::FORBIDDEN, refusal.0.to_owned())),
        Err(Failure::Desk(error)) => Err((code::INTERNAL, error.to_string())),
    }
}
