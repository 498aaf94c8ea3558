//! Sending mails.

use std::{panic::AssertUnwindSafe, sync::OnceLock};

use domain::telling::{Brief, Settled};
use entity::delivery;
use futures_util::{FutureExt, StreamExt, stream};

use super::{
    Deliverer, State,
    settle::{failed, fault, settle},
    time::Time,
};
use crate::{Failure, FailureKind, mail::Mailer};

/// How many mails are claimed at once.
const BATCH: u64 = 16;

impl Deliverer {
    /// Sends mails that are due until none is, or until `time` is over.
    pub(super) async fn mails(&self, time: &Time) -> domain::Result<State> {
        let Some(mailer) = &self.mailer else {
            return Ok(State::Elsewhere);
        };
        while time.is_left() {
            let claimed = self.outbox.claim_mails(BATCH).await?;
            if claimed.is_empty() {
                break;
            }
            // What is under way is finished; nothing more is begun once the service is away.
            let away = OnceLock::new();
            let mut sending = stream::iter(claimed.clone())
                .map(|row| self.unless_away(mailer, row, &away, time))
                .buffer_unordered(usize::from(self.mail_concurrency));
            let mut result = Ok(());
            while let Some(attempt) = sending.next().await {
                result = result.and(attempt);
            }
            drop(sending);
            let released = self.outbox.release(&claimed).await;
            result.and(released)?;
            if let Some(why) = away.into_inner() {
                return Ok(State::Away(why));
            }
        }
        Ok(State::Done)
    }

    async fn unless_away(
        &self,
        mailer: &Mailer,
        row: delivery::Model,
        away: &OnceLock<String>,
        time: &Time,
    ) -> domain::Result<()> {
        if away.get().is_some() || !time.is_left() {
            return Ok(());
        }
        let Ok(attempt) = AssertUnwindSafe(self.mail(mailer, &row, time))
            .catch_unwind()
            .await
        else {
            // One mail must not end all others.
            tracing::error!(delivery.id = row.id, "sending a mail ended by a fault");
            return self.settle_mail(&row, fault()).await;
        };
        if let Some(why) = attempt? {
            away.get_or_init(|| why);
        }
        Ok(())
    }

    async fn settle_mail(&self, row: &delivery::Model, settled: Settled) -> domain::Result<()> {
        settle(&self.outbox, row, settled, |state, ambiguous| {
            self.counts.mail.count(state, ambiguous);
        })
        .await
    }

    /// Sends one mail. Why nothing can be sent at the moment, if that is so.
    async fn mail(
        &self,
        mailer: &Mailer,
        row: &delivery::Model,
        time: &Time,
    ) -> domain::Result<Option<String>> {
        let settled = match self.outbox.brief(row).await {
            Err(domain::Error::Internal(cause)) => {
                tracing::error!(error = %cause, delivery.id = row.id, "a mail cannot be written");
                failed(
                    "What it tells of cannot be read; the server's log says why.",
                    false,
                )
            }
            Err(error) => return Err(error),
            Ok(Brief::Skip(why)) => Settled::Skipped(why),
            Ok(Brief::Send(briefing)) => match self.writer.write(row, &briefing) {
                Err(failure) => outcome(failure),
                Ok(mail) => {
                    if !self.outbox.begin(row.id).await? {
                        return Ok(None);
                    }
                    let sending = tokio::time::timeout(self.patience(time), mailer.send(&mail));
                    match sending.await {
                        Ok(Ok(())) => Settled::Sent,
                        Ok(Err(failure)) if failure.kind == FailureKind::Away => {
                            return self.went_away(row, failure).await;
                        }
                        Ok(Err(failure)) => outcome(failure),
                        Err(_) => failed("Sending it took too long.", true),
                    }
                }
            },
        };
        self.settle_mail(row, settled).await?;
        Ok(None)
    }

    /// Nothing can be sent at the moment: that is not counted against the mail. But if this one may
    /// have arrived all the same, it says so from now on.
    async fn went_away(
        &self,
        row: &delivery::Model,
        failure: Failure,
    ) -> domain::Result<Option<String>> {
        self.outbox.give_back(row, failure.ambiguous).await?;
        Ok(Some(failure.text))
    }
}

fn outcome(failure: Failure) -> Settled {
    match failure.kind {
        FailureKind::Refused => Settled::Refused(failure.text),
        FailureKind::Later | FailureKind::Away => Settled::Failed {
            error: failure.text,
            ambiguous: failure.ambiguous,
            after: None,
        },
    }
}
