//! Wake-ups between processes on PostgreSQL. They carry nothing and may get lost: the poll is the
//! truth.

use std::{sync::Arc, time::Duration};

use sea_orm::ConnectionTrait;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

use crate::db::Db;

const CHANNEL: &str = "deskwire_event";
/// At most one wake-up in this time: NOTIFY takes a lock at commit that all who notify share.
const PAUSE: Duration = Duration::from_millis(5);
const RETRY: Duration = Duration::from_secs(1);

/// Listens on a connection of its own and wakes the follower of this process.
pub(super) async fn listen(db: Db, wake: Arc<Notify>, mut gone: watch::Receiver<()>) {
    let listening = async {
        loop {
            if let Err(error) = listen_once(&db, &wake).await {
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

async fn listen_once(db: &Db, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(db.url()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // `None` says that the connection was lost and made again: something may have been missed.
        let _woken = listener.try_recv().await?;
        wake.notify_one();
    }
}

/// Tells the other processes, outside of any business transaction and never faster than `PAUSE`.
pub(super) async fn tell(db: Db, tell: Arc<Notify>, mut gone: watch::Receiver<()>) {
    loop {
        tokio::select! {
            _ = gone.changed() => return,
            () = tell.notified() => {}
        }
        if let Err(error) = db.admin().execute_unprepared("NOTIFY deskwire_event").await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a wake-up was not sent"
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}
