//! Turns at the disk.

use std::{io, sync::Arc};

use tokio::sync::Semaphore;

/// What waits for the disk, and at most so many at once. Tokio would start a thread for each, and each
/// thread has memory of its own: many slow uploads would be dear.
#[derive(Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Does `work` when it is its turn. Once begun it runs to its end, even if nobody waits for it any
    /// more.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let turn = turn.map_err(io::Error::other)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        working.await?
    }
}
