//! The pages that are built into the server.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use rust_embed::RustEmbed;

use super::App;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Pages;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src data:; img-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Deskwire</title>\
    <p>The API explorer is not built into this server. Run <code>make web</code> and build again. \
    The API itself is here: send operations by POST.</p>";

/// The API explorer.
pub(super) fn explorer() -> Response {
    let page = Pages::get("graphiql/index.html");
    let html = page.map_or_else(
        || NOT_BUILT.as_bytes().to_vec(),
        |page| page.data.into_owned(),
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, html).into_response()
}

/// A file of the explorer. Names carry a hash of the content, so browsers may keep them.
pub(super) async fn asset(State(app): State<App>, Path(path): Path<String>) -> Response {
    let file = Pages::get(&format!("graphiql/assets/{path}"));
    let Some(file) = file.filter(|_| app.sign_in.dev().is_some()) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, file.data.into_owned()).into_response()
}

/// The front page leads to the explorer.
pub(super) async fn home() -> Redirect {
    Redirect::temporary("/graphql")
}
