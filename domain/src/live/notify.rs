//! Wake-ups between processes on PostgreSQL. They carry nothing but who sent them, and may get lost:
//! the poll is the truth.

use std::{sync::Arc, time::Duration};

use sea_orm::ConnectionTrait;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::inboxes::Inboxes;
use crate::db::Db;

const CHANNEL: &str = "deskwire_event";
/// At most one wake-up in this time: NOTIFY takes a lock at commit that all who notify share.
const PAUSE: Duration = Duration::from_millis(5);
const RETRY: Duration = Duration::from_secs(1);

/// Listens on a connection of its own and wakes the followers of this process. It passes over what
/// `me`, this process, has said: the followers were woken then.
pub(super) async fn listen(
    db: Db,
    me: Uuid,
    wake: Arc<Notify>,
    inboxes: Inboxes,
    mut gone: watch::Receiver<()>,
) {
    let listening = async {
        loop {
            if let Err(error) = listen_once(&db, &me.to_string(), &wake, &inboxes).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "not listening for wake-ups; changes by other processes are seen within a second"
                );
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    tokio::select! {
        () = listening => {}
        _ = gone.changed() => {}
    }
}

async fn listen_once(
    db: &Db,
    me: &str,
    wake: &Notify,
    inboxes: &Inboxes,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(db.url()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // `None` says that the connection was lost and made again: something may have been missed.
        let said = listener.try_recv().await?;
        if said.is_none_or(|said| said.payload() != me) {
            wake.notify_one();
            inboxes.wake();
        }
    }
}

/// Tells the other processes, outside of any business transaction and never faster than `PAUSE`.
pub(super) async fn tell(db: Db, me: Uuid, tell: Arc<Notify>, mut gone: watch::Receiver<()>) {
    let statement = format!("NOTIFY {CHANNEL}, '{me}'");
    loop {
        tokio::select! {
            _ = gone.changed() => return,
            () = tell.notified() => {}
        }
        if let Err(error) = db.admin().execute_unprepared(&statement).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a wake-up was not sent"
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}
