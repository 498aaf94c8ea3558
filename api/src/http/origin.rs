//! Whose pages may use the API. Programs send no Origin and may.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// What a page that may not is told.
pub(super) const REFUSED: &str =
    "Pages of this origin may not use the API. Add it to DESKWIRE_ALLOWED_ORIGINS.";

/// Whether the request comes from no page, from a page of this server, or from one that is allowed.
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let own = origin.parse::<Uri>().ok();
    let own = own
        .as_ref()
        .and_then(Uri::authority)
        .map(|authority| authority.as_str());
    (own.is_some() && own == host) || allowed.iter().any(|allowed| allowed == origin)
}

/// What browsers need to let pages of the allowed origins read answers.
pub(super) fn cors(allowed: &[String]) -> CorsLayer {
    pages_of(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
}

/// What browsers need to let pages of the allowed origins upload files, and read them.
pub(super) fn cors_of_files(allowed: &[String]) -> CorsLayer {
    pages_of(allowed)
        .allow_methods([Method::GET, Method::HEAD, Method::PUT])
        .allow_headers([header::CONTENT_TYPE, header::RANGE])
        .expose_headers([header::CONTENT_DISPOSITION, header::CONTENT_RANGE])
}

fn pages_of(allowed: &[String]) -> CorsLayer {
    let allowed: Vec<HeaderValue> = allowed
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .max_age(std::time::Duration::from_secs(3600))
}
