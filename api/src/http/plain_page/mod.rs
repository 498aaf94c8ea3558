//! Pages for people who come by a link in a mail: without scripts, with nothing to load, kept by nobody.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use minijinja::{Environment, Value};

/// Nothing is loaded; a form goes to where the page came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The page that `template` makes of `values`; it extends `layout.html`.
pub(super) fn plain_page(status: StatusCode, template: &str, values: Value) -> Response {
    let mut templates = Environment::new();
    let rendered = templates
        .add_template("layout.html", include_str!("layout.html"))
        .and_then(|()| templates.add_template("page.html", template))
        .and_then(|()| templates.get_template("page.html")?.render(values));
    match rendered {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                // The token is in the address.
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (status, headers, html).into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
