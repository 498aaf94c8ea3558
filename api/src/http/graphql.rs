//! Operations over HTTP.

use async_graphql::{Request, Response};
use axum::{
    body::Bytes,
    extract::{FromRequestParts, State, WebSocketUpgrade, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
};
use domain::Actor;
use schema::{Code, failed};

use super::{App, page, socket};
use crate::{guard, sign_in::Failure};

/// POST: a query or mutation as JSON.
pub(super) async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HttpResponse {
    if !is_json(&headers) {
        let message = "Send the operation as JSON: Content-Type: application/json.";
        return answer(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &failed(message, Code::BadInput),
        );
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let message = "The request is too large or was cut off. At most 1 MiB is possible.";
            return answer(rejection.status(), &failed(message, Code::BadInput));
        }
    };
    // Else a list would be read as the fields of a request, one by one.
    if body.trim_ascii_start().starts_with(b"[") {
        let message = "Send one operation at a time: the body must be a JSON object, not a list.";
        return answer(StatusCode::BAD_REQUEST, &failed(message, Code::BadInput));
    }
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let message = format!(
                "The body is not a GraphQL request: {error}. Send {{\"query\": \"...\", \
                 \"variables\": {{}}}}."
            );
            return answer(StatusCode::BAD_REQUEST, &failed(message, Code::BadInput));
        }
    };
    let actor = match actor(&app, &headers).await {
        Ok(actor) => actor,
        Err(refusal) => return refusal,
    };
    match guard::admit(request) {
        Ok(request) => answer(StatusCode::OK, &app.gateway.execute(request, actor).await),
        Err(refusal) => answer(StatusCode::OK, &refusal),
    }
}

/// GET: a WebSocket, or the explorer for a browser.
pub(super) async fn get(State(app): State<App>, mut parts: Parts) -> HttpResponse {
    if parts.headers.contains_key(header::UPGRADE) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
            Ok(upgrade) => socket::open(app, &parts.headers, upgrade),
            Err(rejection) => rejection.into_response(),
        };
    }
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) && app.sign_in.dev().is_some() {
        return page::explorer();
    }
    let message = "Send operations by POST, subscriptions over a WebSocket (graphql-transport-ws).";
    let mut response = answer(
        StatusCode::METHOD_NOT_ALLOWED,
        &failed(message, Code::BadInput),
    );
    response
        .headers_mut()
        .insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    response
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// Who asks: nobody without a token; a token that is not good is an error, not nobody.
async fn actor(app: &App, headers: &HeaderMap) -> Result<Option<Actor>, HttpResponse> {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let authorization = authorization.to_str().unwrap_or_default();
    match app.sign_in.bearer(authorization).await {
        Ok(session) => Ok(Some(session.actor)),
        Err(Failure::Refused(refusal)) => {
            let failed = failed(refusal.0, Code::Unauthenticated);
            let mut response = answer(StatusCode::UNAUTHORIZED, &failed);
            let challenge = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
            Err(response)
        }
        Err(Failure::Desk(error)) => {
            tracing::warn!(
                error = &*error as &dyn std::error::Error,
                "cannot sign somebody in"
            );
            let failed = failed(error.to_string(), Code::Unavailable);
            Err(answer(StatusCode::SERVICE_UNAVAILABLE, &failed))
        }
    }
}

fn answer(status: StatusCode, response: &Response) -> HttpResponse {
    match serde_json::to_vec(response) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a response cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
