//! The HTTP side: routes and what they share.

mod dev_token;
mod graphql;
mod health;
mod page;
mod socket;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use schema::Gateway;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::sign_in::SignIn;

/// The largest request, in bytes.
const MAX_BODY: usize = 1 << 20;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) gateway: Gateway,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) allowed_origins: Arc<[String]>,
    /// Cancelled when the server is to stop.
    pub(crate) stop: CancellationToken,
    /// Open sockets.
    pub(crate) sockets: TaskTracker,
}

/// All routes.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/assets/{*path}", get(page::asset))
        .route("/dev/token", post(dev_token::post))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/", get(page::home))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}
