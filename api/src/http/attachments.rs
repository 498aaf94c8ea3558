//! Attachments that are kept in a folder: where signed links lead. The link is all that is asked for;
//! who signs in has no more rights here than who does not.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Body, BodyDataStream},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use serde_json::json;
use storage::{Folder, Found, Rejected};
use tokio_util::sync::CancellationToken;
use tower_http::services::ServeFile;

use super::App;

/// How long a client that is told no may go on sending. Many read the answer only when they have sent
/// all, and would see a broken connection instead.
const LINGER: Duration = Duration::from_secs(5);

/// PUT: a file comes in.
pub(super) async fn put(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    let taken = match folder(&app) {
        Ok(folder) => {
            let text = |name| {
                parts
                    .headers
                    .get(name)
                    .and_then(|value| value.to_str().ok())
            };
            let content_type = text(header::CONTENT_TYPE);
            let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
            let now = app.gateway.desk().clock().now();
            let receiving = folder.receive(&token, content_type, length, &mut body, now);
            receiving.await.map_err(|rejected| refused(&rejected))
        }
        Err(refusal) => Err(refusal),
    };
    match taken {
        Ok(()) => {
            let headers = [(header::CACHE_CONTROL, "no-store")];
            (StatusCode::OK, headers).into_response()
        }
        Err(refusal) => {
            // One that waits to be told to go on sends nothing.
            if !parts.headers.contains_key(header::EXPECT) {
                tokio::spawn(linger(body, app.stop.clone()));
            }
            *refusal
        }
    }
}

/// GET and HEAD: a file goes out, or a part of it.
pub(super) async fn get(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let found = async {
        let folder = folder(&app)?;
        let found = folder.find(&token, app.gateway.desk().clock().now()).await;
        serve(found.map_err(|rejected| refused(&rejected))?, request).await
    };
    found.await.unwrap_or_else(|refusal| *refusal)
}

/// The answer to a request that comes to nothing.
type Refusal = Box<Response>;

fn folder(app: &App) -> Result<&Arc<Folder>, Refusal> {
    app.files.as_ref().ok_or_else(|| {
        let message = "This server keeps no attachments of its own (DESKWIRE_ATTACHMENTS), so no link \
                       leads here. Ask the API for a new one.";
        problem(StatusCode::NOT_FOUND, message)
    })
}

async fn serve(found: Found, request: Request) -> Result<Response, Refusal> {
    let served = ServeFile::new(&found.path)
        .ignore_multi_range_requests(true)
        .try_call(request)
        .await;
    let mut response = match served {
        // It was deleted a moment ago.
        Ok(response) if response.status() == StatusCode::NOT_FOUND => {
            return Err(refused(&Rejected::Gone));
        }
        Ok(response) => response.map(Body::new),
        Err(error) => return Err(refused(&Rejected::from(error))),
    };
    let status = response.status();
    let headers = if status.is_success() || status == StatusCode::NOT_MODIFIED {
        headers(found.headers).map_err(|error| refused(&Rejected::Broken(error)))?
    } else {
        // A part was asked for that is not there, or one of another file.
        HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

fn headers(named: Vec<(&'static str, String)>) -> std::io::Result<HeaderMap> {
    let headers = named.into_iter().map(|(name, value)| {
        let value = HeaderValue::try_from(value).map_err(std::io::Error::other)?;
        Ok((HeaderName::from_static(name), value))
    });
    headers.collect()
}

/// Lets a client finish what it sends, for a while, and throws it away.
async fn linger(mut body: BodyDataStream, stop: CancellationToken) {
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    let lingering = tokio::time::timeout(LINGER, rest);
    // Whether it came to an end is all the same.
    let _ = stop.run_until_cancelled(lingering).await;
}

fn refused(rejected: &Rejected) -> Refusal {
    let status = StatusCode::from_u16(rejected.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        tracing::error!(
            error = rejected as &dyn std::error::Error,
            "the folder of attachments does not work"
        );
    }
    problem(status, &rejected.to_string())
}

/// Problem details (RFC 9457).
fn problem(status: StatusCode, message: &str) -> Refusal {
    let headers = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The link is in the address.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let details = Json(json!({
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": message,
    }));
    Box::new((status, headers, details).into_response())
}
