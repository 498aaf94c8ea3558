//! One upload of a file at a time. A later one ends the one before: that may hang, and many of them would
//! fill the disk with what is never finished.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::attachment::FileKey;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

type Known = HashMap<FileKey, Arc<CancellationToken>>;

/// The uploads that are under way in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Arriving(Arc<Mutex<Known>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Arrival {
    key: FileKey,
    end: Arc<CancellationToken>,
    all: Arriving,
}

impl Arriving {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload, and ends the one of the same file that is under way.
    pub(super) fn begin(&self, key: &FileKey) -> Arrival {
        let end = Arc::new(CancellationToken::new());
        let before = self.known().insert(key.clone(), Arc::clone(&end));
        if let Some(before) = before {
            before.cancel();
        }
        Arrival {
            key: key.clone(),
            end,
            all: self.clone(),
        }
    }
}

impl Arrival {
    /// Waits until a later upload of the same file begins.
    pub(super) fn overtaken(&self) -> WaitForCancellationFuture<'_> {
        self.end.cancelled()
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut known = self.all.known();
        // A later one may stand there.
        if known
            .get(&self.key)
            .is_some_and(|end| Arc::ptr_eq(end, &self.end))
        {
            known.remove(&self.key);
        }
    }
}
