//! Tokens for the development identities.

use std::net::SocketAddr;

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{App, local::is_local};
use crate::sign_in::DevIdentity;

#[derive(serde::Deserialize)]
struct Input {
    identity: DevIdentity,
}

/// POST: `{"identity": "agent"}` gives `{"token": "..."}`. Only to programs on this machine that ask
/// for it by its own name: a page elsewhere must not get one by way of a visitor's browser.
pub(super) async fn post(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let say = |status: StatusCode, message: &str| {
        (status, Json(json!({ "error": message }))).into_response()
    };
    let Some(dev) = app.sign_in.dev() else {
        return say(
            StatusCode::NOT_FOUND,
            "The development identities are off on this server.",
        );
    };
    if !is_local(peer, &headers) {
        let message = "Development identities are for this machine only: ask http://localhost.";
        return say(StatusCode::FORBIDDEN, message);
    }
    let json = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.starts_with("application/json"))
    });
    let input = if json {
        serde_json::from_slice::<Input>(&body).ok()
    } else {
        None
    };
    let Some(Input { identity }) = input else {
        let message = "Send JSON (Content-Type: application/json): {\"identity\": \"customer\"}, or \
                       agent, agent2, supervisor.";
        return say(StatusCode::BAD_REQUEST, message);
    };
    match dev.token(identity, app.gateway.desk().clock()) {
        Some(token) => Json(json!({ "token": token })).into_response(),
        None => say(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The token could not be signed.",
        ),
    }
}
