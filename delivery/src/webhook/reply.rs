//! What came of sending a webhook.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{StatusCode, header::HeaderMap};

use crate::{Failure, FailureKind};

/// The longest that an endpoint may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The endpoint took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status of its answer, 200 to 299.
    pub status: u16,
}

/// The endpoint did not take it, as far as we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct WebhookFailure {
    /// What it means for the next attempt.
    pub failure: Failure,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long the endpoint asked us to wait, at most an hour.
    pub retry_after: Option<Duration>,
}

impl WebhookFailure {
    /// Whether the endpoint says that it wants no more of these, ever: 410 Gone.
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }

    /// Whoever sent it may hold it no longer.
    pub(crate) fn too_slow() -> Self {
        let text = "The endpoint took too long to answer.".to_owned();
        Self::unanswered(FailureKind::Later, true, text)
    }

    /// A failure without an answer.
    pub(super) fn unanswered(kind: FailureKind, ambiguous: bool, text: String) -> Self {
        Self {
            failure: Failure {
                kind,
                ambiguous,
                text,
            },
            status: None,
            retry_after: None,
        }
    }
}

/// What an answer means.
pub(super) fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Result<Reply, WebhookFailure> {
    if status.is_success() {
        return Ok(Reply {
            status: status.as_u16(),
        });
    }
    let gone = status == StatusCode::GONE;
    let text = if gone {
        "The endpoint answered 410 Gone: it wants no more webhooks.".to_owned()
    } else if status.is_redirection() {
        format!("The endpoint answered {status}: redirections are not followed.")
    } else {
        format!("The endpoint answered {status}.")
    };
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE;
    Err(WebhookFailure {
        failure: Failure {
            kind: if gone {
                FailureKind::Refused
            } else {
                FailureKind::Later
            },
            ambiguous: false,
            text,
        },
        status: Some(status.as_u16()),
        retry_after: retry_after(headers, now).filter(|_| busy),
    })
}

/// `Retry-After`: seconds, or a time.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = DateTime::parse_from_rfc2822(text).ok()?;
        (until.to_utc() - now).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_busy_says_how_long() {
        let now = "2026-03-02T09:20:31Z".parse().unwrap();
        for (status, text, wanted) in [
            (429, "7", Some(7)),
            (503, " 120 ", Some(120)),
            (503, "Mon, 02 Mar 2026 09:21:31 GMT", Some(60)),
            (503, "Mon, 02 Mar 2026 09:00:00 GMT", Some(0)),
            (503, "Tue, 02 Mar 2027 09:00:00 GMT", Some(3600)),
            (429, "99999999999999999999999999", Some(3600)),
            (429, "-1", None),
            (429, "soon", None),
            (500, "7", None),
            (404, "7", None),
        ] {
            let headers =
                HeaderMap::from_iter([(reqwest::header::RETRY_AFTER, text.parse().unwrap())]);
            let status = StatusCode::from_u16(status).unwrap();
            let failure = judge(status, &headers, now).unwrap_err();
            let seconds = failure.retry_after.map(|wait| wait.as_secs());
            assert_eq!(seconds, wanted, "{status} {text}");
        }
    }
}
