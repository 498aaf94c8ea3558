//! Operations over HTTP.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Query, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schema::{Code, failed};

use super::{
    App,
    answer::{Media, Refusal},
    events, origin, page, socket,
};
use crate::{
    guard::RawRequest,
    sign_in::{Failure, Session},
};

/// How long a client may take to send its request.
const READ: Duration = Duration::from_secs(30);

/// POST: an operation as JSON.
pub(super) async fn post(State(app): State<App>, request: Request<Body>) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let answered = async {
        let media = Media::accepted(&parts.headers)?;
        if !origin::is_allowed(&parts.headers, &app.allowed_origins) {
            return Err(media.refuse(StatusCode::FORBIDDEN, origin::REFUSED));
        }
        if !is_json(&parts.headers) {
            let message = "Send the operation as JSON: Content-Type: application/json.";
            return Err(media.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let body = read(&app, media, body).await?;
        let request = RawRequest::from_json(&body)
            .map_err(|error| media.refuse(StatusCode::BAD_REQUEST, &error.to_string()))?;
        run(&app, media, &parts.headers, request, true).await
    };
    answered.await.unwrap_or_else(|refusal| *refusal)
}

/// GET: a WebSocket, the explorer for a browser, or a query in the URL.
pub(super) async fn get(State(app): State<App>, mut parts: Parts) -> HttpResponse {
    if wants_socket(&parts.headers) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
            Ok(upgrade) => socket::open(app, &parts.headers, upgrade),
            Err(rejection) => rejection.into_response(),
        };
    }
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let for_people = accept.is_some_and(|accept| accept.contains("text/html"));
    if for_people && parts.uri.query().is_none() && app.sign_in.dev().is_some() {
        return page::explorer();
    }
    let answered = async {
        let media = Media::accepted(&parts.headers)?;
        if !origin::is_allowed(&parts.headers, &app.allowed_origins) {
            return Err(media.refuse(StatusCode::FORBIDDEN, origin::REFUSED));
        }
        let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| media.refuse(StatusCode::BAD_REQUEST, &error.body_text()))?;
        let request = RawRequest::from_parameters(parameters.into_iter())
            .map_err(|error| media.refuse(StatusCode::BAD_REQUEST, &error.to_string()))?;
        run(&app, media, &parts.headers, request, false).await
    };
    answered.await.unwrap_or_else(|refusal| *refusal)
}

/// Whether the connection is to become a WebSocket. Other upgrades (`h2c`) are offers that may be
/// passed over (RFC 9110, section 7.8).
fn wants_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE);
    let upgrade = upgrade.and_then(|upgrade| upgrade.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

async fn read(app: &App, media: Media, body: Body) -> Result<Bytes, Refusal> {
    let limit = app.guard.limits().body_bytes;
    let limited = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX));
    match tokio::time::timeout(READ, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The request is too large. At most {limit} bytes are possible.");
            Err(media.refuse(StatusCode::PAYLOAD_TOO_LARGE, &message))
        }
        Ok(Err(_)) => {
            let message = "The request was cut off. Send it again.";
            Err(media.refuse(StatusCode::BAD_REQUEST, message))
        }
        Err(_) => {
            let message = "The request took too long to arrive. Send it again.";
            Err(media.refuse(StatusCode::REQUEST_TIMEOUT, message))
        }
    }
}

async fn run(
    app: &App,
    media: Media,
    headers: &HeaderMap,
    request: RawRequest,
    may_write: bool,
) -> Result<HttpResponse, Refusal> {
    let session = session(app, media, headers).await?;
    let admitted = match app.guard.admit(request) {
        Ok(admitted) => admitted,
        Err(refusal) if media == Media::Events => return Ok(events::only(&refusal)),
        Err(refusal) => return Ok(media.answer(&refusal)),
    };
    match admitted.kind() {
        OperationType::Mutation if !may_write => {
            let message = "A mutation cannot be sent by GET. Send it by POST.";
            let mut response = media.refuse(StatusCode::METHOD_NOT_ALLOWED, message);
            let post = HeaderValue::from_static("POST");
            response.headers_mut().insert(header::ALLOW, post);
            Err(response)
        }
        OperationType::Subscription if media == Media::Events => {
            Ok(events::follow(app, admitted, session).await)
        }
        OperationType::Subscription => {
            let message = "A subscription needs a stream: accept text/event-stream, or open a \
                           WebSocket (graphql-transport-ws).";
            Ok(media.answer(&failed(message, Code::BadInput)))
        }
        OperationType::Query | OperationType::Mutation => {
            let response = app
                .run(&admitted, session.map(|session| session.actor))
                .await;
            if media == Media::Events {
                return Ok(events::only(&response));
            }
            Ok(media.answer(&response))
        }
    }
}

/// JSON in UTF-8 (GraphQL over HTTP, "POST").
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let Some(Ok(given)) = value.map(mediatype::MediaType::parse) else {
        return false;
    };
    let utf8 = |charset: &str| charset.eq_ignore_ascii_case("utf-8");
    let charset = mediatype::ReadParams::get_param(&given, mediatype::names::CHARSET);
    given.ty == mediatype::names::APPLICATION
        && given.subty == mediatype::names::JSON
        && given.suffix.is_none()
        && charset.is_none_or(|charset| utf8(&charset.unquoted_str()))
}

/// Who asks: nobody without a token; a token that is not good is an error, not nobody.
async fn session(app: &App, media: Media, headers: &HeaderMap) -> Result<Option<Session>, Refusal> {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let authorization = authorization.to_str().unwrap_or_default();
    match app.sign_in.bearer(authorization).await {
        Ok(session) => Ok(Some(session)),
        Err(Failure::Refused(refusal)) => {
            let failed = failed(refusal.0, Code::Unauthenticated);
            let mut response = media.with_status(StatusCode::UNAUTHORIZED, &failed);
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
            Err(Box::new(response))
        }
        Err(Failure::Desk(error)) => {
            tracing::warn!(
                error = &*error as &dyn std::error::Error,
                "cannot sign somebody in"
            );
            let failed = failed(error.to_string(), Code::Unavailable);
            Err(Box::new(
                media.with_status(StatusCode::SERVICE_UNAVAILABLE, &failed),
            ))
        }
    }
}
