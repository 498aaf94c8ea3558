//! Believable demo data: people, a year of tickets, their threads, their timers and their part of
//! the event log, all as the commands of `domain` and its job would have written them.
//!
//! The same seed and the same end give the same rows, whatever the database; on PostgreSQL only the
//! numbers of the writing transactions differ. One ticket's story is made up on its own, from the
//! seed and its place, so nothing but a batch is ever held in memory.

mod calendar;
mod clocks;
mod copy;
mod details;
mod dice;
mod fate;
mod insert;
mod names;
mod opening;
mod pace;
mod people;
mod play;
mod plot;
mod rows;
mod satisfaction;
mod store;
mod story;
mod tale;
#[cfg(test)]
mod tests;
mod texts;
mod world;

use std::sync::Arc;

use domain::{Error, Result, db::Db};
use entity::Timestamp;
use rows::Rows;
use store::Store;
use world::World;

/// How many tickets are written in one transaction.
const BATCH: u64 = 5_000;

/// What to fill a database with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many tickets. There are a twentieth as many customers, 300 at least, 50,000 at most.
    pub tickets: u64,
    /// The same seed gives the same data.
    pub seed: u64,
    /// Where the data end, the time now as a rule: they reach back a year from here.
    pub until: Timestamp,
}

impl DemoOptions {
    /// 3,000 tickets in the year before `until`.
    pub fn new(until: Timestamp) -> Self {
        Self {
            tickets: 3_000,
            seed: 1,
            until,
        }
    }
}

/// What was written, and who of the development identities was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoSummary {
    /// Customers.
    pub customers: u64,
    /// Agents and supervisors.
    pub staff: u64,
    /// Teams.
    pub teams: u64,
    /// Tickets.
    pub tickets: u64,
    /// Messages, internal notes included.
    pub messages: u64,
    /// Rows of the event log.
    pub events: u64,
}

/// Fills a migrated database that holds no ticket yet. `progress` is told how many tickets are
/// written, of how many, after each batch.
///
/// People and the first batch of tickets come in one transaction, every further batch in one of its
/// own; the ticket numbers are reserved before. So if this ends half-way (an error, a crash), the
/// database is either as it was (on PostgreSQL the numbers stay used up), or holds whole tickets,
/// the oldest ones, but not all of them. It is usable then, though not what was asked for: filling
/// it again is refused, since it holds tickets, and the message says to begin with an empty
/// database.
///
/// # Errors
/// `BadInput` if there is a ticket or an earlier demo's people, `Unavailable` when the database does
/// not answer.
pub async fn fill(
    db: &Db,
    options: &DemoOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<DemoSummary> {
    let store = Store::new(db);
    store.check_empty().await?;
    let (categories, subjects) = (store.categories().await?, store.subjects().await?);
    let known = store.known().await?;
    let rules = store.rules().await?;
    let first_number = store.next_number().await?;
    let tell = {
        let options = options.clone();
        move || {
            World::new(
                &options,
                &categories,
                &subjects,
                &known,
                first_number,
                rules,
            )
        }
    };
    let world = Arc::new(in_background(tell).await?);

    let total = options.tickets;
    let people = &world.people;
    let mut summary = DemoSummary {
        customers: count(people.customers.len()) + u64::from(people.dev_customer.is_some()),
        staff: count(people.staff.len()),
        teams: count(people.teams.len()),
        ..DemoSummary::default()
    };
    // While one batch is being written, the next one is being made up.
    let prepare = |from: u64| {
        let (world, store) = (Arc::clone(&world), store.clone());
        in_background(move || {
            let mut rows = if from == 0 {
                Rows::of_people(&world)
            } else {
                Rows::default()
            };
            rows.add_tickets(&world, from, total.min(from + BATCH))?;
            let counts = (count(rows.messages.len()), count(rows.events.len()));
            Ok((store.prepare(rows)?, counts))
        })
    };
    let mut next = Some(tokio::spawn(prepare(0)));
    let mut from = 0;
    while let Some(batch) = next.take() {
        let (batch, (messages, events)) = batch.await.map_err(Error::internal)??;
        let to = total.min(from + BATCH);
        if to < total {
            next = Some(tokio::spawn(prepare(to)));
        }
        let numbers = (from == 0 && total > 0).then(|| first_number + count_i64(total) - 1);
        store.write(batch, numbers).await?;
        summary.tickets = to;
        summary.messages += messages;
        summary.events += events;
        from = to;
        progress(to, total);
    }
    store.tidy().await?;
    Ok(summary)
}

/// Runs what takes a while where it holds up nobody.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)?
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn count_i64(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
