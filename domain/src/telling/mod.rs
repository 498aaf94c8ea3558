//! Telling people and systems what happened (requirements N1 to N7). What is to be told follows from
//! the event log: a pure function ([`plan`](plan::plan)) decides, a planner that follows the log
//! writes it down, and any number of workers send it.

mod backoff;
mod briefing;
mod clean;
mod digest;
mod endpoint;
mod outbox;
mod plan;
mod planner;
pub mod preference;
mod relay;
mod seal;

#[cfg(test)]
mod tests;

pub use backoff::MOST_ATTEMPTS;
pub use briefing::{Brief, Briefing, Entry};
pub use clean::Retention;
pub use outbox::{Outbox, Settled};
pub use plan::{Directory, News, Person, Telling, To, Via, plan};
pub use planner::{Planned, Planner, Rules};
pub use relay::{KAFKA, Published, Relay};
pub use seal::Seals;
