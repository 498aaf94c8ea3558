//! The link in mails by which their reader ends them (RFC 8058): a page that asks first, for people;
//! one POST, for mail programs.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use entity::NotificationKind;
use minijinja::context;
use serde::Deserialize;

use super::{App, plain_page::plain_page};

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
        NotificationKind::WeeklyReport => "with the report of each week",
    }
}

fn page(status: StatusCode, state: &str, what: &str) -> Response {
    let values = context! { state, what };
    plain_page(status, include_str!("page.html"), values)
}
