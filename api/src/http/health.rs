//! For load balancers and orchestrators.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use sea_orm::ConnectionTrait;

use super::App;

/// The process runs.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// The process can serve: the database answers, and the server is not stopping.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let asking = app
        .gateway
        .desk()
        .db()
        .read()
        .execute_unprepared("SELECT 1");
    match tokio::time::timeout(Duration::from_secs(2), asking).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}
