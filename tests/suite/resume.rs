//! A subscriber that is cut off at random moments and resumes ends with exactly the rows that a
//! fresh query gives, and was told every event once and in order.
//!
//! Each seed is a scene of its own (`resume/scene.rs`), told apart by its tags; several run at the
//! same time and are noise in the log for one another. On PostgreSQL there are two server
//! processes, and transactions commit out of order.

use std::{ops::Range, sync::Arc};

use deskwire_tests::{Backend, World, on_both};
use futures_util::{StreamExt, stream};

use crate::soak::number;

mod aim;
mod disorder;
mod empty;
mod glance;
mod pace;
mod plan;
mod reader;
mod scene;
mod story;
mod writer;

use disorder::Disorder;
use scene::Cast;

/// Scenes at the same time.
const AT_ONCE: usize = 8;
/// A server that is broken fails everywhere; a few examples are enough.
const ENOUGH: usize = 10;

/// The seeds to run: all, or the one in `DESKWIRE_SEED`, several times as its timing varies.
fn seeds() -> (Range<u64>, u64) {
    match std::env::var_os("DESKWIRE_SEED") {
        Some(_) => {
            let seed = number("DESKWIRE_SEED", 0);
            (seed..seed + 1, 4 * AT_ONCE as u64)
        }
        None => (0..number("DESKWIRE_SEEDS", 200), 1),
    }
}

async fn who_is_cut_off_and_resumes_misses_nothing(world: World) {
    let mut processes = Vec::new();
    let mut disorder = None;
    if world.backend == Backend::Postgres {
        processes = vec![world.process().await, world.process().await];
        disorder = Some(Disorder::begin(&world.config().database_url()).await);
    }
    let mut servers: Vec<String> = processes.iter().map(|one| one.base().to_owned()).collect();
    if servers.is_empty() {
        servers.push(world.base().to_owned());
    }
    let cast = Arc::new(Cast::of(&world, servers).await);

    let (seeds, times) = seeds();
    let runs = seeds.flat_map(|seed| (0..times).map(move |time| (seed, time)));
    let mut runs = stream::iter(runs)
        .map(|(seed, time)| {
            let scene = tokio::spawn(scene::play(Arc::clone(&cast), seed, time));
            async move { (seed, scene.await) }
        })
        .buffer_unordered(AT_ONCE);
    let mut failed = Vec::new();
    while let Some((seed, ended)) = runs.next().await {
        let Err(error) = ended else { continue };
        let panic = error.into_panic();
        let message = panic.downcast_ref::<String>().map_or("?", String::as_str);
        eprintln!(
            "seed {seed} failed: {message}\nplay it again: DESKWIRE_SEED={seed} \
             cargo test -p deskwire-tests --test suite -- resume"
        );
        failed.push(seed);
        if failed.len() >= ENOUGH {
            break;
        }
    }
    drop(disorder);
    assert!(failed.is_empty(), "seeds that failed: {failed:?}");
    for process in processes {
        assert_eq!(process.terminate().await, Some(0));
    }
}

on_both!(who_is_cut_off_and_resumes_misses_nothing);
