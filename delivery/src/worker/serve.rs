//! The worker inside a server: a task for each kind of work, woken by what happens.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::Desk;
use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{Deliverer, Report, State, report::add, time::Time};

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

/// One kind of work.
#[derive(Clone, Copy, Debug)]
enum Work {
    Planning,
    Mail,
    Webhooks,
    Kafka,
    Digests,
    Cleaning,
}

/// What the tasks of a server share.
struct Serving {
    deliverer: Arc<Deliverer>,
    desk: Desk,
    time: Time,
    planned: watch::Sender<()>,
}

impl Deliverer {
    /// Works until `stop`, and finishes what is under way then. What was done goes to `reports`, now
    /// and then.
    pub async fn serve(
        self: Arc<Self>,
        desk: Desk,
        duty: Duty,
        stop: CancellationToken,
        reports: mpsc::UnboundedSender<Report>,
    ) {
        let moves = desk.hub().moves();
        let (planned, news) = watch::channel(());
        let serving = Arc::new(Serving {
            deliverer: Arc::clone(&self),
            desk,
            time: Time::until(stop),
            planned,
        });
        let mut tasks = JoinSet::new();
        let task = || Arc::clone(&serving);
        tasks.spawn(task().repeat(Work::Planning, moves.clone()));
        if duty == Duty::Deliver {
            tasks.spawn(task().repeat(Work::Mail, news.clone()));
            tasks.spawn(task().repeat(Work::Webhooks, news));
            tasks.spawn(task().repeat(Work::Kafka, moves));
            tasks.spawn(task().every(DIGESTS, Work::Digests));
            tasks.spawn(task().every(CLEANING, Work::Cleaning));
        }
        tasks.spawn(task().report(reports));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %error, "a task of the delivery ended by a fault");
            }
        }
        if let Err(error) = self.relay.release().await {
            tracing::debug!(error = %error, "the lease of the log was not given back");
        }
    }
}

impl Serving {
    /// Works whenever `wake` says so, and now and then.
    async fn repeat<T>(self: Arc<Self>, work: Work, mut wake: watch::Receiver<T>) {
        while self.time.is_left() {
            wake.mark_unchanged();
            self.keep_trying(work).await;
            tokio::select! {
                // Whoever wakes is there for as long as this is.
                _ = wake.changed() => {}
                () = self.time.rest(POLL) => {}
            }
        }
    }

    async fn every(self: Arc<Self>, interval: Duration, work: Work) {
        while self.time.is_left() {
            self.keep_trying(work).await;
            self.time.rest(interval).await;
        }
    }

    async fn report(self: Arc<Self>, reports: mpsc::UnboundedSender<Report>) {
        let deliverer = &self.deliverer;
        while self.time.is_left() {
            let begun = Instant::now();
            self.time.rest(REPORTS).await;
            let found = async {
                let now = deliverer.outbox.now().await?;
                let lag = deliverer.lags(now).await?.longest();
                Ok::<_, domain::Error>((now, lag, deliverer.outbox.due().await?))
            };
            // Without a database there is nothing to report; what was counted is kept.
            if let Ok((now, lag, left)) = found.await {
                let mut done = deliverer.counts.take(now);
                (done.lag_seconds, done.left) = (lag, left);
                done.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                // Nobody listens any more when the server ends.
                drop(reports.send(done));
            }
        }
    }

    /// Works once, and again after growing pauses for as long as the service or the database is away.
    async fn keep_trying(&self, work: Work) {
        let (mut pause, longest) = PAUSES;
        while self.time.is_left() {
            match AssertUnwindSafe(self.work(work)).catch_unwind().await {
                // A fault ends this attempt and not the task.
                Err(_) => {
                    tracing::error!(work = ?work, "the delivery ended by a fault; trying again")
                }
                Ok(Ok(State::Done | State::Elsewhere)) => return,
                Ok(Ok(State::Away(why))) => tracing::warn!(
                    work = ?work,
                    because = why,
                    "nothing can be sent at the moment; trying again"
                ),
                Ok(Err(error)) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    work = ?work,
                    "the delivery broke off; trying again"
                ),
            }
            let jitter = 1.0 + rand::random::<f64>() / 2.0;
            self.time.rest(pause.mul_f64(jitter)).await;
            pause = (pause * 2).min(longest);
        }
    }

    async fn work(&self, work: Work) -> domain::Result<State> {
        let deliverer = &self.deliverer;
        match work {
            Work::Planning => {
                while self.time.is_left() && deliverer.plan_some().await? {
                    self.desk.hub().wake();
                    self.planned.send_replace(());
                }
                Ok(State::Done)
            }
            Work::Mail => deliverer.mails(&self.time).await,
            Work::Webhooks => deliverer.webhooks(&self.time).await,
            Work::Kafka => deliverer.events(&self.time).await,
            Work::Digests => {
                let made = deliverer.outbox.bundle().await?;
                add(&deliverer.counts.digests, made);
                if made > 0 {
                    self.planned.send_replace(());
                }
                Ok(State::Done)
            }
            Work::Cleaning => {
                deliverer.clean(&self.time).await?;
                Ok(State::Done)
            }
        }
    }
}
