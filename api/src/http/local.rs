//! Who asks from this machine.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

/// Whether a request comes from this machine and asks for it by its own name. A page elsewhere must
/// not get what is for this machine only by way of a visitor's browser.
pub(super) fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
    if !peer.ip().is_loopback() || forwarded.iter().any(|name| headers.contains_key(*name)) {
        return false;
    }
    let local = |authority: &str| {
        let authority = authority.parse::<axum::http::uri::Authority>().ok();
        authority.is_some_and(|authority| {
            let host = authority.host().trim_matches(['[', ']']);
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        })
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let from_here = text(header::ORIGIN).is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| local(authority))
    });
    text(header::HOST).is_some_and(local) && from_here
}
