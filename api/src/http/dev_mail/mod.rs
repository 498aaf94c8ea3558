//! The mails that were written to a folder, as pages: for who develops on this machine.

mod folder;

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts, Path},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};

use super::{App, local::is_local};
use folder::{Folder, MAX_LISTED};

/// Nothing runs, and nothing is loaded from anywhere; pictures come with a mail. The HTML of a mail is
/// framed, and the frame inherits this.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The pages.
const PAGES: [(&str, &str); 4] = [
    ("page.html", include_str!("page.html")),
    ("list.html", include_str!("list.html")),
    ("mail.html", include_str!("mail.html")),
    ("problem.html", include_str!("problem.html")),
];

/// The list, the newest first.
pub(super) async fn list(Admitted(folder): Admitted) -> Response {
    match folder.list().await {
        Ok((mails, total)) => {
            let left_out = total > MAX_LISTED;
            let mails = Value::from(Serde(mails));
            let shown = context! { mails, total, left_out, most => MAX_LISTED };
            page(StatusCode::OK, "list.html", shown)
        }
        Err(error) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            &format!("The folder with the mails cannot be read: {error}"),
        ),
    }
}

/// One mail.
pub(super) async fn mail(Admitted(folder): Admitted, Path(name): Path<String>) -> Response {
    match folder.mail(&name).await {
        Some(mail) => {
            let mail = Value::from(Serde(mail));
            page(StatusCode::OK, "mail.html", context! { mail })
        }
        None => problem(StatusCode::NOT_FOUND, "There is no such mail."),
    }
}

/// One mail as it was sent, byte by byte.
pub(super) async fn raw(Admitted(folder): Admitted, Path(name): Path<String>) -> Response {
    match folder.bytes(&name).await {
        Some(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, "message/rfc822"),
                (
                    header::CONTENT_DISPOSITION,
                    "attachment; filename=\"mail.eml\"",
                ),
            ];
            (headers, guarded(bytes.into_response())).into_response()
        }
        None => problem(StatusCode::NOT_FOUND, "There is no such mail."),
    }
}

/// The folder, for those who may look at these pages.
pub(super) struct Admitted(Folder);

impl FromRequestParts<App> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await;
        let ConnectInfo(peer) = peer.map_err(IntoResponse::into_response)?;
        if app.sign_in.dev().is_none() {
            let message =
                "The development identities are off on this server, and with them this page.";
            return Err(problem(StatusCode::NOT_FOUND, message));
        }
        if !is_local(peer, &parts.headers) {
            let message = "These mails are for this machine only: ask http://localhost.";
            return Err(problem(StatusCode::FORBIDDEN, message));
        }
        let folder = app.mail_folder.clone().map(Folder::new).ok_or_else(|| {
            let message = "This server does not write its mails to a folder (DESKWIRE_MAIL).";
            problem(StatusCode::NOT_FOUND, message)
        });
        folder.map(Self)
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    page(status, "problem.html", context! { message })
}

fn page(status: StatusCode, name: &str, shown: Value) -> Response {
    match rendered(name, shown) {
        Ok(html) => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (status, kind, guarded(html.into_response())).into_response()
        }
        Err(error) => {
            tracing::error!("a page cannot be made: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn rendered(name: &str, shown: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in PAGES {
        environment.add_template(name, source)?;
    }
    environment.get_template(name)?.render(shown)
}

/// A response that no other site can use, and that is not kept.
fn guarded(response: Response) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let own = [("cross-origin-resource-policy", "same-origin")];
    (headers, own, response).into_response()
}
