//! Operations over server-sent events: the distinct connections mode of graphql-sse.

use std::convert::Infallible;

use async_graphql::Response;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::{Stream, StreamExt};
use schema::{Code, Frame, encode, failed};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_stream::wrappers::ReceiverStream;

use super::{App, answer::Media};
use crate::{guard::Admitted, sessions::Place, sign_in::Session};

/// Events that wait for a client. Behind them the stream waits.
const QUEUE: usize = 16;
/// The end of an operation. `EventSource` passes over events without data, so there is a line for it.
const COMPLETE: &str = "event: complete\ndata: \n\n";
/// A comment: it keeps connections open that would be closed for saying nothing.
const ALIVE: &str = ": still here\n\n";

/// JSON as the engine writes it has no line breaks.
fn next(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

fn stream(body: Body) -> HttpResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, body).into_response()
}

/// One response, and the end. Errors come like this too, since a client of events can read nothing
/// else (graphql-sse protocol, "Distinct connections mode").
pub(super) fn only(response: &Response) -> HttpResponse {
    stream(Body::from(next(&encode(response)) + COMPLETE))
}

/// A subscription.
pub(super) async fn follow(
    app: &App,
    admitted: Admitted,
    session: Option<Session>,
) -> HttpResponse {
    let actor = session.map(|session| session.actor);
    let place = match session.map(|session| app.sessions.enter(session)) {
        Some(None) => {
            let message = format!(
                "You have {} streams open, and more are not possible. Close some.",
                app.sessions.per_person()
            );
            let failed = failed(message, Code::RateLimited);
            return Media::Json.with_status(StatusCode::TOO_MANY_REQUESTS, &failed);
        }
        Some(Some(place)) => Some(place),
        None => None,
    };
    let frames = match app.gateway.follow(admitted.operation, actor).await {
        Ok(frames) => frames,
        Err(refusal) => return only(&refusal),
    };
    // There is nothing that people who are not signed in can follow: they were refused above.
    let Some(place) = place else {
        let message = domain::Error::Unauthenticated.to_string();
        return only(&failed(message, Code::Unauthenticated));
    };
    let (client, events) = mpsc::channel(QUEUE);
    let pumping = pump(app.clone(), place, Box::pin(frames), client);
    app.streams.spawn(pumping);
    let events = ReceiverStream::new(events).map(Ok::<_, Infallible>);
    stream(Body::from_stream(events))
}

/// Moves frames to the client. A stream that ends without `complete` is one to take up again.
async fn pump(
    app: App,
    mut place: Place,
    mut frames: impl Stream<Item = Frame> + Unpin,
    client: mpsc::Sender<Bytes>,
) {
    let mut alive = interval(app.bounds.ping());
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    alive.reset();
    loop {
        let (text, last) = tokio::select! {
            () = app.stop.cancelled() => return,
            _ = place.over() => return,
            () = client.closed() => return,
            _ = alive.tick() => (ALIVE.to_owned(), false),
            frame = frames.next() => match frame {
                Some(frame) if frame.failed => (next(&frame.json) + COMPLETE, true),
                Some(frame) => (next(&frame.json), false),
                None => return,
            },
        };
        if place.is_over().is_some() {
            return;
        }
        // A client that takes nothing is dropped.
        let sent = timeout(app.bounds.send_timeout(), client.send(text.into())).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}
