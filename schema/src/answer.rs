//! Responses as they go over the wire.

use async_graphql::{PathSegment, Response, ServerError, Value};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// The most errors of one response. A list with an error in each row says nothing new after these.
const MAX_ERRORS: usize = 20;

/// Whether the request failed before anything of it was executed: then there is no `data`, not even
/// null (GraphQL specification, section 7.1.1).
pub fn is_request_error(response: &Response) -> bool {
    let executed = |error: &ServerError| {
        let mut path = error.path.iter();
        path.any(|part| matches!(part, PathSegment::Field(_)))
    };
    response.is_err() && response.data == Value::Null && !response.errors.iter().any(executed)
}

/// The response as JSON.
pub fn encode(response: &Response) -> String {
    // Writing to memory what the engine made cannot fail.
    serde_json::to_string(&Wire(response)).unwrap_or_default()
}

struct Wire<'a>(&'a Response);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(response) = self;
        let mut fields = serializer.serialize_struct("Response", 3)?;
        if response.is_err() {
            fields.serialize_field("errors", &response.errors)?;
        }
        if !is_request_error(response) {
            fields.serialize_field("data", &response.data)?;
        }
        if !response.extensions.is_empty() {
            fields.serialize_field("extensions", &response.extensions)?;
        }
        fields.end()
    }
}

/// Leaves out errors beyond the first ones, and says so.
pub(crate) fn cap_errors(response: &mut Response) {
    let more = response.errors.len().saturating_sub(MAX_ERRORS);
    if more > 0 {
        response.errors.truncate(MAX_ERRORS);
        if let Some(last) = response.errors.last_mut() {
            last.message = format!("{} ({more} more errors are left out.)", last.message);
        }
    }
}
