//! What S3 said no to, or that it said nothing.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use domain::attachment::StorageError;

use crate::chain::{chain, one_line};

/// A request that failed, in words for the log.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct Failure {
    text: String,
    /// What S3 answered, if it did.
    pub(super) status: Option<u16>,
    /// Whether S3 could not be asked.
    pub(super) unreachable: bool,
}

impl Failure {
    /// Something that S3 should not have answered, or cannot be asked.
    pub(super) fn saying(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            status: None,
            unreachable: false,
        }
    }

    /// What an error means. `what` is what was wanted, such as "copy kept/1".
    pub(super) fn of<E>(what: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        let unreachable = match error {
            SdkError::TimeoutError(_) => true,
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            SdkError::ConstructionFailure(_)
            | SdkError::ResponseError(_)
            | SdkError::ServiceError(_)
            | _ => false,
        };
        let said = match (error, status) {
            (SdkError::ServiceError(refusal), Some(status)) => answer(status, refusal.err()),
            _ => chain(error),
        };
        Self {
            text: format!("S3 did not {what}: {said}"),
            status,
            unreachable,
        }
    }
}

/// The words of an answer. They name what to look for, and no secret.
fn answer<E: ProvideErrorMetadata>(status: u16, refusal: &E) -> String {
    let code = refusal.code().unwrap_or("no code");
    let message = refusal.message().unwrap_or("no message");
    let id = refusal.meta().request_id().unwrap_or("none");
    let hint = if status == 403 {
        ". The server needs s3:GetObject, s3:PutObject, s3:DeleteObject and, lest files that are not \
         there be answered like this, s3:ListBucket"
    } else {
        ""
    };
    one_line(&format!(
        "it answered {status} {code}: {message} (request {id}){hint}"
    ))
}

impl From<Failure> for StorageError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}
