//! Running operations for somebody.

use std::panic::AssertUnwindSafe;

use async_graphql::{Request, Response, SDLExportOptions, Schema};
use domain::{Actor, Desk};
use futures_util::{FutureExt, Stream, StreamExt};

use crate::{
    context::Asked,
    error::{Code, failed, with_codes},
    mutation::Mutation,
    query::Query,
    subscription::Subscriptions,
};

/// The schema. It needs no state to be built: state comes with each operation.
pub type DeskSchema = Schema<Query, Mutation, Subscriptions>;

fn build(introspection: bool) -> DeskSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscriptions)
        .register_output_type::<crate::object::Node>();
    if introspection {
        builder.finish()
    } else {
        builder
            .disable_introspection()
            .disable_suggestions()
            .finish()
    }
}

/// The schema in GraphQL's own language, as it is checked in.
pub fn sdl() -> String {
    build(true).sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions())
}

/// Runs operations on a desk. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    schema: DeskSchema,
    desk: Desk,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Opens the schema over a desk; `introspection` also switches suggestions in errors.
    pub fn new(desk: Desk, introspection: bool) -> Self {
        Self {
            schema: build(introspection),
            desk,
        }
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Runs a query or mutation for `actor`. Every error has a code, and a panic is INTERNAL.
    pub async fn execute(&self, request: Request, actor: Option<Actor>) -> Response {
        let request = request.data(Asked::new(self.desk.clone(), actor));
        let running = AssertUnwindSafe(self.schema.execute(request)).catch_unwind();
        running.await.map_or_else(|_| broken(), with_codes)
    }

    /// Runs any operation for `actor`, as the stream of its responses.
    pub fn execute_stream(
        &self,
        request: Request,
        actor: Option<Actor>,
    ) -> impl Stream<Item = Response> + Send + 'static + use<> {
        let request = request.data(Asked::new(self.desk.clone(), actor));
        let responses = AssertUnwindSafe(self.schema.execute_stream(request)).catch_unwind();
        responses.map(|response| response.map_or_else(|_| broken(), with_codes))
    }
}

fn broken() -> Response {
    tracing::error!("an operation panicked");
    failed(domain::Error::internal("panic").to_string(), Code::Internal)
}
