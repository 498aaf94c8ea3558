//! Writing down who was active, a while later and many together.

use std::{collections::BTreeSet, future::Future, time::Duration};

use entity::active_user;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use super::Mark;
use crate::{Desk, Error, Result};

/// How long is waited between two statements.
const PAUSE: Duration = Duration::from_millis(250);

/// How long is waited after one that failed.
const AGAIN: Duration = Duration::from_secs(2);

/// How many one statement writes.
const BATCH: usize = 500;

/// How many are kept while the database is away. Those who come then are noticed again by their
/// next request.
const KEPT: usize = 20_000;

/// How long writing what is left may take at the end.
const LAST: Duration = Duration::from_secs(5);

/// What writes down who was active.
#[derive(Debug)]
pub struct Notes {
    desk: Desk,
    noticed: mpsc::Receiver<Mark>,
    kept: BTreeSet<Mark>,
}

impl Notes {
    pub(super) fn new(desk: Desk, noticed: mpsc::Receiver<Mark>) -> Self {
        Self {
            desk,
            noticed,
            kept: BTreeSet::new(),
        }
    }

    /// Writes until `stop` comes, and then what is left. What cannot be written is kept, and tried
    /// again.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut next = Instant::now();
        let mut failing = false;
        loop {
            let room = KEPT.saturating_sub(self.kept.len());
            let mut some = Vec::new();
            tokio::select! {
                () = &mut stop => break,
                _ = self.noticed.recv_many(&mut some, room), if room > 0 => {
                    if some.is_empty() {
                        // Nobody is there any more who could notice anybody.
                        break;
                    }
                    self.kept.extend(some);
                }
                () = sleep_until(next), if !self.kept.is_empty() => {
                    let written = self.write().await;
                    if let Err(error) = &written && !failing {
                        tracing::warn!(
                            error = error as &dyn std::error::Error,
                            "who was active could not be written down; trying again"
                        );
                    }
                    failing = written.is_err();
                    next = Instant::now() + if failing { AGAIN } else { PAUSE };
                }
            }
        }
        self.finish().await;
    }

    /// Writes what is left, if that can be done in time.
    async fn finish(mut self) {
        while let Ok(mark) = self.noticed.try_recv() {
            self.kept.insert(mark);
        }
        let writing = async {
            while !self.kept.is_empty() {
                self.write().await?;
            }
            Ok::<_, Error>(())
        };
        if !matches!(timeout(LAST, writing).await, Ok(Ok(()))) {
            tracing::warn!(
                people = self.kept.len(),
                "who was active could not be written down before the end"
            );
        }
    }

    /// Writes some of what is kept; what others have written already stays as it is.
    async fn write(&mut self) -> Result<()> {
        let some: Vec<Mark> = self.kept.iter().take(BATCH).copied().collect();
        let rows = some.iter().map(|mark| active_user::ActiveModel {
            day: Set(mark.day),
            user_id: Set(mark.person),
        });
        let key = [active_user::Column::Day, active_user::Column::UserId];
        active_user::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(self.desk.db.aside())
            .await?;
        if self.desk.db.is_postgres() {
            // Readers of the log stop before the oldest transaction that runs: it may have been
            // this.
            self.desk.hub.wake();
        }
        for mark in some {
            self.kept.remove(&mark);
        }
        Ok(())
    }
}
