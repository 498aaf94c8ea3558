//! The JSON Schemas of published events, where `dataschema` says that they are.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// The schema of a type of events. Anybody may read it: it is documentation.
pub(super) async fn event(Path(file): Path<String>) -> Response {
    let schema = file.strip_suffix(".json").and_then(delivery::schema_of);
    let Some(schema) = schema else {
        return (StatusCode::NOT_FOUND, "There is no such schema.\n").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/schema+json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Pages of any origin may read it.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, schema).into_response()
}
