//! Publishing the log to Kafka.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use domain::telling::Published;
use futures_util::FutureExt;

use super::{Deliverer, State, report::add, time::Time};
use crate::{CloudEvent, Outgoing, Publisher, Unpublished};

/// How long a run that is done once waits for brokers that confirm nothing.
const GIVE_UP: Duration = Duration::from_secs(60);

/// How many events are published as one batch.
const BATCH: u64 = 2_000;

impl Deliverer {
    /// Publishes events until there are no more, or until `time` is over, if this process has the
    /// lease or can take it. While the brokers are away it waits, up to then.
    pub(super) async fn events(&self, time: &Time) -> domain::Result<State> {
        let Some(publisher) = &self.publisher else {
            return Ok(State::Done);
        };
        // Without anything to do, nothing is taken.
        if self.relay.is_done().await? {
            return Ok(State::Done);
        }
        let Some(mut done) = self.relay.acquire().await? else {
            return Ok(State::Elsewhere);
        };
        let mut batch = self.relay.read(done, BATCH).await?;
        while time.is_left() && !batch.is_empty() {
            let end = batch.last().map_or(done, |event| event.position);
            // The next batch is read while this one is under way.
            let (published, next) = tokio::join!(
                self.batch(publisher, &batch, time),
                self.relay.read(end, BATCH)
            );
            match published {
                Ok(written) => written?,
                Err(unpublished) => return Ok(State::Away(unpublished.to_string())),
            }
            if !self.relay.advance(end).await? {
                return Ok(State::Elsewhere);
            }
            add(
                &self.counts.published,
                u64::try_from(batch.len()).unwrap_or(u64::MAX),
            );
            (done, batch) = (end, next?);
        }
        tracing::trace!(position = ?done, "everything is published");
        Ok(State::Done)
    }

    /// Publishes a batch. What the brokers will never take is left out, and that is said loudly: one
    /// event must not hold up all others.
    async fn batch(
        &self,
        publisher: &Publisher,
        batch: &[Published],
        time: &Time,
    ) -> Result<domain::Result<()>, Unpublished> {
        let outgoing = batch.iter().map(|event| self.outgoing(event));
        let mut outgoing: Vec<Outgoing> = match outgoing.collect() {
            Ok(outgoing) => outgoing,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            // While brokers are away the lease is kept: nobody else could do better. A run that is done
            // once gives up after a while; a server says now and then that it waits.
            let (begun, mut said) = (Instant::now(), 0);
            let patience = || {
                let waited = begun.elapsed();
                if waited.as_secs() / 60 > said {
                    said = waited.as_secs() / 60;
                    tracing::warn!(
                        waited.seconds = waited.as_secs(),
                        "Kafka has not confirmed a batch of events yet; still waiting"
                    );
                }
                let (time, relay) = (time.clone(), self.relay.clone());
                let goes_on = async move {
                    let in_vain = time.is_run() && waited > GIVE_UP;
                    !in_vain && time.is_left() && relay.renew().await.is_ok_and(|ours| ours)
                };
                goes_on.boxed()
            };
            match publisher.publish(&outgoing, patience).await {
                Ok(()) => return Ok(Ok(())),
                Err(Unpublished::Refused { place, failure }) if place < outgoing.len() => {
                    let event = outgoing.remove(place);
                    tracing::error!(
                        event.seq = event.id,
                        because = failure.text,
                        "Kafka does not take an event; it is left out"
                    );
                    self.counts.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(unpublished) => return Err(unpublished),
            }
        }
    }

    fn outgoing(&self, published: &Published) -> domain::Result<Outgoing> {
        let event = CloudEvent::of(published, &self.source);
        Ok(Outgoing {
            key: event.partitionkey.clone(),
            payload: event.to_json().map_err(domain::Error::internal)?,
            id: event.id,
        })
    }
}
