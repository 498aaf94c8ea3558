//! The link in mails by which their reader ends them (RFC 8058): a page that asks first, for people;
//! one POST, for mail programs.

use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use entity::NotificationKind;
use minijinja::{Environment, context};
use serde::Deserialize;

use super::App;

/// Nothing is loaded; the form goes to where the page came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    token: String,
}

/// Asks whether the mails are to end. Looking at the link ends nothing: some mail programs look at all
/// links by themselves.
pub(super) async fn ask(State(app): State<App>, Query(link): Query<Link>) -> Response {
    match app.seals.unsubscribes(&link.token) {
        Some((_, kind)) => page(StatusCode::OK, "ask", what(kind)),
        None => page(StatusCode::NOT_FOUND, "unknown", ""),
    }
}

/// Ends them.
pub(super) async fn end(State(app): State<App>, Query(link): Query<Link>) -> Response {
    let Some((person, kind)) = app.seals.unsubscribes(&link.token) else {
        return page(StatusCode::NOT_FOUND, "unknown", "");
    };
    match app.gateway.desk().unsubscribe(person, kind).await {
        Ok(()) => page(StatusCode::OK, "done", what(kind)),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "mails could not be ended"
            );
            page(StatusCode::SERVICE_UNAVAILABLE, "later", "")
        }
    }
}

/// The mails of `kind`, in words that go on "You get mail ...".
fn what(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::TicketReceived => "when your request has arrived",
        NotificationKind::TicketOpened => "about new tickets",
        NotificationKind::StaffReplied => "when somebody answers you",
        NotificationKind::CustomerReplied => "when customers reply on your tickets",
        NotificationKind::StatusChanged => "when the status of your request changes",
        NotificationKind::TicketAssigned => "when somebody takes on your request",
        NotificationKind::AssignedToYou => "when you are given tickets",
        NotificationKind::TicketResolved => "when your request is resolved",
        NotificationKind::TicketReopened => "when customers reopen your tickets",
        NotificationKind::NoteAdded => "about internal notes on your tickets",
        NotificationKind::FollowUp => "that asks whether your request is really resolved",
        NotificationKind::Survey => "that asks how satisfied you are",
        NotificationKind::SlaWarning => "before deadlines of your tickets",
        NotificationKind::SlaBreach => "about missed deadlines",
        NotificationKind::Unattended => "about tickets that nobody touched for long",
        NotificationKind::Digest => "that sums up what happened on your tickets",
    }
}

fn page(status: StatusCode, state: &str, what: &str) -> Response {
    let mut templates = Environment::new();
    let rendered = templates
        .add_template("page.html", include_str!("page.html"))
        .and_then(|()| {
            templates
                .get_template("page.html")?
                .render(context! { state, what })
        });
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
