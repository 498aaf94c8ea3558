//! The one conversion of errors to GraphQL. No cause, SQL or path reaches a client.

use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError};
use domain::Error;

/// The closed list of `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nobody is signed in, or the token is not good.
    Unauthenticated,
    /// The role may not do this.
    Forbidden,
    /// The request is not well-formed or holds a value out of range.
    BadInput,
    /// The operation asks for too much.
    TooComplex,
    /// Too many requests.
    RateLimited,
    /// The operation took too long.
    Timeout,
    /// A part that the server needs is away.
    Unavailable,
    /// A bug.
    Internal,
}

impl Code {
    const ALL: [Self; 8] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::BadInput,
        Self::TooComplex,
        Self::RateLimited,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code of an error of a response.
    pub fn of(error: &ServerError) -> Option<Self> {
        let code = error.extensions.as_ref()?.get("code")?;
        let is = |known: &Self| *code == async_graphql::Value::from(known.as_str());
        Self::ALL.into_iter().find(is)
    }

    /// The published spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadInput => "BAD_INPUT",
            Self::TooComplex => "TOO_COMPLEX",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What a client sees of an error: code and message. The cause goes to the log.
pub(crate) fn to_graphql(error: &Error) -> async_graphql::Error {
    let code = match error {
        Error::Unauthenticated => Code::Unauthenticated,
        Error::Forbidden(_) => Code::Forbidden,
        // User errors belong into payloads; where a field has none, they are bad input.
        Error::BadInput(_) | Error::User(_) => Code::BadInput,
        Error::Unavailable(cause) => {
            tracing::warn!(
                error = &**cause as &dyn std::error::Error,
                "the database is not available"
            );
            Code::Unavailable
        }
        Error::Internal(cause) => {
            tracing::error!(error = &**cause as &dyn std::error::Error, "internal error");
            Code::Internal
        }
    };
    with_code(error.to_string(), code)
}

fn with_code(message: impl Into<String>, code: Code) -> async_graphql::Error {
    let mut error = async_graphql::Error::new(message);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    error.extensions = Some(extensions);
    error
}

/// A failed request as a response without data.
pub fn failed(message: impl Into<String>, code: Code) -> Response {
    response(with_code(message, code))
}

/// A domain error as a response without data.
pub(crate) fn failed_with(error: &Error) -> Response {
    response(to_graphql(error))
}

fn response(error: async_graphql::Error) -> Response {
    let mut server_error = ServerError::new(error.message, None);
    server_error.extensions = error.extensions;
    Response::from_errors(vec![server_error])
}

/// Gives every error a code. Those that come without one are the engine's own, about the request:
/// syntax, validation, values of the wrong type.
pub(crate) fn with_codes(mut response: Response) -> Response {
    for error in &mut response.errors {
        let extensions = error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default);
        if extensions.get("code").is_none() {
            extensions.set("code", Code::BadInput.as_str());
            if let Some(advice) = advice(&error.message) {
                error.message = format!("{}. {advice}", error.message);
            }
            // A path of a request error would point into data that does not exist.
            if error
                .path
                .iter()
                .all(|part| matches!(part, PathSegment::Index(_)))
            {
                error.path.clear();
            }
        }
    }
    response
}

/// What to do about a value that the engine cannot read and says no more of than that.
fn advice(message: &str) -> Option<&'static str> {
    let of_time = message.starts_with("Failed to parse \"DateTime\"");
    of_time.then_some("Write a time as 2026-11-22T08:00:00Z, with its offset.")
}

/// Turns domain errors into GraphQL errors with `?`-like brevity.
pub(crate) trait OrGraphql<T> {
    fn or_graphql(self) -> async_graphql::Result<T>;
}

impl<T> OrGraphql<T> for Result<T, Error> {
    fn or_graphql(self) -> async_graphql::Result<T> {
        self.map_err(|error| to_graphql(&error))
    }
}

impl<T> OrGraphql<T> for Result<T, std::sync::Arc<Error>> {
    fn or_graphql(self) -> async_graphql::Result<T> {
        self.map_err(|error| to_graphql(&error))
    }
}
