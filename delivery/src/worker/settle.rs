//! Noting what became of a delivery, whatever the channel.

use std::time::Duration;

use domain::telling::{Outbox, Settled};
use entity::{DeliveryState, delivery};

/// The pauses between attempts to note what became of a delivery, in milliseconds.
const PAUSES: [u64; 6] = [100, 300, 1_000, 2_000, 4_000, 4_000];

/// An attempt that is made again.
pub(super) fn failed(error: &str, ambiguous: bool) -> Settled {
    Settled::Failed {
        error: error.to_owned(),
        ambiguous,
        after: None,
    }
}

/// An attempt that ended by a fault of ours: how far it had come is not known.
pub(super) fn fault() -> Settled {
    failed("A fault of Deskwire; the server's log says more.", true)
}

/// Notes what became of `row`, and counts it.
pub(super) async fn settle(
    outbox: &Outbox,
    row: &delivery::Model,
    settled: Settled,
    count: impl FnOnce(DeliveryState, bool),
) -> domain::Result<()> {
    let ambiguous = row.ambiguous
        || match &settled {
            Settled::Failed { ambiguous, .. } => *ambiguous,
            Settled::Sent | Settled::Skipped(_) | Settled::Refused(_) => false,
        };
    let jitter = rand::random();
    let mut pauses = PAUSES.into_iter();
    loop {
        let noted = outbox.settle(row, settled.clone(), jitter).await;
        // What is sent and not noted is sent again.
        if let Err(error @ domain::Error::Unavailable(_)) = &noted
            && let Some(pause) = pauses.next()
        {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                delivery.id = row.id,
                "what became of a delivery could not be noted; trying again"
            );
            tokio::time::sleep(Duration::from_millis(pause)).await;
            continue;
        }
        count(noted?, ambiguous);
        return Ok(());
    }
}
