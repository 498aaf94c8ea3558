//! The operations that run on one socket, and what they have to say.

use async_graphql::{Response, parser::types::OperationType};
use domain::Actor;
use futures_util::{
    Stream, StreamExt, future,
    stream::{self, BoxStream},
};
use schema::{Code, encode, failed, is_request_error};
use tokio_stream::StreamMap;
use tokio_util::task::AbortOnDropHandle;

use crate::{guard::RawRequest, http::App};

/// A message of the server, but for its id.
enum Say {
    Next(std::sync::Arc<str>),
    Error(String),
    Complete,
}

/// Operations by their ids.
#[derive(Default)]
pub(super) struct Operations(StreamMap<String, BoxStream<'static, Say>>);

impl Operations {
    /// Whether an operation with this id runs.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Begins an operation. What it says, refusals too, comes by [`Self::next`].
    pub(super) fn begin(&mut self, app: &App, actor: Actor, id: String, request: RawRequest) {
        let limit = app.bounds.operations_per_socket;
        let running = if self.0.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            let message = format!("{limit} operations run on this socket. End one first.");
            refused(&failed(message, Code::RateLimited))
        } else {
            start(app, actor, request)
        };
        self.0.insert(id, running);
    }

    /// Ends an operation; unknown ids are those that have just ended by themselves.
    pub(super) fn end(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// The next message of any operation, as text; never, if there is none.
    pub(super) async fn next(&mut self) -> String {
        loop {
            match self.0.next().await {
                Some((id, say)) => {
                    let text = text(&id, &say);
                    if matches!(say, Say::Error(_) | Say::Complete) {
                        // Free before the client reads that it is: it may use the id again.
                        self.0.remove(&id);
                    }
                    return text;
                }
                None => future::pending().await,
            }
        }
    }
}

fn text(id: &str, say: &Say) -> String {
    let id = serde_json::Value::from(id);
    match say {
        Say::Next(json) => format!(r#"{{"id":{id},"type":"next","payload":{json}}}"#),
        Say::Error(json) => format!(r#"{{"id":{id},"type":"error","payload":{json}}}"#),
        Say::Complete => format!(r#"{{"id":{id},"type":"complete"}}"#),
    }
}

fn refused(response: &Response) -> BoxStream<'static, Say> {
    let errors = serde_json::to_string(&response.errors).unwrap_or_default();
    stream::iter([Say::Error(errors)]).boxed()
}

/// What runs, runs in a task of its own: a socket whose client takes nothing is not polled, and must
/// not sit on a connection of the pool meanwhile.
fn start(app: &App, actor: Actor, request: RawRequest) -> BoxStream<'static, Say> {
    let admitted = match app.guard.admit(request) {
        Ok(admitted) => admitted,
        Err(refusal) => return refused(&refusal),
    };
    if admitted.kind() == OperationType::Subscription {
        let gateway = app.gateway.clone();
        let opening = async move { gateway.follow(admitted.operation, Some(actor)).await };
        let opening = AbortOnDropHandle::new(tokio::spawn(opening));
        let frames = async {
            match opening.await {
                Ok(Ok(frames)) => {
                    let frames = frames.map(|frame| Say::Next(frame.json));
                    frames.chain(complete()).boxed()
                }
                Ok(Err(refusal)) => refused(&refusal),
                Err(_) => broken(),
            }
        };
        return stream::once(frames).flatten().boxed();
    }
    let app = app.clone();
    let running = async move { app.run(&admitted, Some(actor)).await };
    let running = AbortOnDropHandle::new(tokio::spawn(running));
    let said = async {
        match running.await {
            Ok(response) if is_request_error(&response) => refused(&response),
            Ok(response) => {
                let next = Say::Next(encode(&response).into());
                stream::iter([next]).chain(complete()).boxed()
            }
            Err(_) => broken(),
        }
    };
    stream::once(said).flatten().boxed()
}

/// The task of an operation has ended without an answer.
fn broken() -> BoxStream<'static, Say> {
    let message = domain::Error::internal("an operation's task has ended").to_string();
    refused(&failed(message, Code::Internal))
}

fn complete() -> impl Stream<Item = Say> + Send {
    stream::iter([Say::Complete])
}
