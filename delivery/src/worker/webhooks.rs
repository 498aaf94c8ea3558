//! Sending events to endpoints.

use chrono::TimeDelta;
use domain::telling::Settled;
use entity::{delivery, webhook_endpoint};
use futures_util::{StreamExt, stream};

use super::{Deliverer, State, mails::settle, time::Time};
use crate::{FailureKind, Secret, TicketRef, WebhookFailure, publish};

/// How many endpoints are written to at once.
const ENDPOINTS: usize = 8;

/// How many requests are claimed at once for one endpoint.
const BATCH: u64 = 16;

impl Deliverer {
    /// Sends what is due to endpoints until nothing is, or until `in_time` says no more.
    pub(super) async fn webhooks(&self, time: &Time) -> domain::Result<State> {
        while time.is_left() {
            let endpoints = self.outbox.endpoints().await?;
            let sent = stream::iter(endpoints)
                .map(|endpoint| self.endpoint(endpoint, time))
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
    /// endpoint is left alone for a while then.
    async fn endpoint(
        &self,
        mut endpoint: webhook_endpoint::Model,
        time: &Time,
    ) -> domain::Result<u64> {
        let claimed = self.outbox.claim_requests(endpoint.id, BATCH).await?;
        let now = self.outbox.now().await?;
        let secrets = endpoint.secrets.0.iter();
        let secrets: Vec<Secret> = secrets
            .filter(|secret| secret.until.is_none_or(|until| until > now))
            .filter_map(|secret| Secret::parse(&secret.value).ok())
            .collect();
        let mut tried = 0;
        for row in &claimed {
            if !time.is_left() {
                break;
            }
            tried += 1;
            let failure = self.request(&endpoint, &secrets, row).await?;
            if let Some(failure) = failure {
                let gone = failure.is_gone();
                let text = failure.failure.text;
                self.outbox
                    .endpoint_failed(&endpoint, &text, gone, rand::random())
                    .await?;
                break;
            }
            self.outbox.endpoint_took(&mut endpoint).await?;
        }
        self.outbox.release(&claimed).await?;
        Ok(tried)
    }

    /// Sends one event to an endpoint. Why it did not take it, if it did not.
    async fn request(
        &self,
        endpoint: &webhook_endpoint::Model,
        secrets: &[Secret],
        row: &delivery::Model,
    ) -> domain::Result<Option<WebhookFailure>> {
        let count = |state, ambiguous| self.counts.webhooks.count(state, ambiguous);
        let Some(story) = self.outbox.story(row).await? else {
            let why = "What it tells of is not on record any more.".to_owned();
            settle(&self.outbox, row, Settled::Skipped(why), count).await?;
            return Ok(None);
        };
        let ticket = TicketRef {
            number: story.number.clone(),
            subject: story.subject.clone(),
        };
        let message = story.message.as_ref();
        let event = publish(&story.event, &story.data, &ticket, message, &self.source);
        let body = event.to_json().map_err(domain::Error::internal)?;
        if !self.outbox.begin(row.id).await? {
            return Ok(None);
        }
        let now = self.outbox.now().await?;
        let sending = self
            .sender
            .send(&endpoint.url, secrets, &event.id, now, &body);
        // It must be over before the claim is, or another worker would send it meanwhile.
        let sent = tokio::time::timeout(self.patience, sending).await;
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
        Ok(failure)
    }
}
