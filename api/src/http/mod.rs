//! The HTTP side: routes and what they share.

mod answer;
mod attachments;
mod dev_mail;
mod dev_token;
mod events;
mod graphql;
mod health;
mod local;
mod origin;
mod page;
mod plain_page;
mod schemas;
mod serve;
mod socket;
mod survey;
mod unsubscribe;

use std::{convert::Infallible, path::PathBuf, sync::Arc};

use async_graphql::Response;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use domain::{Actor, telling::Seals};
use schema::Gateway;
use storage::Folder;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Bounds,
    guard::{Admitted, Guard},
    sessions::Sessions,
    sign_in::SignIn,
};

pub(crate) use serve::serve;

/// The largest request to the small routes, in bytes. `/graphql` has a limit of its own.
const MAX_BODY: usize = 1 << 16;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) gateway: Gateway,
    pub(crate) guard: Arc<Guard>,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) sessions: Sessions,
    pub(crate) bounds: Arc<Bounds>,
    pub(crate) allowed_origins: Arc<[String]>,
    /// Where mails are written to, if they go to a folder.
    pub(crate) mail_folder: Option<PathBuf>,
    /// Where attachments are, if they are kept in a folder.
    pub(crate) files: Option<Arc<Folder>>,
    /// What checks the links in mails.
    pub(crate) seals: Seals,
    /// Cancelled when the server is to stop.
    pub(crate) stop: CancellationToken,
    /// Open sockets and event streams.
    pub(crate) streams: TaskTracker,
}

impl App {
    /// Runs a query or mutation and says what it cost.
    async fn run(&self, admitted: &Admitted, actor: Option<Actor>) -> Response {
        let mut response = self.gateway.execute(&admitted.operation, actor).await;
        response
            .extensions
            .insert("cost".to_owned(), admitted.cost.into());
        response
    }
}

/// All routes.
pub(crate) fn router(app: App) -> Router {
    let cors = origin::cors(&app.allowed_origins);
    let graphql = get(graphql::get).post(graphql::post).layer(cors);
    // Files are read piece by piece, as long as their links say.
    let files = get(attachments::get)
        .put(attachments::put)
        .layer::<_, Infallible>(DefaultBodyLimit::disable())
        .layer(origin::cors_of_files(&app.allowed_origins));
    Router::new()
        .route("/graphql", graphql)
        .route("/attachments/{token}", files)
        .route("/graphql/assets/{*path}", get(page::asset))
        .route("/dev/token", post(dev_token::post))
        .route("/schemas/events/{file}", get(schemas::event))
        .route("/dev/mail", get(dev_mail::list))
        .route("/dev/mail/{name}", get(dev_mail::mail))
        .route("/dev/mail/{name}/raw", get(dev_mail::raw))
        .route(
            "/mail/unsubscribe",
            get(unsubscribe::ask).post(unsubscribe::end),
        )
        .route("/survey", get(survey::ask).post(survey::answer))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/", get(page::home))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}
