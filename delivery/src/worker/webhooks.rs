//! Sending events to endpoints.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use domain::telling::Settled;
use entity::{WebhookId, delivery, webhook_endpoint};
use futures_util::{FutureExt, StreamExt, stream};

use super::{
    Deliverer, State,
    settle::{fault, settle},
    time::Time,
};
use crate::{CloudEvent, FailureKind, Secret, WebhookFailure};

/// How many endpoints are written to at once.
const ENDPOINTS: usize = 8;

/// How many requests are claimed at once for one endpoint.
const BATCH: u64 = 16;

/// How long one endpoint may keep others waiting, but for the request that is under way then.
const TURN: Duration = Duration::from_secs(5);

/// What came of a request.
enum Outcome {
    /// The endpoint took it.
    Took,
    /// It was not sent.
    Nothing,
    /// The endpoint did not take it.
    Failed(WebhookFailure),
}

impl Deliverer {
    /// Sends what is due to endpoints until nothing is, or until `time` is over.
    pub(super) async fn webhooks(&self, time: &Time) -> domain::Result<State> {
        while time.is_left() {
            let endpoints = self.outbox.endpoints().await?;
            let sent = stream::iter(endpoints)
                .map(|endpoint| self.endpoint(endpoint.id, time))
                .buffer_unordered(ENDPOINTS)
                .collect::<Vec<_>>()
                .await;
            let sent: Vec<u64> = sent.into_iter().collect::<domain::Result<_>>()?;
            if sent.iter().sum::<u64>() == 0 {
                break;
            }
        }
        Ok(State::Done)
    }

    /// Sends one batch to one endpoint, and says how many were tried. The first failure ends it: the
    /// endpoint is left alone for a while then. So does its slowness: others wait for the end of this.
    async fn endpoint(&self, id: WebhookId, time: &Time) -> domain::Result<u64> {
        let begun = Instant::now();
        let claimed = self.outbox.claim_requests(id, BATCH).await?;
        let mut tried = 0;
        let mut result = Ok(());
        for row in &claimed {
            if !time.is_left() || begun.elapsed() > TURN {
                break;
            }
            tried += 1;
            match self.turn(id, row, time).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        let released = self.outbox.release(&claimed).await;
        result.and(released)?;
        Ok(tried)
    }

    /// Sends one event to an endpoint and notes what that says of the endpoint: whether more may be
    /// sent.
    async fn turn(
        &self,
        id: WebhookId,
        row: &delivery::Model,
        time: &Time,
    ) -> domain::Result<bool> {
        // As it is now: it may have been switched off or changed meanwhile.
        let Some(endpoint) = self.outbox.endpoint(id).await? else {
            return Ok(false);
        };
        let request = AssertUnwindSafe(self.request(&endpoint, row, time));
        match request.catch_unwind().await {
            Ok(Ok(Outcome::Took)) => self.outbox.endpoint_took(&endpoint).await?,
            Ok(Ok(Outcome::Nothing)) => {}
            Ok(Ok(Outcome::Failed(failure))) => {
                let (gone, text) = (failure.is_gone(), failure.failure.text);
                let jitter = rand::random();
                let noted = self.outbox.endpoint_failed(&endpoint, &text, gone, jitter);
                noted.await?;
                return Ok(false);
            }
            // One event must not end all others.
            Ok(Err(domain::Error::Internal(cause))) => {
                tracing::error!(error = %cause, delivery.id = row.id, "an event cannot be sent");
                self.fault(row).await?;
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                tracing::error!(delivery.id = row.id, "sending a request ended by a fault");
                self.fault(row).await?;
            }
        }
        Ok(true)
    }

    async fn fault(&self, row: &delivery::Model) -> domain::Result<()> {
        let count = |state, ambiguous| self.counts.webhooks.count(state, ambiguous);
        settle(&self.outbox, row, fault(), count).await
    }

    /// Sends one event to an endpoint.
    async fn request(
        &self,
        endpoint: &webhook_endpoint::Model,
        row: &delivery::Model,
        time: &Time,
    ) -> domain::Result<Outcome> {
        let count = |state, ambiguous| self.counts.webhooks.count(state, ambiguous);
        let Some(story) = self.outbox.story(row).await? else {
            let why = "What it tells of is not on record any more.".to_owned();
            settle(&self.outbox, row, Settled::Skipped(why), count).await?;
            return Ok(Outcome::Nothing);
        };
        let event = CloudEvent::of(&story, &self.source);
        let body = event.to_json().map_err(domain::Error::internal)?;
        let now = self.outbox.now().await?;
        let secrets: Vec<Secret> = endpoint
            .secrets
            .0
            .iter()
            .filter(|secret| secret.until.is_none_or(|until| until > now))
            .filter_map(|secret| Secret::parse(&secret.value).ok())
            .collect();
        if secrets.is_empty() {
            let why = "an endpoint has no secret to sign with";
            return Err(domain::Error::internal(why));
        }
        if !self.outbox.begin(row.id).await? {
            return Ok(Outcome::Nothing);
        }
        let sending = self
            .sender
            .send(&endpoint.url, &secrets, &event.id, now, &body);
        // It must be over before the claim is, or another worker would send it meanwhile.
        let sent = tokio::time::timeout(self.patience(time), sending).await;
        let sent = sent.unwrap_or_else(|_| Err(WebhookFailure::too_slow()));
        let (settled, failure) = match sent {
            Ok(_) => (Settled::Sent, None),
            Err(failure) => {
                let after = failure.retry_after.map(TimeDelta::from_std);
                let settled = Settled::Failed {
                    error: failure.failure.text.clone(),
                    ambiguous: failure.failure.ambiguous,
                    after: after.and_then(Result::ok),
                };
                // What an endpoint refuses for good is for its owner to mend; until then it stays.
                let refused = failure.failure.kind == FailureKind::Refused && !failure.is_gone();
                let settled = if refused {
                    Settled::Refused(failure.failure.text.clone())
                } else {
                    settled
                };
                (settled, Some(failure))
            }
        };
        settle(&self.outbox, row, settled, count).await?;
        Ok(failure.map_or(Outcome::Took, Outcome::Failed))
    }
}
