//! Running operations for somebody.

use std::{panic::AssertUnwindSafe, time::Duration};

use async_graphql::{Request, Response, SDLExportOptions, Schema};
use domain::{Actor, Desk};
use futures_util::{FutureExt, StreamExt};

use crate::{
    answer::cap_errors,
    context::Asked,
    error::{Code, failed, with_codes},
    limits::Limits,
    live::Groups,
    mutation::Mutation,
    operation::Operation,
    query::Query,
    subscription::Subscriptions,
};

/// The schema. It needs no state to be built: state comes with each operation.
pub type DeskSchema = Schema<Query, Mutation, Subscriptions>;

fn build(introspection: bool, limits: Limits) -> DeskSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscriptions)
        .data(limits)
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
    build(true, Limits::default()).sdl_with_options(
        SDLExportOptions::new()
            .prefer_single_line_descriptions()
            .include_specified_by(),
    )
}

/// How operations are run.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Introspection, and suggestions in errors.
    pub introspection: bool,
    /// How large an operation may be. Of these only the time is watched here.
    pub limits: Limits,
}

impl Rules {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(self.limits.time_seconds.into())
    }
}

/// Runs operations on a desk. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    schema: DeskSchema,
    desk: Desk,
    rules: Rules,
    groups: Groups,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Opens the schema over a desk.
    pub fn new(desk: Desk, rules: Rules) -> Self {
        Self {
            schema: build(rules.introspection, rules.limits),
            desk,
            rules,
            groups: Groups::default(),
        }
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Runs a query or mutation for `actor`. Every error has a code, a panic is INTERNAL, and what
    /// takes too long is TIMEOUT.
    pub async fn execute(&self, operation: &Operation, actor: Option<Actor>) -> Response {
        let request = operation.request();
        let request = request.data(Asked::new(self.desk.clone(), actor));
        let running = AssertUnwindSafe(self.schema.execute(request)).catch_unwind();
        match tokio::time::timeout(self.rules.time_limit(), running).await {
            Ok(Ok(response)) => tidy(response),
            Ok(Err(_)) => broken(),
            Err(_) => self.too_slow(),
        }
    }

    /// The first response of a subscription's stream; `None` if it ends without one.
    pub(crate) async fn respond_once(
        &self,
        request: Request,
        actor: Option<Actor>,
    ) -> Option<Response> {
        let request = request.data(Asked::new(self.desk.clone(), actor));
        let mut responses = self.schema.execute_stream(request);
        let running = AssertUnwindSafe(responses.next()).catch_unwind();
        match tokio::time::timeout(self.rules.time_limit(), running).await {
            Ok(Ok(response)) => response.map(tidy),
            Ok(Err(_)) => Some(broken()),
            Err(_) => Some(self.too_slow()),
        }
    }

    fn too_slow(&self) -> Response {
        let message = format!(
            "The operation took longer than {} seconds and was given up. A mutation may have been \
             done all the same: send it again with the same idempotencyKey.",
            self.rules.limits.time_seconds
        );
        failed(message, Code::Timeout)
    }
}

fn tidy(response: Response) -> Response {
    let mut response = with_codes(response);
    cap_errors(&mut response);
    response
}

pub(crate) fn broken() -> Response {
    tracing::error!("an operation panicked");
    failed(domain::Error::internal("panic").to_string(), Code::Internal)
}
