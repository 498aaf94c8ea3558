//! The worker inside a server: a task for each channel, woken by what happens.

use std::{future::Future, sync::Arc, time::Duration};

use domain::Desk;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Deliverer, Lags, Report, State, report::add};

/// How long something waits at most if no wake-up comes through.
const POLL: Duration = Duration::from_secs(1);

/// The first and the longest pause while a service, or the database, is away.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How often digests are looked for.
const DIGESTS: Duration = Duration::from_secs(10);

/// How often old rows are deleted.
const CLEANING: Duration = Duration::from_secs(3_600);

/// How often what was done is reported.
const REPORTS: Duration = Duration::from_secs(60);

/// What a server does of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Plans, so that people are notified in the app. Something else sends.
    Plan,
    /// Plans and sends.
    Deliver,
}

impl Deliverer {
    /// Works until `stop`, and finishes what is under way then. `report` gets what was done, now and
    /// then.
    pub async fn serve(
        self: Arc<Self>,
        desk: Desk,
        duty: Duty,
        stop: CancellationToken,
        report: impl Fn(Report),
    ) {
        let (planned, _) = watch::channel(());
        let serving = Serving { stop: &stop };
        let planning = serving.repeat("planning", desk.hub().moves(), async || {
            let tell = || {
                desk.hub().wake();
                planned.send_replace(());
            };
            self.plan(&|| serving.goes_on(), &tell).await?;
            Ok(State::Done)
        });
        let sending = async {
            if duty == Duty::Plan {
                return;
            }
            let in_time = || serving.goes_on();
            tokio::join!(
                serving.repeat("mail", planned.subscribe(), async || {
                    self.mails(&in_time).await
                }),
                serving.repeat("webhooks", planned.subscribe(), async || {
                    self.webhooks(&in_time).await
                }),
                serving.repeat("kafka", desk.hub().moves(), async || {
                    self.events(&in_time).await
                }),
                serving.every(DIGESTS, "digests", async || {
                    add(&self.counts.digests, self.outbox.bundle().await?);
                    Ok(State::Done)
                }),
                serving.every(CLEANING, "cleaning", async || {
                    self.clean(&in_time).await?;
                    Ok(State::Done)
                }),
            );
            if let Err(error) = self.relay.release().await {
                tracing::debug!(error = %error, "the lease of the log was not given back");
            }
        };
        let reporting = async {
            while serving.goes_on() {
                serving.rest(REPORTS).await;
                if let Ok(now) = self.outbox.now().await {
                    let mut done = self.counts.take(now);
                    done.lag_seconds = self.lags(now).await.map_or(0, Lags::longest);
                    done.left = self.outbox.due().await.unwrap_or(0);
                    report(done);
                }
            }
        };
        tokio::join!(planning, sending, reporting);
    }
}

/// What the tasks of a server share.
struct Serving<'a> {
    stop: &'a CancellationToken,
}

impl Serving<'_> {
    fn goes_on(&self) -> bool {
        !self.stop.is_cancelled()
    }

    /// Waits for so long, or until the end.
    async fn rest(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.stop.cancelled()).await;
    }

    /// Does `work` whenever `wake` says so, and now and then.
    async fn repeat<T, F: Future<Output = domain::Result<State>>>(
        &self,
        what: &str,
        mut wake: watch::Receiver<T>,
        work: impl Fn() -> F,
    ) {
        while self.goes_on() {
            wake.mark_unchanged();
            self.keep_trying(what, &work).await;
            tokio::select! {
                // Whoever wakes is there for as long as this is.
                _ = wake.changed() => {}
                () = self.rest(POLL) => {}
            }
        }
    }

    async fn every<F: Future<Output = domain::Result<State>>>(
        &self,
        interval: Duration,
        what: &str,
        work: impl Fn() -> F,
    ) {
        while self.goes_on() {
            self.keep_trying(what, &work).await;
            self.rest(interval).await;
        }
    }

    /// Does `work` once, and again after growing pauses for as long as the service or the database
    /// is away.
    async fn keep_trying<F: Future<Output = domain::Result<State>>>(
        &self,
        what: &str,
        work: impl Fn() -> F,
    ) {
        let (mut pause, longest) = PAUSES;
        while self.goes_on() {
            match work().await {
                Ok(State::Done | State::Elsewhere) => return,
                Ok(State::Away(why)) => {
                    tracing::warn!(
                        channel = what,
                        because = why,
                        "nothing can be sent at the moment; trying again"
                    );
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    channel = what,
                    "the delivery broke off; trying again"
                ),
            }
            self.rest(pause.mul_f64(1.0 + rand::random::<f64>() / 2.0))
                .await;
            pause = (pause * 2).min(longest);
        }
    }
}
