//! SLA clocks through the API: the cases of `sla.md`, on both databases.

mod adopted;
mod calendars;
mod changes;
mod clocks;
mod crowd;
mod explained;
mod job;
mod life;
mod mistakes;
pub mod scene;
mod server;
mod simulation;
