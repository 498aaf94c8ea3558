//! Sends webhooks.

use std::{error::Error, net::SocketAddr, time::Duration};

use chrono::{DateTime, Utc};
use domain::telling::address::{Reach, parse};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, USER_AGENT},
    redirect::Policy,
};

use super::{Reply, Secret, WebhookFailure, reply::judge, sign};
use crate::{FailureKind, Problem};

/// How long a request may take, from the look-up of the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of that may go by before there is a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most of an answer that is read, and thrown away: a connection can be used again when its
/// answer has been read.
const MOST_OF_AN_ANSWER: usize = 64 << 10;
/// The body is a CloudEvent in the structured format, whose own type would be
/// `application/cloudevents+json`. The frameworks of receivers parse this one without being told to;
/// many of them pass over the other.
const JSON: &str = "application/json";
const AGENT: &str = concat!("Deskwire/", env!("CARGO_PKG_VERSION"));

/// Sends webhooks. It follows no redirection, asks no proxy (which would look names up in our place),
/// keeps no cookies, and connects to nothing but what it has looked at.
#[derive(Clone, Debug)]
pub struct Sender {
    allow_private: bool,
    public: Client,
    private: Client,
    all: Client,
}

impl Sender {
    /// With `allow_private` also to addresses that are not of the public internet, and to those by
    /// plain http: for tests, and for a desk whose endpoints are in its own network.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(allow_private: bool) -> Result<Self, Problem> {
        Self::with_timeout(allow_private, TIMEOUT)
    }

    pub(super) fn with_timeout(allow_private: bool, timeout: Duration) -> Result<Self, Problem> {
        // Only one process-wide default is possible; whoever set one first is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |reach| {
            Client::builder()
                .dns_resolver(Resolver(reach))
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .timeout(timeout)
                .connect_timeout(CONNECT_TIMEOUT)
                .build()
                .map_err(|error| Problem(format!("No HTTP client for webhooks: {error}")))
        };
        Ok(Self {
            allow_private,
            public: client(Reach::Public)?,
            private: client(Reach::Private)?,
            all: client(Reach::All)?,
        })
    }

    /// Sends `body` to `url`, signed with each of `secrets`: there are two while one is replaced.
    /// `id` is the same whenever the same is sent again; `at` is now.
    ///
    /// # Errors
    /// When the endpoint did not take it, and what that means.
    pub async fn send(
        &self,
        url: &str,
        secrets: &[Secret],
        id: &str,
        at: DateTime<Utc>,
        body: &[u8],
    ) -> Result<Reply, WebhookFailure> {
        // Addresses in the URL itself are checked here: for them nothing is looked up.
        let url = parse(url, self.allow_private)
            .map_err(|text| WebhookFailure::unanswered(FailureKind::Refused, false, text))?;
        let signatures: Vec<_> = secrets
            .iter()
            .map(|secret| sign(secret, id, at, body))
            .collect();
        let answer = self
            .client(&url)
            .post(url)
            .header(CONTENT_TYPE, JSON)
            .header(USER_AGENT, AGENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", at.timestamp())
            .header("webhook-signature", signatures.join(" "))
            .body(body.to_owned())
            .send()
            .await;
        let mut answer = answer.map_err(|error| unanswered(&error))?;
        let judgement = judge(answer.status(), answer.headers(), at);
        let mut read = 0;
        while let Ok(Some(part)) = answer.chunk().await {
            read += part.len();
            if read > MOST_OF_AN_ANSWER {
                break;
            }
        }
        judgement
    }

    fn client(&self, url: &Url) -> &Client {
        match Reach::of(url, self.allow_private) {
            Reach::Public => &self.public,
            Reach::Private => &self.private,
            Reach::All => &self.all,
        }
    }
}

/// What it means that there was no answer. Before there is a connection nothing was sent; after that
/// the request may have been taken, and only the answer was lost.
fn unanswered(error: &reqwest::Error) -> WebhookFailure {
    let connected = !error.is_connect() && !error.is_builder();
    let text = if !error.is_timeout() {
        // The innermost cause says most, and none but the outermost names the URL.
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let begun = if connected {
            "The endpoint did not answer"
        } else {
            "The endpoint cannot be reached"
        };
        format!("{begun}: {cause}")
    } else if connected {
        format!(
            "The endpoint did not answer within {} s.",
            TIMEOUT.as_secs()
        )
    } else {
        format!("No connection within {} s.", CONNECT_TIMEOUT.as_secs())
    };
    WebhookFailure::unanswered(FailureKind::Later, connected, text)
}

/// Looks names up, and gives the connection nothing that it may not have. What was checked is what is
/// connected to: nothing is looked up in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver(pub(super) Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            // One that may not be is enough: a name with both kinds is up to something.
            for address in &found {
                reach.check(address.ip())?;
            }
            if found.is_empty() {
                return Err(format!("{} has no address.", name.as_str()).into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
