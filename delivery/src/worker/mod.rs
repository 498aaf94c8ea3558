//! The worker: plans what is to be told and sends it. Any number may run, in servers and as jobs; any
//! of them may be killed at any time.

mod events;
mod letters;
mod mails;
mod report;
mod serve;
mod settings;
mod settle;
mod survey;
mod time;
mod webhooks;

use std::{path::Path, time::Duration};

use domain::{
    Clock, JobRun,
    db::Db,
    telling::{KAFKA, Outbox, Planner, Relay, Retention, Seals},
};
use entity::{Channel, JobKind, JobOutcome, Timestamp};

use self::{
    letters::Writer,
    report::{Counts, add},
    time::Time,
};
use crate::{Problem, Publisher, Sender, mail::Mailer};

pub use report::{Attempts, Report};
pub use serve::Duty;
pub use settings::DeliverySettings;
pub use survey::{Asking, SurveySettings};

/// How far a channel came.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is due any more, or time is over.
    Done,
    /// Another process does it.
    Elsewhere,
    /// The service cannot be reached, or takes nothing.
    Away(String),
}

/// Plans and sends.
#[derive(Debug)]
pub struct Deliverer {
    db: Db,
    clock: Clock,
    planner: Planner,
    outbox: Outbox,
    relay: Relay,
    writer: Writer,
    /// Without one, mails wait for somebody else.
    mailer: Option<Mailer>,
    sender: Sender,
    publisher: Option<Publisher>,
    source: String,
    keep: Retention,
    patience: Duration,
    mail_concurrency: u16,
    counts: Counts,
}

/// How long what waits has been waiting, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lags {
    /// Events that nobody has gone through.
    pub planning: i64,
    /// Mails.
    pub mail: i64,
    /// Requests to endpoints that are switched on.
    pub webhooks: i64,
    /// Events that are not published; 0 without Kafka.
    pub kafka: i64,
}

impl Lags {
    /// The longest.
    pub fn longest(self) -> i64 {
        self.planning
            .max(self.mail)
            .max(self.webhooks)
            .max(self.kafka)
    }
}

impl Deliverer {
    /// A worker on a migrated database. `reopen_days`: for how many days a customer may reopen a
    /// closed ticket, as mails say.
    ///
    /// # Errors
    /// When a setting does not work, or the database does not answer: in words for an operator.
    pub async fn open(
        db: Db,
        clock: Clock,
        settings: &DeliverySettings,
        data_dir: &Path,
        reopen_days: u16,
    ) -> Result<Self, Problem> {
        let mailer = settings.mail.open(data_dir, settings.patience()).await?;
        Self::build(db, clock, settings, Some(mailer), reopen_days).await
    }

    /// A worker that sends no mail: where it cannot, or where others do. Mails that are in a folder can
    /// be looked at all the same.
    ///
    /// # Errors
    /// As [`Self::open`], but for mail.
    pub async fn open_to_plan(
        db: Db,
        clock: Clock,
        settings: &DeliverySettings,
        data_dir: &Path,
        reopen_days: u16,
    ) -> Result<Self, Problem> {
        let mailer = settings.mail.open(data_dir, settings.patience()).await;
        Self::build(db, clock, settings, mailer.ok(), reopen_days).await
    }

    async fn build(
        db: Db,
        clock: Clock,
        settings: &DeliverySettings,
        mailer: Option<Mailer>,
        reopen_days: u16,
    ) -> Result<Self, Problem> {
        let seals = Seals::open(&db, &clock).await.map_err(|error| {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or_else(String::new, |cause| format!(" ({cause})"));
            Problem(format!(
                "Cannot use the database (DATABASE_URL): {error}{cause}"
            ))
        })?;
        let lease = settings.lease();
        let links = settings.links.links()?;
        Ok(Self {
            planner: Planner::new(db.clone(), clock.clone(), settings.rules()?),
            outbox: Outbox::new(db.clone(), clock.clone(), lease),
            relay: Relay::new(db.clone(), clock.clone(), KAFKA, lease),
            writer: Writer::new(settings, seals, reopen_days)?,
            mailer,
            sender: Sender::new(settings.webhooks_allow_private)?,
            publisher: Publisher::open(&settings.kafka)?,
            source: links.to("").trim_end_matches('/').to_owned(),
            keep: settings.retention(),
            patience: settings.patience(),
            mail_concurrency: settings.mail_concurrency,
            counts: Counts::default(),
            db,
            clock,
        })
    }

    /// How long sending one thing may take: it is over before the claim is, and before the run.
    fn patience(&self, time: &Time) -> Duration {
        let least = Duration::from_secs(1);
        let left = time.left().map(|left| left.max(least));
        left.map_or(self.patience, |left| left.min(self.patience))
    }

    /// What makes, and checks, the links in mails.
    pub fn seals(&self) -> &Seals {
        self.writer.seals()
    }

    /// The folder that mails are written to, if they are.
    pub fn mail_folder(&self) -> Option<&Path> {
        self.mailer.as_ref().and_then(Mailer::folder)
    }

    /// Plans and sends until nothing is due, or until `limit` is over, and says what was done.
    pub async fn run(&self, limit: Option<Duration>) -> Report {
        let time = Time::limited(limit);
        let started_at = self.outbox.now().await;
        let now = started_at.as_ref().ok().copied();
        let lag = match now {
            Some(now) => self.lags(now).await.map(Lags::longest),
            None => Ok(0),
        };
        let done = match started_at {
            Ok(_) => self.all(&time).await,
            Err(error) => Err(error),
        };
        let mut report = self.counts.take(now.unwrap_or_else(|| self.clock.now()));
        report.duration_ms = u64::try_from(time.elapsed().as_millis()).unwrap_or(u64::MAX);
        let left = self.outbox.due().await;
        report.known = now.is_some() && lag.is_ok() && left.is_ok();
        report.lag_seconds = lag.unwrap_or(0);
        report.left = left.as_ref().map_or(0, |left| *left);
        match done.and_then(|away| left.map(|_| away)) {
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a run of the delivery broke off"
                );
                report.outcome = JobOutcome::Failed;
                report.error = Some(error.to_string());
            }
            Ok(away) if !away.is_empty() => {
                report.outcome = JobOutcome::Failed;
                report.error = Some(away.join(" "));
            }
            Ok(_) if report.left > 0 && !time.is_left() => report.outcome = JobOutcome::OutOfTime,
            Ok(_) => {}
        }
        report
    }

    /// What is away, in words.
    async fn all(&self, time: &Time) -> domain::Result<Vec<String>> {
        while time.is_left() && self.plan_some().await? {}
        while time.is_left() {
            let made = self.outbox.bundle().await?;
            add(&self.counts.digests, made);
            if made == 0 {
                break;
            }
        }
        let (mails, webhooks, events) =
            tokio::join!(self.mails(time), self.webhooks(time), self.events(time));
        self.relay.release().await?;
        let mut away = Vec::new();
        for (channel, state) in [
            ("Mail", mails?),
            ("Webhooks", webhooks?),
            ("Kafka", events?),
        ] {
            if let State::Away(why) = state {
                tracing::warn!(channel, because = why, "nothing can be sent at the moment");
                away.push(format!("{channel}: {why}"));
            }
        }
        self.clean(time).await?;
        Ok(away)
    }

    /// Deletes what is old.
    async fn clean(&self, time: &Time) -> domain::Result<()> {
        while time.is_left() {
            let deleted = self.outbox.clean(&self.keep).await?;
            add(&self.counts.deleted, deleted);
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Plans one step's worth. Whether there may be more: not if another process is at it.
    async fn plan_some(&self) -> domain::Result<bool> {
        let planned = self.planner.step().await?.unwrap_or_default();
        self.counts.plan(planned);
        Ok(planned.events > 0)
    }

    /// How long what waits has been waiting.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn lags(&self, now: Timestamp) -> domain::Result<Lags> {
        Ok(Lags {
            planning: self.planner.lag(now).await?,
            mail: self.outbox.lag(Channel::Mail, now).await?,
            webhooks: self.outbox.lag(Channel::Webhook, now).await?,
            kafka: match self.publisher {
                Some(_) => self.relay.lag(now).await?,
                None => 0,
            },
        })
    }

    /// The time, as all workers see it.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn now(&self) -> domain::Result<Timestamp> {
        self.outbox.now().await
    }

    /// Keeps a report for those who ask how the jobs are doing.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(&self, report: &Report) -> domain::Result<()> {
        let run = JobRun {
            job: JobKind::OutboxDelivery,
            outcome: report.outcome,
            started_at: report.started_at,
            duration_ms: report.duration_ms,
            report,
        };
        run.record(&self.db, &self.clock).await
    }
}
