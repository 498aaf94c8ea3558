//! Accepting connections. `axum::serve` waits for ever for the head of a request, so this is a loop
//! of our own on the same parts.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

/// How long a client may take to send the head of a request. A connection that is kept alive may be
/// silent for so long between two of them; proxies give up theirs after 60 seconds.
const HEAD: Duration = Duration::from_secs(75);
/// The most that is read ahead of a connection, in bytes, and so the largest head of a request too. Each
/// upload takes a few times as much.
const BUFFER: usize = 64 << 10;
/// How long a client may read nothing of what is sent to it.
const UNREAD: Duration = Duration::from_secs(60);
/// How long to wait when the machine has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Serves until `stop`, then finishes what was begun.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(converse(stream, peer, router.clone(), stop.clone()));
            }
            Err(error) => {
                // Either the client has gone already, or there are too many open files.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(NO_ROOM).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Answers the requests of one connection, one after the other.
async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Answers are written in one go: to wait for more would only make them late.
    let _not_supported = stream.set_nodelay(true);
    // Who asks and then does not read would be kept for ever, with the file that is sent.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(UNREAD));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            ended = connection.as_mut() => break ended,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    };
    // A client that hangs up in the middle is its own affair.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
