//! Responses over HTTP: media types and status codes of "GraphQL over HTTP".

use async_graphql::Response;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response as HttpResponse},
};
use headers_accept::Accept;
use mediatype::MediaType;
use schema::{Code, encode, failed, is_request_error};

/// The answer to a request that goes no further.
pub(super) type Refusal = Box<HttpResponse>;

/// What the client wants to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: the status says only whether there is a GraphQL response.
    Json,
    /// `application/graphql-response+json`: the status says whether the operation was run, too.
    GraphQl,
    /// `text/event-stream`.
    Events,
}

/// What can be had, in the order of preference where the client has none.
const OFFERS: [(&str, Media); 6] = [
    ("application/json", Media::Json),
    ("application/json; charset=utf-8", Media::Json),
    ("application/graphql-response+json", Media::GraphQl),
    (
        "application/graphql-response+json; charset=utf-8",
        Media::GraphQl,
    ),
    ("text/event-stream", Media::Events),
    ("text/event-stream; charset=utf-8", Media::Events),
];

impl Media {
    /// What the client accepts; JSON if it does not say.
    ///
    /// # Errors
    /// The answer, if there is nothing that it accepts.
    pub(super) fn accepted(headers: &HeaderMap) -> Result<Self, Refusal> {
        let values = headers.get_all(header::ACCEPT).iter();
        let mut values = values.filter(|value| !value.is_empty()).peekable();
        if values.peek().is_none() {
            return Ok(Self::Json);
        }
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let accept: Option<Accept> = values.join(",").parse().ok();
        let offers: Vec<(MediaType<'_>, Self)> = OFFERS
            .iter()
            .filter_map(|(name, media)| Some((MediaType::parse(name).ok()?, *media)))
            .collect();
        let wanted = accept.as_ref().and_then(|accept| {
            let wanted = accept.negotiate(offers.iter().map(|(name, _)| name))?;
            let found = offers.iter().find(|(name, _)| std::ptr::eq(name, wanted));
            found.map(|(_, media)| *media)
        });
        wanted.ok_or_else(|| {
            let message = "There is no answer in the form that the Accept header wants. Accept \
                           application/graphql-response+json, application/json or text/event-stream.";
            Self::Json.refuse(StatusCode::NOT_ACCEPTABLE, message)
        })
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json | Self::Events => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
        })
    }

    /// A response to an operation.
    pub(super) fn answer(self, response: &Response) -> HttpResponse {
        let status = match self {
            Self::GraphQl if is_request_error(response) => status(response),
            Self::GraphQl | Self::Json | Self::Events => StatusCode::OK,
        };
        self.with_status(status, response)
    }

    /// A request that is no GraphQL request, or may not be made like this.
    pub(super) fn refuse(self, status: StatusCode, message: &str) -> Refusal {
        Box::new(self.with_status(status, &failed(message, Code::BadInput)))
    }

    pub(super) fn with_status(self, status: StatusCode, response: &Response) -> HttpResponse {
        let headers = [
            (header::CONTENT_TYPE, self.content_type()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
        ];
        (status, headers, encode(response)).into_response()
    }
}

/// The status of a response without data.
fn status(response: &Response) -> StatusCode {
    let code = response.errors.first().and_then(Code::of);
    match code {
        Some(Code::BadInput | Code::TooComplex) | None => StatusCode::BAD_REQUEST,
        Some(Code::Unauthenticated) => StatusCode::UNAUTHORIZED,
        Some(Code::Forbidden) => StatusCode::FORBIDDEN,
        Some(Code::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
        Some(Code::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        Some(Code::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        Some(Code::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Media::accepted(&headers).ok()
    }

    #[test]
    fn the_client_says_what_it_gets() {
        assert_eq!(Media::accepted(&HeaderMap::new()).ok(), Some(Media::Json));
        assert_eq!(accepted(""), Some(Media::Json));
        assert_eq!(accepted("*/*"), Some(Media::Json));
        assert_eq!(accepted("application/*"), Some(Media::Json));
        assert_eq!(accepted("application/json"), Some(Media::Json));
        let both = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(accepted(both), Some(Media::GraphQl));
        let both =
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8";
        assert_eq!(accepted(both), Some(Media::GraphQl));
        let both = "application/json, application/graphql-response+json;q=0.5, */*;q=0.1";
        assert_eq!(accepted(both), Some(Media::Json));
        assert_eq!(accepted("text/event-stream"), Some(Media::Events));
        assert_eq!(accepted("text/html, image/png"), None);
        assert_eq!(accepted("application/json;q=0"), None);
        assert_eq!(accepted("nonsense"), None);
    }
}
