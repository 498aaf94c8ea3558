//! How far the writers of a scene are. Readers are cut off by it, not by time.

use tokio::sync::watch;

/// Counts what the writers have done.
#[derive(Debug)]
pub struct Pace(watch::Sender<usize>);

const DONE: usize = usize::MAX;

impl Pace {
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// One more thing was done.
    pub fn step(&self) {
        self.0.send_modify(|steps| *steps += 1);
    }

    /// The writers have finished.
    pub fn finish(&self) {
        self.0.send_replace(DONE);
    }

    /// Waits until so many things were done, or all.
    pub async fn reached(&self, steps: usize) {
        let mut pace = self.0.subscribe();
        let _never_dropped = pace.wait_for(|now| *now >= steps).await;
    }

    /// Waits until the writers have finished.
    pub async fn finished(&self) {
        self.reached(DONE).await;
    }
}
