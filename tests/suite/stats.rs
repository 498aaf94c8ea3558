//! Statistics through the API, on both databases, before the job has run and after it.

mod documented;
mod entries;
mod figures;
mod groups;
mod mistakes;
mod roles;
pub mod scene;
mod series;
mod settings;
mod spikes;
mod tables;
