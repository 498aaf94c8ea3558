//! Turns at checking what was uploaded. A check takes time and memory, on a slow scanner or storage
//! much of it, and who asks gives up sooner and asks again: nobody may take all turns from the others.

use std::{sync::Arc, time::Duration};

use entity::{AttachmentId, UserId};
use moka::sync::Cache;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many files are checked at once.
const AT_ONCE: usize = 8;
/// How many of them can be one person's.
const OF_ONE_PERSON: usize = 2;
/// How long somebody waits for a turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a person or a file is remembered: longer than any check takes.
const REMEMBERED: Duration = Duration::from_secs(6 * 3_600);

/// What hands out the turns of this process. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Checks {
    all: Arc<Semaphore>,
    people: Cache<UserId, Arc<Semaphore>>,
    files: Cache<AttachmentId, Arc<Semaphore>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _of_file: OwnedSemaphorePermit,
    _of_person: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(AT_ONCE)),
            people: Cache::builder().time_to_idle(REMEMBERED).build(),
            files: Cache::builder().time_to_idle(REMEMBERED).build(),
        }
    }
}

impl Checks {
    /// A turn at one file, which nobody else here checks meanwhile. `None` if there is none for long.
    pub(super) async fn take(&self, person: UserId, file: AttachmentId) -> Option<Turn> {
        let of_file = self.files.get_with(file, || Arc::new(Semaphore::new(1)));
        let of_person = || Arc::new(Semaphore::new(OF_ONE_PERSON));
        let of_person = self.people.get_with(person, of_person);
        let of_all = Arc::clone(&self.all);
        let waiting = async {
            Ok::<_, tokio::sync::AcquireError>(Turn {
                _of_file: of_file.acquire_owned().await?,
                _of_person: of_person.acquire_owned().await?,
                _of_all: of_all.acquire_owned().await?,
            })
        };
        timeout(PATIENCE, waiting).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn file(number: u128) -> AttachmentId {
        Uuid::from_u128(number).into()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_takes_the_turns_of_others() {
        let checks = Checks::default();
        let (greedy, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let first = checks.take(greedy, file(1)).await;
        assert!(first.is_some());
        // The same file again has to wait, and gives up.
        assert!(checks.take(greedy, file(1)).await.is_none());
        let second = checks.take(greedy, file(2)).await;
        assert!(second.is_some());
        assert!(checks.take(greedy, file(3)).await.is_none());
        assert!(checks.take(other, file(4)).await.is_some());
        drop(first);
        assert!(checks.take(greedy, file(1)).await.is_some());
    }
}
