//! SLA clocks: calendars, policies, timers, and what happens when they are due (`sla.md`).
//!
//! [`Calendar`](calendar::Calendar), [`Clock`](clock::Clock), [`Rulebook`], [`Timers`] and [`fire()`]
//! are pure. Commands drive them within their transactions, a [`Sweeper`] fires what is left.

mod adopt;
pub mod calendar;
pub mod clock;
mod fire;
pub(crate) mod holidays;
mod preset;
mod report;
pub(crate) mod rework;
mod rulebook;
pub(crate) mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod timers;

pub use adopt::adopt;
pub use fire::{Fired, Occasion, SlaNote, fire};
pub use preset::Preset;
pub use report::{FiredCount, Report};
pub use rulebook::{Level, Rulebook, Subject, level_name, levels, target, threshold};
pub use sweep::Sweeper;
pub use timers::{Fact, Timers, from_second, is_paused, is_unattended, state};

pub(crate) use calendar::zone_name;
pub(crate) use store::Rules;
pub(crate) use sweep::is_away;
